"""What a form asks of a study's texts and rules, wherever it is edited."""

from __future__ import annotations

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from survey.admin.fields import LinesField, SeveralField, TextsField
from survey.admin.labels import CLOSING
from survey.models import Participant


class StudyTexts(forms.ModelForm):
    """Fields of a study that are no plain column."""

    introduction = TextsField(
        label=capfirst(_("introduction")),
        long=True,
        required=False,
        help_text=_("on the first page, in place of the text that is built in"),
    )
    consent_text = TextsField(
        label=capfirst(_("text of the consent")),
        long=True,
        required=False,
        help_text=_("in place of the text that is built in; raise the version when you change it"),
    )
    closing = SeveralField(
        label=capfirst(_("closing questions")),
        choices=list(CLOSING.items()),
        required=False,
        help_text=_("participants may skip each"),
    )
    counted_origins = SeveralField(
        label=capfirst(_("origins counted in the results")), choices=Participant.Origin.choices
    )
    recruiter_parameters = LinesField(
        label=capfirst(_("parameters of the recruiter")),
        required=False,
        help_text=_("of the link that people come by, one a line; the first one names the person"),
    )
