"""What a section of a report can hold; all text is in the reader's language, ready to show."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from analysis.report.heat import Shade
from analysis.standing import Standing


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text; the first `names` columns are words, the others figures."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 1


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A share as a coloured cell; None of both where nothing was asked or answered."""

    text: str
    n: str
    shade: Shade | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Words as rows, content images as columns."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class VotePicture:
    """An image with its votes; `source` is a data address, "" where the file is not there."""

    source: str
    label: str
    votes: int
    share: str
    is_most: bool


@dataclass(frozen=True, slots=True)
class VoteTable:
    """Clusters as rows, content images as columns, as the original study shows them."""

    caption: str
    heads: tuple[tuple[str, str], ...]  # name and picture of each content image
    rows: tuple[tuple[str, tuple[VotePicture | None, ...], int], ...]
    others: tuple[int, ...]
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`standing` is None where a section shows no result."""

    name: str
    title: str
    standing: Standing | None = None
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    charts: tuple[SafeString, ...] = ()
    heat: HeatMap | None = None
    tables: tuple[Table, ...] = ()
    votes: tuple[VoteTable, ...] = ()
    method: str = ""
