"""How a study's parts are called on its pages, and what was refused."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from survey.errors import DesignError, SurveyError

CLOSING = {
    "age": _("age"),
    "vision": _("vision"),
    "native_language": _("native language"),
    "comment": _("comment"),
}

CHANGED = {
    "words": _("words"),
    "contents": _("photographs"),
    "conditions": _("conditions"),
    "questions": _("questions"),
    "images": _("images"),
}


def in_words(error: SurveyError) -> str:
    """Why something was refused, in the reader's language, in which services tell it anyway."""
    if isinstance(error, DesignError):
        return gettext(error.template) % error.facts
    return str(error)
