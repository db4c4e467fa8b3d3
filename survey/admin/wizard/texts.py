"""The fourth step: what people read, who takes part and until when, and the analysis plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from survey.admin.plan import PlanForm
from survey.admin.texts import StudyTexts
from survey.models import AnalysisPlan, Study
from survey.models.plan_checks import Asks

_MOMENT = "%Y-%m-%dT%H:%M"


def _moment(**kwargs: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    return forms.DateTimeField(required=False, widget=widget, **kwargs)


class _StepPlanForm(PlanForm):
    class Meta:
        model = AnalysisPlan
        fields = AnalysisPlan.DECISIONS


class TextsForm(StudyTexts):
    """Texts and rules of a study, and its plan, which is there until the study goes live."""

    opens_at = _moment(label=capfirst(_("opens")), help_text=_("empty: when it goes live"))
    closes_at = _moment(label=capfirst(_("closes")), help_text=_("empty: when you close it"))
    retain_until = forms.DateField(
        label=capfirst(_("personal data are kept until")),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("then `manage.py purge` removes recruiter's ids and closing answers"),
    )
    has_plan = forms.BooleanField(
        label=_("There is an analysis plan"),
        required=False,
        initial=True,
        help_text=_("Without one, whatever the results show is exploratory."),
    )

    class Meta:
        model = Study
        fields = (
            "introduction", "consent_text", "consent_version", "contact", "asks_familiarity",
            "closing", "opens_at", "closes_at", "quota", "abandoned_minutes", "returning",
            "resume_hours", "completion_url", "recruiter_parameters", "retain_until",
            "counted_origins",
        )  # fmt: skip

    def __init__(self, *args: Any, asks: Asks | None, plan: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = None
        if asks is None:  # it is frozen, or there can be none any more
            del self.fields["has_plan"]
            return
        self.plan = _StepPlanForm(
            data=self.data if self.is_bound else None,
            prefix="plan",
            initial=plan,
            study=self.instance,
            asks=asks,
        )
        self.plan.fields["people"].error_messages["required"] = _(
            "Expected the number of people at which the study is analysed, got none."
        )

    def fields_named(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def read(self) -> list[forms.BoundField]:
        return self.fields_named("introduction", "consent_text", "consent_version", "contact")

    @property
    def taking_part(self) -> list[forms.BoundField]:
        return self.fields_named("quota", "opens_at", "closes_at")

    @property
    def after(self) -> list[forms.BoundField]:
        return self.fields_named("asks_familiarity", "closing")

    @property
    def further(self) -> list[forms.BoundField]:
        return self.fields_named(
            "returning", "resume_hours", "abandoned_minutes", "completion_url",
            "recruiter_parameters", "retain_until", "counted_origins",
        )  # fmt: skip

    @property
    def outcome(self) -> list[forms.BoundField]:
        return self._plan_fields("outcome", "words", "baseline", "alpha", "correction", "people",
                                 "hypotheses")  # fmt: skip

    @property
    def exclusions(self) -> list[forms.BoundField]:
        return self._plan_fields(
            "fast_ms", "fast_share", "failed_catches", "run_alpha", "position_alpha",
            "agreement_z", "keeps_incomplete", "least_familiarity",
        )  # fmt: skip

    def _plan_fields(self, *names: str) -> list[forms.BoundField]:
        return [self.plan[name] for name in names] if self.plan else []

    @property
    def further_is_wrong(self) -> bool:
        return any(field.errors for field in self.further)

    @property
    def exclusions_are_wrong(self) -> bool:
        return any(field.errors for field in self.exclusions)

    @property
    def tells_plan(self) -> bool:
        """Whether the plan's errors are anybody's concern, once the form was checked."""
        return self.plan is not None and bool(self.cleaned_data.get("has_plan"))

    def is_valid(self) -> bool:
        """Of the plan too, if there is to be one."""
        own = super().is_valid()
        return (self._check_plan() if self.tells_plan else True) and own

    def _check_plan(self) -> bool:
        """Its rule about familiarity depends on what was ticked above it."""
        plan = self.plan
        if plan is None:
            return True
        asks = plan.instance.asks
        if asks is not None:
            plan.instance.asks = Asks(
                readings=asks.readings,
                conditions=asks.conditions,
                catches=asks.catches,
                familiarity=bool(self.cleaned_data.get("asks_familiarity")),
            )
        return plan.is_valid()

    def values(self) -> dict[str, Any]:
        """Of the study's fields."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    def decisions(self) -> dict[str, Any] | None:
        """Of the plan, if there is one."""
        if self.plan is None or not self.cleaned_data["has_plan"]:
            return None
        return {name: self.plan.cleaned_data[name] for name in AnalysisPlan.DECISIONS}
