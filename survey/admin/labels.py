"""How a study's parts are called on its pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

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
