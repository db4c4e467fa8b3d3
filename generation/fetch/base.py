"""What a fetch gives, what it refuses with, and its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

USER_AGENT = "texturestudy"


class FetchError(Exception):
    """An address gave nothing: `for_good`, or only for now; `status` is that of HTTP, if any."""

    def __init__(self, reason: str, *, for_good: bool, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good
        self.status = status


class PassingError(FetchError):
    """A failure that is worth another try, `after` as many seconds as the host asked for."""

    def __init__(
        self, reason: str, *, status: int | None = None, after: float | None = None
    ) -> None:
        super().__init__(reason, for_good=False, status=status)
        self.after = after


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came: `headers` are those that tell an image's origin, by their usual names."""

    data: bytes
    final_url: str
    status: int
    content_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds and bytes: `total` bounds one fetch's work, without its waits for other fetches.

    `connect` and `read` are the longest silences, `delay` the time between two requests to a
    host, `backoff` about the wait before the second try. `size` counts the decoded bytes.
    """

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    size: int = 20_000_000
    delay: float = 0.5
    backoff: float = 1.0


def shortened(url: str) -> str:
    """An address as a message shows it."""
    return url if len(url) <= 80 else url[:79] + "…"
