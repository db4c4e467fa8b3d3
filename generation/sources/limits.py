"""What providers' headers tell of their limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from generation.sources.base import Quota

_LONGEST = timedelta(days=366).total_seconds()


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until a request may come again, or None where nothing is told.

    By Retry-After in both its forms, otherwise by the limits of which nothing is left, as Brave
    lists them: `X-RateLimit-Remaining: 0, 900` with `X-RateLimit-Reset: 1, 1419704`.
    """
    value = headers.get("Retry-After", "").strip()
    if value:
        return _retry_after(value)
    left, resets = _numbers(headers, "Remaining"), _numbers(headers, "Reset")
    spent = [reset for reset, n in zip(resets, left, strict=False) if n == 0]
    return min(float(max(spent)), _LONGEST) if spent else None


def scoped_quota(headers: Mapping[str, str]) -> Quota | None:
    """The limit of which the least is left, of those that Openverse names one a header."""
    told = {key.lower(): value for key, value in headers.items()}
    limit, left = "x-ratelimit-limit-", "x-ratelimit-available-"
    quotas = [
        Quota(scope=scope, limit=told.get(limit + scope, ""), left=int(value))
        for key, value in told.items()
        if (scope := key.removeprefix(left)) != key and _is_number(value)
    ]
    return min(quotas, key=lambda quota: quota.left, default=None)


def windowed_quota(headers: Mapping[str, str]) -> Quota | None:
    """The limit of the longest window, the last of those that Brave lists in a header."""
    limits, left = _numbers(headers, "Limit"), _numbers(headers, "Remaining")
    resets = _numbers(headers, "Reset")
    if not limits or not len(limits) == len(left) == len(resets):
        return None
    resets_at = datetime.now(UTC) + timedelta(seconds=min(float(resets[-1]), _LONGEST))
    return Quota(scope="longest window", limit=str(limits[-1]), left=left[-1], resets_at=resets_at)


def _retry_after(value: str) -> float | None:
    if _is_number(value):
        return min(float(value), _LONGEST)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - datetime.now(UTC)).total_seconds()), _LONGEST)


def _numbers(headers: Mapping[str, str], name: str) -> list[int]:
    values = [value.strip() for value in headers.get(f"X-RateLimit-{name}", "").split(",")]
    return [int(value) for value in values] if all(map(_is_number, values)) else []


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 300
