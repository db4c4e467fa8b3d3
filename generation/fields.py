"""Form fields for what is kept as JSON, so that nobody has to type JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from generation.sources.samples import Samples


class PartsWidget(forms.MultiWidget):
    """The parts of a mapping by their keys, each below its name."""

    def __init__(self, names: Mapping[str, Any], widgets: Sequence[forms.Widget]) -> None:
        super().__init__(widgets)
        self._names = names

    def decompress(self, value: Any) -> list[Any]:
        parts = value if isinstance(value, dict) else {}
        return [parts.get(key, "") for key in self._names]

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        context = self.get_context(name, value, attrs)
        rows = (
            (
                part["attrs"].get("id", ""),
                label,
                widget.render(part["name"], part["value"], part["attrs"]),
            )
            for label, widget, part in zip(
                self._names.values(), self.widgets, context["widget"]["subwidgets"], strict=True
            )
        )
        body = format_html_join("", '<p><label for="{}">{}</label>{}</p>', rows)
        return format_html("<div>{}</div>", body)


class _Lines(forms.Textarea):
    def format_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else str(value or "")


class PhrasesField(forms.MultiValueField):
    """Search phrases, one a line, by language and by whatever else a word has some for."""

    def __init__(self, *, more: Iterable[str] = (), **kwargs: Any) -> None:
        names = {**dict(settings.LANGUAGES), **{key: key for key in sorted(more)}}
        if Samples.name in names:
            names[Samples.name] = _("sample textures")
        self._keys = list(names)
        spoken = dict(settings.LANGUAGES)
        widgets = [
            _Lines(attrs={"rows": 4, "cols": 40, **({"lang": key} if key in spoken else {})})
            for key in names
        ]
        fields = [forms.CharField(required=False) for _key in names]
        super().__init__(
            fields=fields, widget=PartsWidget(names, widgets), require_all_fields=False, **kwargs
        )

    def compress(self, data_list: list[str]) -> dict[str, list[str]]:
        given = {
            key: [line.strip() for line in text.splitlines() if line.strip()]
            for key, text in zip(self._keys, data_list, strict=False)
        }
        return {key: lines for key, lines in given.items() if lines}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or {}) != self.compress([str(text or "") for text in data or []])
