"""The analysis plan on its study's page, its amendments, and the looks at p values."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.models import Word
from survey.admin.fields import SeveralField
from survey.admin.own import OfOwnStudies, OwnStudiesFilter, RowsOfOwnStudies
from survey.models import Amendment, AnalysisPlan, Peek, Study
from survey.models.plan_checks import Asks, asks_of
from survey.services.plan import amend


class PlanForm(forms.ModelForm):
    """Offers the words and the conditions of the study."""

    words = SeveralField(
        label=capfirst(_("named words")),
        choices=[],
        required=False,
        help_text=_("of the outcome that is about named words"),
    )
    baseline = forms.ChoiceField(
        label=capfirst(_("compared with")),
        required=False,
        help_text=_("the condition that the others are compared with"),
    )

    def __init__(self, *args: Any, study: Study, asks: Asks | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.study = study
        self.instance.asks = asks
        asks = asks or asks_of(study)
        # What a plan names stays on offer, so that it is told that the study has it no longer.
        words = dict.fromkeys([*asks.readings, *self.instance.words])
        texts = dict(Word.objects.filter(reading__in=words).values_list("reading", "text"))
        named = SeveralField(
            label=self.fields["words"].label,
            choices=[
                (word, f"{texts[word]} ({word})" if word in texts else word) for word in words
            ],
            required=False,
            help_text=self.fields["words"].help_text,
        )
        self.fields["words"] = named
        offered = asks.conditions if len(asks.conditions) > 1 else []
        self.fields["baseline"].choices = [("", "–"), *((name, name) for name in offered)]  # type: ignore[attr-defined]


class _PlanFormSet(BaseInlineFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "study": self.instance}


class PlanInline(admin.StackedInline):
    """Edited until the study goes live; from then on to read."""

    model = AnalysisPlan
    form = PlanForm
    formset = _PlanFormSet
    verbose_name = _("Analysis plan: what is fixed before the study goes live")
    max_num = 1
    fieldsets = [
        (None, {"fields": ["outcome", "words", "baseline", "alpha", "correction", "people",
                           "hypotheses"]}),
        (_("Who and what is left out; a rule that is empty is not used"),
         {"fields": [("fast_ms", "fast_share"), "failed_catches", "run_alpha", "position_alpha",
                     "agreement_z", "keeps_incomplete", "least_familiarity"]}),
        (_("Frozen"), {"fields": ["state", "amendments"]}),
    ]  # fmt: skip
    readonly_fields = ["state", "amendments"]

    def get_extra(self, request: HttpRequest, obj: Study | None = None, **kwargs: Any) -> int:
        return int(_is_open(obj))

    def has_add_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        return _is_open(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        return _is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        return _is_open(obj) and super().has_delete_permission(request, obj)

    @admin.display(description=_("state"))
    def state(self, plan: AnalysisPlan) -> str | SafeString:
        if not plan.frozen_at:
            return gettext("Going live freezes the plan: it cannot be changed from then on.")
        moment = timezone.localtime(plan.frozen_at).strftime("%Y-%m-%d %H:%M %Z")
        return format_html("{} · SHA-256 <code>{}</code>", moment, plan.sha256)

    @admin.display(description=_("amendments"))
    def amendments(self, plan: AnalysisPlan) -> str | SafeString:
        if not plan.frozen_at:
            return "–"
        return format_html(
            '<a href="{}?plan__id__exact={}">{}</a> · <a href="{}?plan={}">{}</a>',
            reverse("admin:survey_amendment_changelist"),
            plan.pk,
            plan.amendments.count(),
            reverse("admin:survey_amendment_add"),
            plan.pk,
            _("Write an amendment"),
        )


def _is_open(study: Study | None) -> bool:
    return study is None or study.live_at is None


@admin.register(Amendment)
class AmendmentAdmin(OfOwnStudies):
    """Amendments are written and read, not edited."""

    study_path = "plan__study"
    list_display = ["plan", "what", "why", "by_name", "made_at"]
    list_filter = [("plan__study", OwnStudiesFilter)]
    list_select_related = ["plan__study"]
    readonly_fields = ["made_at", "by_name"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["plan", "what", "why", *(["made_at", "by_name"] if obj else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only a frozen plan is amended; another one is edited."""
        if db_field.name == "plan":
            own = Study.objects.of(request.user)
            frozen = AnalysisPlan.objects.frozen().filter(study__in=own.values("pk"))
            kwargs["queryset"] = frozen.select_related("study")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Amendment, form: Any, change: bool) -> None:
        written = amend(plan=obj.plan, what=obj.what, why=obj.why, by=cast(User, request.user))
        obj.pk, obj._state.adding = written.pk, False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Peek)
class PeekAdmin(RowsOfOwnStudies):
    list_display = ["study", "at", "until", "why", "user_name", "people_then", "answers_then"]
    list_filter = [("study", OwnStudiesFilter), "why", "at"]
    search_fields = ["study__slug", "user_name"]
    date_hierarchy = "at"
    list_select_related = ["study"]
    exclude = ["user"]
