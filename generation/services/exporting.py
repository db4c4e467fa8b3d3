"""Exporting a data set as long work, into a folder that the worker reaches."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from generation.models import StylisedImage
from generation.services.export import ExportReport, export_dataset
from jobs.models import Item
from jobs.services.ask import Wanted, ask_once
from jobs.services.batch import Batch

KIND = "export-dataset"


@dataclass(frozen=True, kw_only=True)
class Export:
    """Which stimuli go into which folder, by their rows' keys."""

    folder: str
    words: list[int]
    contents: list[int]
    recipes: list[int]


def ask_export(*, wanted: Export) -> tuple[Item, bool]:
    """Export into a folder, of which one export at a time makes sense; whether that is new."""
    key = hashlib.sha256(wanted.folder.encode()).hexdigest()
    item = Wanted(key=key, label=wanted.folder, parameters=asdict(wanted))
    return ask_once(kind=KIND, item=item)


def export(batch: Batch) -> None:
    """Images that are there already are left alone, so what was killed goes on."""
    (item,) = batch.items
    asked, tally = Export(**item.parameters), batch.tally(item)
    rows = StylisedImage.objects.filter(
        cluster__clustering__word__in=asked.words, content__in=asked.contents,
        recipe__in=asked.recipes,
    )  # fmt: skip
    tally.begin("export", rows.done().count())
    report = export_dataset(rows=rows, folder=Path(asked.folder), progress=tally.add)
    batch.commit(item, outcome=json.dumps(asdict(report), ensure_ascii=False))


def report_of(item: Item) -> ExportReport:
    """What an export that ended said."""
    return ExportReport(**json.loads(item.outcome))
