"""The third step: how the questions are made of the stimuli."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from survey.admin.labels import in_words
from survey.errors import SurveyError
from survey.models import Study
from survey.services.presets import Preset
from survey.services.questions import DraftQuestion
from survey.services.set_up import Composing


class DesignForm(forms.Form):
    """`given` is the second step's cleaned data."""

    clusters = forms.IntegerField(
        label=capfirst(_("clusters per word")),
        min_value=1,
        help_text=_("the images of a question that show its word: its targets"),
    )
    options = forms.IntegerField(
        label=capfirst(_("images per question")),
        min_value=2,
        help_text=_("targets and distractors together; 9 and 12 fill a phone's screen"),
    )
    distractors = forms.ChoiceField(
        label=capfirst(_("distractors")),
        choices=Study.Distractors.choices,
        help_text=_("images of other words on the same photograph"),
    )
    design = forms.ChoiceField(
        label=capfirst(_("conditions")),
        choices=Study.Design.choices,
        help_text=_("a condition is the recipe that made the images of a question"),
    )
    seed = forms.IntegerField(
        label=capfirst(_("seed")),
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("decides which distractors are drawn; the same seed draws the same"),
    )

    questions: list[DraftQuestion]
    composing: Composing

    def __init__(self, *args: Any, given: dict[str, Any], most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given, self.most = given, most
        self.fields["clusters"].widget.attrs["max"] = most
        if len(given["recipes"]) < 2:  # one condition is neither within nor between
            del self.fields["design"]

    def clean_clusters(self) -> int:
        clusters: int = self.cleaned_data["clusters"]
        if clusters > self.most:
            raise forms.ValidationError(
                _("Expected at most %(most)s, the clusters that every chosen word has, got "
                  "%(got)s."),
                params={"most": self.most, "got": clusters},
            )  # fmt: skip
        return clusters

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"clusters", "options"} <= cleaned.keys():
            self._check_options(cleaned["clusters"], cleaned["options"])
        if not self.errors:
            self._compose(cleaned)
        return cleaned

    def _check_options(self, clusters: int, options: int) -> None:
        others = (len(self.given["words"]) - 1) * clusters
        if options <= clusters:
            text = _("Expected more than the %(clusters)s targets, got %(got)s.")
        elif options > clusters + others:
            text = _("Expected at most %(most)s: the targets and all images of other words; got "
                     "%(got)s.")  # fmt: skip
        else:
            return
        facts = {"clusters": clusters, "most": clusters + others, "got": options}
        self.add_error("options", text % facts)

    def _compose(self, cleaned: dict[str, Any]) -> None:
        """Whether it can be composed is for the composer to say."""
        self.composing = Composing(
            contents=self.given["contents"],
            words=self.given["words"],
            recipes=self.given["recipes"],
            licence=self.given["licence"],
            design=Study.Design(cleaned.get("design", Study.Design.WITHIN)),
            options=cleaned["options"],
            distractors=Study.Distractors(cleaned["distractors"]),
            seed=cleaned["seed"],
            clusters=cleaned["clusters"],
        )
        try:
            self.questions = self.composing.questions()
        except SurveyError as error:
            text = _("These questions cannot be composed: %(reason)s")
            self.add_error(None, text % {"reason": in_words(error)})


def first_design(
    *, preset: Preset | None, study: Study | None, seed: int, most: int, images: int
) -> dict[str, Any]:
    """What the form is opened with; `images` are those of all words on one photograph."""
    if study:
        return {
            "clusters": study.clusters or most,
            "options": study.options,
            "distractors": study.distractors,
            "design": study.design,
            "seed": study.seed,
        }
    begun = preset or Preset(words=0, contents=0)
    return {
        "clusters": min(begun.clusters, most),
        "options": min(begun.options, images),
        "distractors": Study.Distractors.FIXED.value,
        "design": Study.Design.WITHIN.value,
        "seed": seed,
    }
