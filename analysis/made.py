"""Files that take long to make: asked for as jobs, stored by what they hold, kept for some days.

Who makes a file reads the answers as they are then, and the file says when that was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from analysis import frames
from analysis.computations import WAITED_FOR, key_of, last_of
from analysis.exports import parquet, psychds, stimuli, tidy
from analysis.frames import Frame, Selected, Selection
from analysis.models import MadeFile
from analysis.peeking import p_values
from analysis.plan import plan_of
from analysis.report import PARTS, Asked, build, render
from analysis.work import EXPORT, MADE, REPORT
from generation.services.store import store_file
from jobs.models import Item
from jobs.services.ask import Wanted, ask_once
from jobs.services.batch import Batch, Tally
from survey.models import Study, Withdrawal

PARQUET, PSYCH_DS, STIMULI, HTML = (
    "answers.parquet", "psych-ds.zip", "stimuli.zip", "report.html",
)  # fmt: skip
_ROWS_AT_ONCE = 1_000  # between two notes of the progress


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A file of the answers that a selection counts.

    A report has a language, and shows p values where `reader`, a user's key, may see them.
    """

    study: Study
    name: str
    selection: Selection
    language: str = ""
    reader: int | None = None
    with_mixed: bool = True

    @property
    def kind(self) -> str:
        return REPORT if self.name == HTML else EXPORT

    @property
    def about(self) -> str:
        parts = self.to_json()
        if self.name == STIMULI:
            parts["selection"] = None  # the same for whatever is counted
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def key(self) -> str:
        return key_of(self.study, self.about)

    def to_json(self) -> dict[str, Any]:
        parts = {name: getattr(self, name) for name in ("name", "language", "reader", "with_mixed")}
        return parts | {"study": self.study.pk, "selection": self.selection.to_json()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Wish:
        selection = Selection.from_json(stored["selection"])
        study = Study.objects.get(pk=stored["study"])
        return cls(**stored | {"study": study, "selection": selection})

    def stamp(self, frame: Frame) -> str:
        """Another one where the file would be another one."""
        if self.name == STIMULI:
            return f"{self.study.composition} {self.study.composed_at}"
        return frame.stamp


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a wish: the newest file, and the work on the next where it is not over."""

    made: MadeFile | None
    running: Item | None
    failed: Item | None
    is_stale: bool


def ask(wish: Wish, *, asked_by: User | None = None) -> tuple[Item, bool]:
    """Ask for a file; whether that is new."""
    label = f"{wish.study.slug}-{wish.name}"
    item = Wanted(key=wish.key, label=label, parameters=wish.to_json())
    return ask_once(kind=wish.kind, item=item, priority=WAITED_FOR, asked_by=asked_by)


def find(wishes: Sequence[Wish], frame: Frame) -> list[Found]:
    """What there is of each, all of them of the frame's study, by two queries."""
    if not wishes:
        return []
    files = offered(frame.study).filter(about__in=[wish.about for wish in wishes])
    made = {file.about: file for file in files.order_by("pk")}
    items = Item.objects.filter(kind__in=(EXPORT, REPORT), key__in=[wish.key for wish in wishes])
    last = last_of(items, "key")
    return [_found(wish, made.get(wish.about), last.get(wish.key), frame) for wish in wishes]


def _found(wish: Wish, made: MadeFile | None, item: Item | None, frame: Frame) -> Found:
    ended_badly = item is not None and not item.is_open and item.state != Item.State.DONE
    return Found(
        made=made,
        running=item if item and item.is_open else None,
        failed=item if ended_badly else None,
        is_stale=made is not None and made.stamp != wish.stamp(frame)[:64],
    )


def offered(study: Study) -> QuerySet[MadeFile]:
    """The study's files that hold nobody's answers who took them back."""
    gone = Withdrawal.objects.filter(study=study).order_by().values("study")
    count = Subquery(gone.annotate(n=Count("pk")).values("n"))
    return MadeFile.objects.filter(study=study, withdrawals__gte=Coalesce(count, 0))


def make(batch: Batch) -> None:
    """Make the item's file from the answers as they are now, store it, then its row."""
    (item,) = batch.items
    wish, read_at = Wish.from_json(item.parameters), timezone.now()
    # Counted before the answers are read: of who withdraws meanwhile the file may have some.
    withdrawals = wish.study.withdrawals.count()
    frame = frames.load(wish.study)
    selected = frame.select(wish.selection)
    with TemporaryFile() as file:
        outcome = _WRITE[wish.name](file, wish, selected, batch.tally(item))
        size = file.seek(0, 2)
        name, digest = store_file(MADE, file, PurePosixPath(wish.name).suffix)
    row = MadeFile(
        study=wish.study, item=item, name=wish.name, about=wish.about,
        stamp=wish.stamp(frame)[:64], withdrawals=withdrawals, file=name, sha256=digest, size=size,
        answers=0 if wish.name == STIMULI else len(selected), read_at=read_at,
    )  # fmt: skip
    batch.commit(item, row.save, outcome=json.dumps(outcome))


def _write_parquet(file: IO[bytes], wish: Wish, selected: Selected, tally: Tally) -> Any:
    parquet.write(file, rows=_rows(wish, selected, tally))


def _write_psych_ds(file: IO[bytes], wish: Wish, selected: Selected, tally: Tally) -> Any:
    psychds.write(file, study=wish.study, rows=_rows(wish, selected, tally))


def _write_stimuli(file: IO[bytes], wish: Wish, _selected: Selected, tally: Tally) -> Any:
    tally.begin("write", len(stimuli.stimuli(wish.study)))
    stimuli.write(file, study=wish.study, progress=tally.add)


def _write_report(file: IO[bytes], wish: Wish, selected: Selected, tally: Tally) -> Any:
    reader = User.objects.get(pk=wish.reader) if wish.reader is not None else AnonymousUser()
    plan = plan_of(wish.study)
    asked = Asked(wish.study, selected.frame, plan, wish.selection, p_values(wish.study, reader))
    tally.begin("report", PARTS)
    done = 0.0

    def tell(parts: float = 1) -> None:
        nonlocal done
        done += parts
        tally.move_to(int(done))

    with translation.override(wish.language):
        found = build(asked, with_mixed=wish.with_mixed, progress=tell)
        file.write(render(found).encode())
    overall = found.results.accuracies.overall
    return {"answers": overall.answers, "people": overall.people, "shows_p": found.shows_p}


_WRITE: dict[str, Callable[[IO[bytes], Wish, Selected, Tally], Any]] = {
    PARQUET: _write_parquet,
    PSYCH_DS: _write_psych_ds,
    STIMULI: _write_stimuli,
    HTML: _write_report,
}


def _rows(wish: Wish, selected: Selected, tally: Tally) -> Iterator[Any]:
    tally.begin("write", len(selected))
    return _counted(tidy.rows(wish.study, selected.trials()), tally)


def _counted(rows: Iterable[Any], tally: Tally) -> Iterator[Any]:
    for number, row in enumerate(rows, start=1):
        if number % _ROWS_AT_ONCE == 0:
            tally.move_to(number)
        yield row
