"""Sources by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from generation.sources import bing, brave, commons, openverse
from generation.sources.base import Source, SourceError
from generation.sources.folder import Folder
from generation.sources.samples import Samples
from generation.sources.urls import UrlList

Settings = Mapping[str, str]


def _openverse(settings: Settings) -> Source:
    return openverse.Openverse(
        url=settings.get("url") or openverse.URL,
        client_id=settings.get("client_id", ""),
        client_secret=settings.get("client_secret", ""),
        contact=settings.get("contact", ""),
    )


def _commons(settings: Settings) -> Source:
    return commons.Commons(
        url=settings.get("url") or commons.URL, contact=settings.get("contact", "")
    )


def _brave(settings: Settings) -> Source:
    return brave.Brave(
        url=settings.get("url") or brave.URL,
        key=settings.get("key", ""),
        contact=settings.get("contact", ""),
    )


def _bing(settings: Settings) -> Source:
    return bing.Bing(
        url=settings.get("url") or bing.URL,
        key=settings.get("key", ""),
        builder=settings.get("builder") or bing.BUILDER,
        contact=settings.get("contact", ""),
    )


_WEB: dict[str, Callable[[Settings], Source]] = {
    "openverse": _openverse, "commons": _commons, "brave": _brave, "bing": _bing,
}  # fmt: skip
_FILES: dict[str, Callable[[str | Path], Source]] = {"folder": Folder, "csv": UrlList}

NAMES = (*_WEB, *_FILES, Samples.name)


def open_source(name: str, settings: Settings, *, root: str | Path | None = None) -> Source:
    """The source of that name.

    `settings` are that source's own, all optional: url, contact, key, client_id, client_secret,
    builder. `root` is the folder of "folder" and the file of "csv". SourceError for a name that is
    none, AccessError where a key is missing.
    """
    if name in _WEB:
        return _WEB[name](settings)
    if name in _FILES:
        if root is None:
            raise SourceError(f"expected the folder or file of the source {name!r}, got none")
        return _FILES[name](root)
    if name == Samples.name:
        return Samples()
    raise SourceError(f"expected one of {list(NAMES)} as source, got {name!r}")
