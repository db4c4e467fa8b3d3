"""Checking the whole installation, as a job: some of it reads every stored image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from jobs.kinds import Kind, register

if TYPE_CHECKING:
    from jobs.services.batch import Batch

DOCTOR = "doctor"


def examine(batch: Batch) -> None:
    """The outcome is a list of name, whether it is well, and what the check said."""
    from storage import StorageError
    from texturestudy.doctor import CHECKS, Trouble

    (item,) = batch.items
    tally = batch.tally(item)
    tally.begin("check", len(CHECKS))
    findings = []
    for done, (name, check) in enumerate(CHECKS.items(), start=1):
        try:
            findings.append((name, True, check()))
        except (Trouble, StorageError) as trouble:  # it tells of a storage that is away, and ends
            findings.append((name, False, str(trouble)))
        tally.move_to(done)
    batch.commit(item, outcome=json.dumps(findings, ensure_ascii=False))


def register_all() -> None:
    register(Kind(DOCTOR, _("check the installation"), examine, stages={"check": _("Checking")}))
