"""The bytes behind arbitrary addresses: from public hosts only, within bounds, and politely."""

from generation.fetch.base import USER_AGENT, Fetched, FetchError, Limits
from generation.fetch.fetcher import Fetcher

__all__ = ["USER_AGENT", "FetchError", "Fetched", "Fetcher", "Limits"]
