"""Studies that were made elsewhere, taken in whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from analysis import tidy
from analysis.models import ImportedStudy
from analysis.stats.answers import Answers
from analysis.vote_files import COLUMNS, Design, Report, Texts, VotesError, read_csv, read_json
from analysis.votes import stored, tally
from audit.actions import Action
from audit.services import record
from generation.models import Word
from generation.services.words import read_words

PAPER = Path(__file__).parent / "fixtures" / "paper_votes.json"
# What a study of this project offers, where a table of votes does not say it.
_TARGETS, _OPTIONS = 3, 9
# Of what is imported: what makes another study of it.
_COMPARED = ("kind", "participants", "votes", "sha256", "other_options")
_SAID = ("title", "notes", "citation", "url", "licence")


class StudyImportError(Exception):
    """A study that cannot be imported: what was expected, and what came."""


class Outcome(StrEnum):
    IMPORTED = "imported"
    REPLACED = "replaced"
    UNCHANGED = "there already, unchanged"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about a file beside it; what it says itself counts where this is empty."""

    title: Texts = field(default_factory=dict)
    notes: Texts = field(default_factory=dict)
    citation: str = ""
    url: str = ""
    licence: str = ""
    participants: int | None = None
    targets: int | None = None
    options: int | None = None


def import_study(
    *, path: Path, slug: str, said: Said | None = None, replace: bool = False
) -> tuple[ImportedStudy, Outcome]:
    """Take in a file of votes or of single answers as the imported study `slug`.

    The same file again changes nothing; another one needs `replace`. Raises StudyImportError,
    VotesError or what the reader of answers raises, and then leaves everything as it was.
    """
    study = _read(path, slug, said or Said())
    with transaction.atomic():
        known = ImportedStudy.objects.select_for_update().filter(slug=slug).first()
        if not any(study.title.values()):
            study.title = _former_title(known)
        if known is None:
            _note(study, Action.VOTES_IMPORTED)
            return _save(study, path), Outcome.IMPORTED
        differing = _differing(known, study)
        if not differing:
            return known, Outcome.UNCHANGED
        if not replace:
            raise StudyImportError(
                f"{slug} is imported already and differs in {', '.join(differing)}:"
                " choose another slug, or replace it"
            )
        study.pk, study._state.adding = known.pk, False
        former = known.file.name
        _note(study, Action.VOTES_REPLACED)
        _save(study, path)
        transaction.on_commit(lambda: _discard(former))
        return study, Outcome.REPLACED


def _note(study: ImportedStudy, action: Action) -> None:
    record(action=action, about=f"imported study {study.slug}", facts={"sha256": study.sha256})


def _read(path: Path, slug: str, said: Said) -> ImportedStudy:
    study = ImportedStudy(slug=slug, sha256=_digest(path))
    found = _report(path, said)
    if isinstance(found, Answers):
        if not len(found):
            raise StudyImportError("expected answers about words, got catch questions alone")
        study.kind = ImportedStudy.Kind.ANSWERS
        study.participants = len(found.people)
        study.tables = stored(tally(found))
        found = Report(participants=study.participants, tables=())
    else:
        study.kind = ImportedStudy.Kind.VOTES
        study.participants = found.participants
        study.tables = stored(found.tables)
    study.other_options = found.other_options
    for name in ("title", "notes"):
        setattr(study, name, dict(getattr(said, name) or getattr(found, name)))
    for name in ("citation", "url", "licence"):
        setattr(study, name, getattr(said, name) or found.source.get(name, ""))
    study.words = _labels([table["word"] for table in study.tables], found.words)
    return study


def _report(path: Path, said: Said) -> Report | Answers:
    """What the file holds; which kind it is its beginning tells."""
    with path.open("rb") as file:
        start = file.read(1 << 12).decode("utf-8-sig", errors="replace").lstrip()
    if start.startswith("{"):
        return _agreeing(read_json(_text(path)), said)
    first = start.partition("\n")[0].strip()
    header = {cell.strip().strip('"') for cell in first.split(",")}
    if "votes" in header:
        if said.participants is None:
            raise StudyImportError("expected how many people voted (--participants), got nothing")
        design = Design(said.participants, said.targets or _TARGETS, said.options or _OPTIONS)
        return read_csv(_text(path), design)
    if "chosen_word" in header:
        return _agreeing(tidy.read(path).answers, said)
    raise StudyImportError(
        "row 1: expected a JSON object, a table of votes (columns"
        f" {', '.join(COLUMNS)}) or single answers (columns"
        f" {', '.join(tidy.COLUMNS)}),"
        f" got {first[:60] or 'nothing'}"
    )


def _agreeing(found: Any, said: Said) -> Any:
    """What was found, if it is what was said: a file that knows its design is not told another."""
    questions = (
        found.questions
        if isinstance(found, Answers)
        else [question for table in found.tables for question in table.questions]
    )
    people = len(found.people) if isinstance(found, Answers) else found.participants
    for name, told, there in (
        ("participants", said.participants, {people}),
        ("targets", said.targets, {question.targets for question in questions}),
        ("options", said.options, {question.options for question in questions}),
    ):
        if told is not None and {told} != there:
            values = ", ".join(map(str, sorted(there)))
            raise StudyImportError(f"{name}: expected {values} as in the file, got {told}")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise VotesError(f"byte {error.start + 1}: expected UTF-8, got {error.reason}") from error


def _labels(words: list[str], told: Mapping[str, Texts]) -> dict[str, dict[str, str]]:
    """How each word is written: as the file says, else as this site's word, else as the list's."""
    known = {row.reading: {"text": row.text, "gloss": row.gloss} for row in read_words()}
    for own in Word.objects.filter(reading__in=words):
        known[own.reading] = {"text": own.text, "gloss": own.gloss}
    return {word: {**known.get(word, {}), **told.get(word, {})} for word in words}


def _former_title(known: ImportedStudy | None) -> dict[str, str]:
    if known is None:
        raise StudyImportError("expected a title, in the file or beside it, got none")
    return dict(known.title)


def _differing(known: ImportedStudy, study: ImportedStudy) -> list[str]:
    said = [name for name in _SAID if getattr(study, name)]
    return [name for name in (*_COMPARED, *said) if getattr(known, name) != getattr(study, name)]


def _save(study: ImportedStudy, path: Path) -> ImportedStudy:
    try:
        if study.kind == ImportedStudy.Kind.ANSWERS:
            with path.open("rb") as file:
                study.file.save(f"{study.sha256[:16]}.csv", File(file), save=False)
        study.full_clean()
        study.save()
    except BaseException:
        _discard(study.file.name)
        raise
    return study


def _discard(name: str | None) -> None:
    if name:
        default_storage.delete(name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
