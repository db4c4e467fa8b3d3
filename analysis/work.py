"""The long work on answers, by its kinds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _

from jobs.kinds import Kind, register

if TYPE_CHECKING:
    from jobs.services.batch import Batch

MIXED, CHOICES = "mixed", "choices"
KINDS = (MIXED, CHOICES)
# What comes back the same however often one tries; a database that is away does not.
_BAD_ANSWERS = (ArithmeticError, ValueError, TypeError, LookupError, ObjectDoesNotExist)
_STAGES = {
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


def _compute(batch: Batch) -> None:
    from analysis.computations import compute  # SciPy, which most commands do without

    compute(batch)
