"""Form fields for what a study keeps as JSON, so that nobody has to type JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from generation.fields import PartsWidget


class TextsField(forms.MultiValueField):
    """A text by language: {"ja": "...", "en": "..."}; a language without one is left out."""

    def __init__(self, *, long: bool = False, **kwargs: Any) -> None:
        fields = [forms.CharField(required=False) for _language in settings.LANGUAGES]
        widgets: list[forms.Widget] = [
            forms.Textarea(attrs={"rows": 4, "cols": 60, "lang": code})
            if long
            else forms.TextInput(attrs={"size": 50, "lang": code})
            for code, _name in settings.LANGUAGES
        ]
        super().__init__(
            fields=fields,
            widget=PartsWidget(dict(settings.LANGUAGES), widgets),
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        given = zip(settings.LANGUAGES, data_list, strict=False)
        return {code: text for (code, _name), text in given if text}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or {}) != self.compress([str(text).strip() for text in data or []])


def name_parts(field: forms.SplitDateTimeField) -> forms.SplitDateTimeField:
    """Says of each of its two inputs what it is of, which the label says of both together."""
    for part, name in zip(field.widget.widgets, (_("date"), _("time")), strict=True):
        part.attrs["aria-label"] = f"{field.label}: {name}"
    return field


class SeveralField(forms.MultipleChoiceField):
    """Several of a list, in the list's order."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self._order = [name for name, _label in choices]

    def clean(self, value: Any) -> list[str]:
        chosen = super().clean(value)
        return [name for name in self._order if name in chosen]


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 30})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return super().clean(value).split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != str(data or "").split()
