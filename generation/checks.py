"""System checks: what is missing is said before a long run, with a hint."""
