"""The entries of the log, each bound to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from audit.append import AppendOnly, AppendOnlyQuerySet

# What the first entry follows.
GENESIS = "0" * 64


class Entry(AppendOnly, models.Model):
    """Who did what, about what, and when.

    `sha256` is of the entry's other fields, `previous` among them: an entry that was changed,
    removed or put in between breaks the chain there (as in a hash-linked time-stamp, Haber and
    Stornetta 1991).
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("when"))
    by_name = models.CharField(_("who"), max_length=200)
    action = models.CharField(_("what"), max_length=60, choices=Action)
    about = models.CharField(_("about"), max_length=200, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    previous = models.CharField(_("SHA-256 of the entry before"), max_length=64)
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("entry of the log")
        verbose_name_plural = _("audit log")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["about"], name="entry_about")]

    def __str__(self) -> str:
        return f"{self.number} {self.get_action_display()}"

    def digest(self) -> str:
        """SHA-256 of canonical JSON: sorted keys, no spaces, moments in UTC."""
        fields = {
            "number": self.number,
            "at": self.at.isoformat(),
            "by": self.by_name,
            "action": self.action,
            "about": self.about,
            "facts": self.facts,
            "previous": self.previous,
        }
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Head(models.Model):
    """Where the log ends: one row, whose lock lets one entry after the other be written, and
    without which entries could be cut off the end unnoticed.
    """

    number = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.number} {self.sha256[:16]}"
