"""Somebody's way through the steps: each form with what was typed, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from survey.admin.wizard.design import DesignForm, first_design
from survey.admin.wizard.names import NameForm, first_names
from survey.admin.wizard.stimuli import StimuliForm
from survey.admin.wizard.texts import TextsForm
from survey.models import AnalysisPlan, Study, StudyDraft
from survey.models.plan_checks import Asks, asks_of
from survey.services.plan import decisions_of
from survey.services.presets import PRESETS, Preset
from survey.services.set_up import Composing
from survey.services.sizing import Size, size_of

STEPS = {
    "name": _("Name"),
    "stimuli": _("Words and photographs"),
    "design": _("Design"),
    "texts": _("Texts, dates and plan"),
    "review": _("Review"),
}
_CHECKED = "_checked"


class Walk:
    """The steps of a draft. A step's form is bound once something was typed there."""

    def __init__(self, draft: StudyDraft) -> None:
        self.draft = draft
        asks_anew = draft.purpose != StudyDraft.Purpose.TEXTS
        self.steps = [step for step in STEPS if asks_anew or step not in ("stimuli", "design")]
        self._forms: dict[str, Any] = {}

    def keep(self, step: str, data: QueryDict, *, checked: bool) -> None:
        """What was typed, right or wrong; `checked` says that its errors are to be told."""
        typed = {
            name: values
            for name, values in data.lists()
            if not name.startswith("_") and name != "csrfmiddlewaretoken"
        }
        self.draft.answers[step] = typed | ({_CHECKED: ["1"]} if checked else {})
        self.draft.changed_at = timezone.now()
        self._forms.clear()

    def is_checked(self, step: str) -> bool:
        return _CHECKED in self.draft.answers.get(step, {})

    def before(self, step: str) -> str:
        return self._beside(step, -1)

    def after(self, step: str) -> str:
        return self._beside(step, 1)

    def _beside(self, step: str, distance: int) -> str:
        place = self.steps.index(step) + distance
        return self.steps[place] if 0 <= place < len(self.steps) else ""

    def open_before(self, step: str) -> str:
        """The first step before this one that is not done; empty where all are."""
        for other in self.steps[: self.steps.index(step)]:
            if not self.is_done(other):
                return other
        return ""

    def is_done(self, step: str) -> bool:
        """Whether its form was sent, and is right. The later steps need the earlier ones."""
        if step == "review" or step not in self.draft.answers:
            return False
        if step in ("design", "texts") and self.open_before(step):
            return False
        return bool(self.form(step).is_valid())

    def form(self, step: str) -> Any:
        if step not in self._forms:
            self._forms[step] = getattr(self, f"_{step}")(self._typed(step))
        return self._forms[step]

    def _typed(self, step: str) -> QueryDict | None:
        if step not in self.draft.answers:
            return None
        data = QueryDict(mutable=True)
        for name, values in self.draft.answers[step].items():
            data.setlist(name, values)
        return data

    @cached_property
    def preset(self) -> Preset | None:
        *_others, name = self.draft.answers.get("name", {}).get("preset") or [""]
        return PRESETS.get(name)

    def _name(self, data: QueryDict | None) -> NameForm:
        study = self.draft.study
        return NameForm(data, study=study, initial=first_names(study))

    def _stimuli(self, data: QueryDict | None) -> StimuliForm:
        return StimuliForm(data, preset=self.preset, study=self.draft.study)

    def _design(self, data: QueryDict | None) -> DesignForm:
        stimuli = self.form("stimuli")
        stimuli.is_valid()
        given = stimuli.cleaned_data
        counts = [stimuli.offer.clusters[word] for word in given["words"]]
        initial = first_design(
            preset=self.preset, study=self.draft.study, seed=self.draft.seed,
            most=min(counts), images=sum(counts),
        )  # fmt: skip
        return DesignForm(data, given=given, most=min(counts), initial=initial)

    def _texts(self, data: QueryDict | None) -> TextsForm:
        study = self.draft.study
        begun = dict(self.preset.fields) if self.preset else {}
        plan = dict(self.preset.plan) if self.preset else {}
        if study and (stored := AnalysisPlan.objects.filter(study=study).first()):
            plan = decisions_of(stored)
        # An own instance, which its form may fill: the draft's study stays as it is stored.
        instance = Study.objects.get(pk=study.pk) if study else Study()
        return TextsForm(data, instance=instance, initial=begun, plan=plan, asks=self._asks(study))

    def _asks(self, study: Study | None) -> Asks | None:
        if study and study.live_at:
            return None
        if self.composing is None:
            return asks_of(study) if study else None
        given = self.composing
        return Asks(
            readings=sorted(word.reading for word in given.words),
            conditions=[recipe.name for recipe in given.recipes],
            catches=len(given.contents),
            familiarity=False,  # as the step's own form has it
        )

    @property
    def composing(self) -> Composing | None:
        """Of the questions that are to be; None where they stay as they are."""
        if "design" not in self.steps:
            return None
        form = self.form("design")
        return form.composing if form.is_valid() else None

    def fields(self) -> dict[str, Any]:
        """Of the study, once every step is done: title and languages, texts and rules."""
        name = self.form("name").cleaned_data
        return {
            "title": name["title"],
            "languages": name["languages"],
            **self.form("texts").values(),
        }

    def size(self) -> Size | None:
        """Of what is chosen so far; None where that is no questionnaire yet."""
        stimuli = self.form("stimuli")
        chosen = {name: len(stimuli.chosen(name)) for name in ("words", "contents", "recipes")}
        if min(chosen.values()) < 1 or chosen["words"] < 2:
            return None
        typed = self._design_so_far(stimuli)
        try:
            clusters, options = int(typed["clusters"]), int(typed["options"])
        except (TypeError, ValueError):
            return None
        if not 0 < clusters < options:
            return None
        return size_of(
            words=chosen["words"], contents=chosen["contents"], conditions=chosen["recipes"],
            is_within=typed.get("design") != Study.Design.BETWEEN,
            clusters=clusters, options=options,
        )  # fmt: skip

    def _design_so_far(self, stimuli: StimuliForm) -> Mapping[str, Any]:
        if data := self._typed("design"):
            return {name: data.get(name, "") for name in ("clusters", "options", "design")}
        readings = stimuli.chosen("words")
        counts = [n for word, n in stimuli.offer.clusters.items() if word.reading in readings]
        return first_design(
            preset=self.preset, study=self.draft.study, seed=0,
            most=min(counts, default=0), images=sum(counts),
        )  # fmt: skip


def errors_of(form: forms.BaseForm) -> int:
    """How many fields are wrong."""
    plan = form.plan if isinstance(form, TextsForm) and form.tells_plan else None
    return len(form.errors) + (len(plan.errors) if plan else 0)
