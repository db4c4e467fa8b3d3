"""The long work on answers, by its kinds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _

from analysis.exports.errors import ExportError
from jobs.kinds import Kind, register
from storage.strays import remove_strays

if TYPE_CHECKING:
    from jobs.services.batch import Batch

MIXED, CHOICES = "mixed", "choices"
EXPORT, REPORT = "export", "report"
KINDS = (MIXED, CHOICES, EXPORT, REPORT)
# Files that were made are kept in this folder, so long.
MADE, FILES_KEPT = "made", timedelta(days=7)
# What comes back the same however often one tries; a database that is away does not.
_BAD_ANSWERS = (ArithmeticError, ValueError, TypeError, LookupError, ObjectDoesNotExist)
_BAD_FILES = (ExportError, *_BAD_ANSWERS)
_STAGES = {
    "write": _("Writing the file"),
    "report": _("Computing the report"),
    "mixed": _("Fitting the model (1 of 2)"),
    "contents": _("Fitting a mean for each photograph (2 of 2)"),
    "agreement": _("Drawing resamples for agreement"),
    "halves": _("Splitting people into halves"),
    "strengths": _("Estimating the strengths of images"),
}


def register_all() -> None:
    for name, label in ((MIXED, _("fit the mixed model")), (CHOICES, _("measure agreement"))):
        day = timedelta(days=1)
        register(Kind(name, label, _compute, final=_BAD_ANSWERS, kept=day, stages=_STAGES))
    for name, label in ((EXPORT, _("make a file")), (REPORT, _("write a report"))):
        register(
            Kind(
                name, label, _make, final=_BAD_FILES, kept=FILES_KEPT, stages=_STAGES,
                tidy=_tidy_files,
            )
        )  # fmt: skip


def _compute(batch: Batch) -> None:
    from analysis.computations import compute  # SciPy, which most commands do without

    compute(batch)


def _make(batch: Batch) -> None:
    from analysis.made import make

    make(batch)


def _tidy_files() -> None:
    remove_strays(MADE, older_than=FILES_KEPT)
