"""What providers' JSON holds, made typed: a field that is missing or odd becomes empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from generation.sources.base import Found, SourceError

_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")


def text(value: object) -> str:
    """A string or number on one line; anything else is ""."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _SPACES.sub(" ", str(value)).strip()


def web_url(value: object) -> str:
    """A URL of http or https with a host, or ""."""
    url = text(value)
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return url if valid else ""


def pixels(value: object) -> int | None:
    """A positive whole number, or None."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and value > 0 else None  # type: ignore[operator, return-value]


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(answer: Mapping[str, Any], name: str, provider: str) -> list[Mapping[str, Any]]:
    """The JSON objects in the list `name`; SourceError where there is no such list."""
    values = answer.get(name)
    if not isinstance(values, list):
        raise SourceError(f"{provider}: expected a list {name!r}, got keys {sorted(answer)[:10]}")
    return [value for value in values if isinstance(value, dict)]


def unique(
    items: Iterable[Mapping[str, Any]], found: Callable[[Mapping[str, Any]], Found]
) -> list[Found]:
    """Each item with a URL of the web as `found` makes it, each URL once, in order."""
    results: dict[str, Found] = {}
    for result in map(found, items):
        if result.url:
            results.setdefault(result.url, result)
    return list(results.values())


def checked_query(query: str, provider: str, longest: int) -> str:
    """The query on one line; SourceError where it is empty or longer than the provider takes."""
    line = text(query)
    if not 0 < len(line) <= longest:
        raise SourceError(
            f"{provider}: expected a query of 1 to {longest} characters, got {len(line)}"
        )
    return line


def page_number(cursor: str | None, provider: str, first: int) -> int:
    """The number in a cursor, `first` without one."""
    if cursor is None:
        return first
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise SourceError(f"{provider}: expected a whole number as cursor, got {cursor!r}")
    return int(cursor)


def is_japanese(query: str) -> bool:
    """Whether there is kana or kanji in it."""
    return _JAPANESE.search(query) is not None


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain(html: object) -> str:
    """The text of some HTML on one line."""
    parser = _Text()
    parser.feed(text(html))
    parser.close()
    return text("".join(parser.parts))
