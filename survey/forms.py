"""What a page's form may send, and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from generation.models import Word
from survey.errors import AnswerError
from survey.models import Familiarity
from survey.services.answer import Measured

_TICKET_SALT = "survey.ticket"
# What `grid.js` measures, in CSS pixels (the ratio in device pixels per CSS pixel).
SCREEN_KEYS = (
    "viewport_width", "viewport_height", "pixel_ratio", "image_width", "image_height",
)  # fmt: skip
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

    def checked(self) -> dict[str, Any]:
        """The cleaned data; AnswerError where the form is damaged."""
        if not self.is_valid():
            raise AnswerError(f"a damaged form: {self.errors.as_json()}")
        return self.cleaned_data


def read_answer(data: QueryDict) -> dict[str, Any]:
    """The trial's token, the position and what the page measured, as `answer` takes them.

    Read without a form of Django, which takes longer than storing the answer. A damaged
    measurement becomes an empty one: it must not cost the answer.
    Raises AnswerError where the trial or the position is damaged.
    """
    position = data.get("position", "").strip()
    try:
        return {
            "trial_token": UUID(data.get("trial", "")),
            "position": int(position) if position else None,
            "measured": Measured(
                response_ms=_whole(data.get("response_ms", "")),
                load_ms=_whole(data.get("load_ms", "")),
                blurs=_whole(data.get("blurs", "")),
                screen=_sizes(data.get("screen", "")),
            ),
        }
    except ValueError as error:
        raise AnswerError(f"expected a trial's token and a position: {error}") from error


def _sizes(text: str) -> dict[str, float]:
    try:
        found = json.loads(text) if text and len(text) <= _LONGEST_SCREEN else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: found[key] for key in SCREEN_KEYS if _is_size(found.get(key))}


class FamiliarityForm(forms.Form):
    """How well each word is known; each may be skipped."""

    def __init__(self, words: Sequence[Word], data: QueryDict | None = None) -> None:
        super().__init__(data)
        self._words = words
        for word in words:
            self.fields[f"word-{word.pk}"] = forms.TypedChoiceField(
                label=word.text if get_language() == "ja" else word.reading,
                choices=Familiarity.Level.choices,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def levels(self) -> dict[Word, int]:
        given = {word: self.cleaned_data[f"word-{word.pk}"] for word in self._words}
        return {word: level for word, level in given.items() if level is not None}


class AboutForm(forms.Form):
    """The closing questions that the study asks; each may be skipped."""

    age = forms.ChoiceField(
        label=_("Your age"),
        required=False,
        choices=[
            ("", _("I would rather not say")),
            ("-17", _("under 18")),
            ("18-29", "18–29"),
            ("30-39", "30–39"),
            ("40-49", "40–49"),
            ("50-59", "50–59"),
            ("60-", _("60 or older")),
        ],
    )
    vision = forms.ChoiceField(
        label=_("Your sight during these questions"),
        required=False,
        choices=[
            ("", _("I would rather not say")),
            ("normal", _("normal, without glasses or contact lenses")),
            ("corrected", _("normal, with glasses or contact lenses")),
            ("impaired", _("impaired")),
            ("colour", _("I tell some colours apart less well than others do")),
        ],
    )
    native_language = forms.ChoiceField(
        label=_("Your first language"),
        required=False,
        choices=[
            ("", _("I would rather not say")),
            ("ja", _("Japanese")),
            ("en", _("English")),
            ("other", _("another language")),
        ],
    )
    comment = forms.CharField(
        label=_("What else would you like to tell us?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Please write nothing here that says who you are."),
    )

    def __init__(self, asked: Sequence[str], data: QueryDict | None = None) -> None:
        super().__init__(data, label_suffix="")
        for name in set(self.fields) - set(asked):
            del self.fields[name]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _is_size(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 < value < 100_000
