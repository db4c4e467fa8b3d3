"""Servers of our own that stand for the web, on loopback."""
