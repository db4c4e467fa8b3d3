"""Whether the images that a study shows are those that were pinned."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from django.utils import timezone

from storage import digest, is_local, stamp
from survey.errors import StimulusError
from survey.models import Fault
from survey.services.composition import Composed, Stimulus

logger = logging.getLogger(__name__)
# A file is looked at again after so many seconds; its bytes only if its time or size changed.
FRESH_S = 10.0
# In a bucket, which is asked over a network: there nobody changes a file by mistake.
FRESH_AWAY_S = 300.0


@dataclass(slots=True)
class _Known:
    """What was found out about a file in this process."""

    stamp: Hashable
    sha256: str
    looked_at: float


_known: dict[str, _Known] = {}


def check_stimuli(*, study: Composed, stimuli: Iterable[Stimulus]) -> None:
    """That each image's file has the SHA-256 that was pinned.

    What is damaged is written into the log and into Fault, for the admin; a fault that was mended
    is taken back. Raises StimulusError with the names of the files, and StorageError where they
    cannot be looked at, which says nothing about them.
    """
    if wrong := damaged(study=study, stimuli=stimuli):
        raise StimulusError(f"missing or changed: {', '.join(wrong)}")


def damaged(*, study: Composed, stimuli: Iterable[Stimulus]) -> list[str]:
    """The files that are missing or changed; what was read lately is not read again."""
    return [stimulus.file for stimulus in stimuli if not _is_as_pinned(study, stimulus)]


def check_all(
    *,
    study: Composed,
    stimuli: Iterable[Stimulus],
    progress: Callable[[int], object] = lambda _: None,
) -> list[str]:
    """The files that are missing or changed, each read anew; faults that were mended are over."""
    wrong = []
    for stimulus in stimuli:
        _known.pop(stimulus.file, None)
        if not _is_as_pinned(study, stimulus):
            wrong.append(stimulus.file)
        progress(1)
    Fault.objects.filter(study=study.pk).exclude(file__in=wrong).delete()
    return wrong


def _is_as_pinned(study: Composed, stimulus: Stimulus) -> bool:
    before = _known.get(stimulus.file)
    if before and time.monotonic() - before.looked_at < _fresh_s():
        return before.sha256 == stimulus.sha256
    current = _stamp(stimulus.file)
    if before and before.stamp == current and before.sha256 == stimulus.sha256:
        before.looked_at = time.monotonic()
        return True
    found = digest(stimulus.file)
    _known[stimulus.file] = _Known(current, found, time.monotonic())
    _note(study, stimulus, found, was_wrong=bool(before and before.sha256 != stimulus.sha256))
    return found == stimulus.sha256


def _fresh_s() -> float:
    return FRESH_S if is_local() else FRESH_AWAY_S


def _stamp(file: str) -> Hashable:
    try:
        return stamp(file)
    except OSError:
        return None


def _note(study: Composed, stimulus: Stimulus, found: str, *, was_wrong: bool) -> None:
    faults = Fault.objects.filter(study=study.pk, file=stimulus.file)
    if found != stimulus.sha256:
        logger.error(
            "study %s cannot show %s: expected SHA-256 %s, found %s",
            study.pk, stimulus.file, stimulus.sha256, found or "no file",
        )  # fmt: skip
        Fault.objects.update_or_create(
            study_id=study.pk,
            file=stimulus.file,
            defaults={
                "expected": stimulus.sha256, "found": found, "noticed_at": timezone.now(),
            },
        )  # fmt: skip
    elif was_wrong:
        faults.delete()
