"""Where images are looked for. No Django here: a source also serves a notebook."""

from generation.sources.base import Found, Page, Source, SourceError
from generation.sources.folder import Folder
from generation.sources.samples import Samples

__all__ = ["Folder", "Found", "Page", "Samples", "Source", "SourceError"]
