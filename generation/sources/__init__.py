"""Where images are looked for. No Django here: a source also serves a notebook."""

from generation.sources.base import (
    DEFAULT_FILTERS,
    AccessError,
    Filters,
    Found,
    LocalSource,
    Page,
    Quota,
    QuotaError,
    Source,
    SourceError,
)
from generation.sources.bing import Bing
from generation.sources.brave import Brave
from generation.sources.commons import Commons
from generation.sources.folder import Folder
from generation.sources.openverse import Openverse
from generation.sources.registry import NAMES, open_source
from generation.sources.samples import Samples
from generation.sources.urls import UrlList

__all__ = [
    "DEFAULT_FILTERS",
    "NAMES",
    "AccessError",
    "Bing",
    "Brave",
    "Commons",
    "Filters",
    "Folder",
    "Found",
    "LocalSource",
    "Openverse",
    "Page",
    "Quota",
    "QuotaError",
    "Samples",
    "Source",
    "SourceError",
    "UrlList",
    "open_source",
]
