"""What a page's form may send, and nothing else."""

from __future__ import annotations

import json
import math
from uuid import UUID, uuid4

from django import forms
from django.core import signing

_TICKET_SALT = "survey.ticket"
# What `question.js` measures, in CSS pixels (the ratio in device pixels per CSS pixel).
SCREEN_KEYS = ("viewport_width", "viewport_height", "pixel_ratio", "image_width")
_LONGEST_SCREEN = 500


def new_ticket() -> str:
    """What makes a double click on "start" one participant: their token, signed."""
    return signing.dumps(uuid4().hex, salt=_TICKET_SALT)


class StartForm(forms.Form):
    """The landing page's: `as` holds an invitation, `anew` asks for another participant."""

    ticket = forms.CharField()
    anew = forms.BooleanField(required=False)

    def clean_ticket(self) -> UUID:
        try:
            return UUID(hex=signing.loads(self.cleaned_data["ticket"], salt=_TICKET_SALT))
        except signing.BadSignature as error:
            raise forms.ValidationError("a ticket that this site did not give out") from error


class PracticeForm(forms.Form):
    """The chosen cell; None where none was."""

    position = forms.IntegerField(required=False)


class AnswerForm(PracticeForm):
    """The trial, the chosen cell, and what the page measured.

    A damaged measurement becomes an empty one: it must not cost the answer.
    """

    trial = forms.UUIDField()
    response_ms = forms.CharField(required=False)
    screen = forms.CharField(required=False)

    def clean_response_ms(self) -> int | None:
        text = self.cleaned_data["response_ms"]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def clean_screen(self) -> dict[str, float]:
        text = self.cleaned_data["screen"]
        try:
            found = json.loads(text) if len(text) <= _LONGEST_SCREEN else {}
        except ValueError:
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: found[key] for key in SCREEN_KEYS if _is_size(found.get(key))}


def _is_size(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 < value < 100_000
