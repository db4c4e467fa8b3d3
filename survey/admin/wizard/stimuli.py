"""The second step: the words and the photographs, of those whose stimuli are finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generation.models import ContentImage, LicenceDemand, Recipe, Word
from generation.sources.licences import DEMANDS, Demand
from survey.admin.fields import SeveralField
from survey.models import Study
from survey.services.offers import Cell, Offer, offer
from survey.services.presets import Preset
from survey.services.set_up import images_of

_NAMED = 5  # pairs that a message names; the rest is a number


@dataclass(frozen=True)
class Row:
    """A word with what there is of it on each photograph."""

    word: Word
    clusters: int
    cells: Sequence[Cell]
    is_ready: bool
    is_chosen: bool

    @property
    def missing(self) -> int:
        return sum(cell.missing for cell in self.cells)

    @property
    def waiting(self) -> int:
        return sum(cell.waiting for cell in self.cells)


@dataclass(frozen=True)
class Column:
    """A photograph; it `lacks` what nobody has asked for yet."""

    content: ContentImage
    is_ready: bool
    is_chosen: bool
    lacks: bool


class StimuliForm(forms.Form):
    """Offers what is finished by the recipes that are chosen in it."""

    recipes = SeveralField(
        label=_("Recipes that made the images"),
        choices=[],
        help_text=_("several are the study's conditions"),
    )
    licence = forms.ChoiceField(
        label=capfirst(_("licences of the web images")),
        choices=LicenceDemand.choices,
        help_text=_("which web images may have given its stimuli their style"),
    )
    words = SeveralField(label=capfirst(_("words")), choices=[])
    contents = SeveralField(label=capfirst(_("photographs")), choices=[])

    def __init__(
        self, *args: Any, preset: Preset | None, study: Study | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.preset = preset
        self.made_by = made_by()
        self._offer_recipes()
        if not self.is_bound:
            self.initial = self._first_recipes(study)
        self.offer = self._offered()
        self._offer_pairs()
        if not self.is_bound:
            self.initial = {**self.initial, **self._first_pairs(preset, study)}

    def _offer_recipes(self) -> None:
        names = [(recipe.name, recipe.name) for recipe in self.made_by]
        self.fields["recipes"] = SeveralField(
            label=self.fields["recipes"].label,
            choices=names,
            help_text=self.fields["recipes"].help_text,
        )

    def _offer_pairs(self) -> None:
        ready = self.offer.ready_words(), self.offer.ready_contents()
        self.fields["words"] = SeveralField(
            label=self.fields["words"].label, choices=[(w.reading, w.text) for w in ready[0]],
            error_messages={"required": _("Expected two words or more, got none.")},
        )  # fmt: skip
        self.fields["contents"] = SeveralField(
            label=self.fields["contents"].label, choices=[(c.name, c.name) for c in ready[1]],
            error_messages={"required": _("Expected one photograph or more, got none.")},
        )  # fmt: skip

    def _first_recipes(self, study: Study | None) -> dict[str, Any]:
        if study:
            names = [recipe.name for recipe in images_of(study)]
            return {"recipes": names, "licence": study.licence}
        names = [recipe.name for recipe in self.made_by[:1]]
        return {"recipes": names, "licence": LicenceDemand.ANY.value}

    def _first_pairs(self, preset: Preset | None, study: Study | None) -> dict[str, Any]:
        if study:
            asked = study.questions.in_force()
            words = asked.about_words().values_list("word__reading", flat=True).distinct()
            names = asked.values_list("content__name", flat=True).distinct()
            return {"words": list(words), "contents": list(names)}
        if preset is None:
            return {}
        chosen, contents = self.offer.largest(preset.words, preset.contents)
        return {
            "words": [word.reading for word in chosen],
            "contents": [content.name for content in contents],
        }

    def chosen(self, name: str) -> list[str]:
        """The values that are ticked, right or wrong."""
        value: list[str] = self[name].value() or []
        return value

    def _offered(self) -> Offer:
        recipes = [recipe for recipe in self.made_by if recipe.name in self.chosen("recipes")]
        return offer(recipes=recipes, licence=self.demand)

    @property
    def demand(self) -> Demand:
        """The demand that is chosen, right or wrong."""
        value = self["licence"].value()
        return next((demand for demand in DEMANDS if demand == value), "any")

    @property
    def fewer_than_preset(self) -> dict[str, int] | None:
        """What the preset wants and what is finished, where that is less."""
        if self.is_bound or not self.preset:
            return None
        words, contents = len(self.chosen("words")), len(self.chosen("contents"))
        if words >= self.preset.words and contents >= self.preset.contents:
            return None
        return {
            "words": words,
            "contents": contents,
            "wanted_words": self.preset.words,
            "wanted_contents": self.preset.contents,
        }

    def rows(self) -> Iterator[Row]:
        ready, chosen = set(self.offer.ready_words()), set(self.chosen("words"))
        for word in self.offer.words:
            cells = [self.offer.cells[word, content] for content in self.offer.contents]
            clusters = self.offer.clusters[word]
            yield Row(word, clusters, cells, word in ready, word.reading in chosen)

    def columns(self) -> Iterator[Column]:
        ready, chosen = set(self.offer.ready_contents()), set(self.chosen("contents"))
        for content in self.offer.contents:
            lacking = self.offer.lacking(self.offer.words, [content])
            lacks = any(cell.missing > cell.waiting for _word, _content, cell in lacking)
            yield Column(content, content in ready, content.name in chosen, lacks)

    def clean_recipes(self) -> list[Recipe]:
        names = self.cleaned_data["recipes"]
        return [recipe for recipe in self.made_by if recipe.name in names]

    def clean_words(self) -> list[Word]:
        readings = self.cleaned_data["words"]
        words = [word for word in self.offer.words if word.reading in readings]
        if len(words) < 2:  # the images of others are the distractors
            raise forms.ValidationError(_("Expected two words or more, got one."))
        return words

    def clean_contents(self) -> list[ContentImage]:
        names = self.cleaned_data["contents"]
        return [content for content in self.offer.contents if content.name in names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"words", "contents"} <= cleaned.keys() and (
            lacking := self.offer.lacking(cleaned["words"], cleaned["contents"])
        ):
            named = "; ".join(
                f"{word.text} × {content} ({cell.done}/{cell.wanted})"
                for word, content, cell in lacking[:_NAMED]
            )
            text = ngettext(
                "Expected finished stimuli of every word on every photograph; %(n)d pair is not "
                "finished: %(named)s.",
                "Expected finished stimuli of every word on every photograph; %(n)d pairs are not "
                "finished, as %(named)s.",
                len(lacking),
            )
            self.add_error("words", text % {"n": len(lacking), "named": named})
        return cleaned


def made_by() -> list[Recipe]:
    """The recipes of which there is an image, the one of most first."""
    done = Count("stylised", filter=~Q(stylised__sha256=""))
    return list(Recipe.objects.annotate(done=done).filter(done__gt=0).order_by("-done", "name"))
