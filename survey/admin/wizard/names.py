"""The first step: what a study is called, and what it begins with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from survey.admin.fields import SeveralField, TextsField
from survey.models import Study

PRESETS = [
    ("paper", _("Replicate the paper: 23 words, 3 photographs, 3 clusters a word, 9 images")),
    ("small", _("Small study: 6 words, 2 photographs")),
    ("scratch", _("From scratch: nothing is chosen yet")),
]


class NameForm(forms.Form):
    """Of a study that is there, only what participants read of it."""

    preset = forms.ChoiceField(
        label=_("Begin with"),
        choices=PRESETS,
        widget=forms.RadioSelect,
        help_text=_("everything can be chosen otherwise in the steps that follow"),
    )
    title = TextsField(
        label=capfirst(_("title")),
        help_text=_("participants read it; in Japanese, in English, or in both"),
        error_messages={"required": _("Expected a title in Japanese or in English, got none.")},
    )
    slug = forms.SlugField(
        label=capfirst(_("slug")),
        max_length=60,
        help_text=_("in the study's address, as: textures-2026; it stays"),
        error_messages={
            "required": _("Expected letters, figures and hyphens, as textures-2026, got nothing."),
            "invalid": _("Expected letters of a to z, figures, hyphens and underscores only."),
        },
    )
    languages = SeveralField(
        label=capfirst(_("languages")),
        choices=settings.LANGUAGES,
        help_text=_("in which people can take part"),
        error_messages={"required": _("Expected one language or more, got none.")},
    )

    def __init__(self, *args: Any, study: Study | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if study:
            del self.fields["preset"], self.fields["slug"]

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Study.objects.filter(slug=slug).exists():
            raise forms.ValidationError(
                _("Expected a slug that no study has yet, got %(got)s."), params={"got": slug}
            )
        return slug


def first_names(study: Study | None) -> dict[str, Any]:
    """What the form is opened with."""
    if study:
        return {"title": study.title, "languages": study.languages}
    return {"preset": "paper", "languages": [code for code, _name in settings.LANGUAGES]}
