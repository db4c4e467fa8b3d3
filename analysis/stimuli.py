"""A stimulus with everything that is known of it: what it was made from, how, and its votes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from analysis import stats
from analysis.frames import Selected, WordLabel
from analysis.reports import Estimate
from analysis.sources import Source
from generation.models import ClusterMember, StylisedImage
from storage import digest
from survey.models import Option, Study
from survey.services.attribution import source_of

_FACTS = (
    "loss", "colour_distance", "style_distance", "style_remainder", "content_change",
    "recognised", "recognised_as", "seconds", "device", "licence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that offers the image; `estimate` is the share of its answers that chose it."""

    index: int
    word: WordLabel
    condition: str
    is_own: bool
    votes: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 of the image as its questions pinned it, as its row has it, and of the file now.

    `file` is empty where there is none.
    """

    pinned: tuple[str, ...]
    stored: str
    file: str

    @property
    def agree(self) -> bool:
        return {*self.pinned, self.file} == {self.stored}


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of the image as its model names and explains it."""

    name: Any
    value: str
    help: Any


@dataclass(frozen=True, slots=True)
class Details:
    """An image of a study; `votes` are the study's counted answers."""

    image: StylisedImage
    sources: tuple[Source, ...]
    hashes: Hashes
    parameters: tuple[tuple[str, str], ...]
    seed: object
    own: tuple[Asked, ...]
    others: tuple[Asked, ...]

    @property
    def tables(self) -> tuple[tuple[Asked, ...], ...]:
        """The questions about its own word, then the others."""
        return tuple(rows for rows in (self.own, self.others) if rows)

    @property
    def has_conditions(self) -> bool:
        return any(row.condition for row in (*self.own, *self.others))

    @property
    def facts(self) -> list[Fact]:
        """What is known of how it was made, and how content and style go together."""
        fields = {field.name: field for field in self.image._meta.concrete_fields}
        known = {name: getattr(self.image, name) for name in _FACTS}
        return [
            Fact(fields[name].verbose_name, _plain(value), fields[name].help_text)
            for name, value in known.items()
            if value not in (None, "")
        ]


def details(study: Study, selected: Selected, pk: int) -> Details | None:
    """Everything about the stylised image `pk`; None where the study's questions do not offer it.

    In three queries, and one more where grids have to be read.
    """
    layout = selected.frame.layout
    if pk not in layout.stimuli:
        return None
    image = StylisedImage.objects.select_related(
        "content", "recipe", "recognised_as", "cluster__clustering__word"
    ).get(pk=pk)
    asked = _asked(selected, layout.stimuli.index(pk))
    parameters = dict(image.recipe.parameters)
    return Details(
        image=image,
        sources=_sources(image),
        hashes=_hashes(study, image),
        seed=parameters.pop("seed", None),
        parameters=tuple((name, _plain(value)) for name, value in parameters.items()),
        own=tuple(each for each in asked if each.is_own),
        others=tuple(each for each in asked if not each.is_own),
    )


def _asked(selected: Selected, image: int) -> tuple[Asked, ...]:
    """The questions about words that offer the image, in their order."""
    layout, options = selected.frame.layout, selected.frame.layout.options
    places = np.flatnonzero((options.image == image) & (layout.place[options.question] >= 0))
    rows = []
    for option in sorted(places.tolist(), key=lambda place: options.question[place]):
        question = layout.asked[layout.place[options.question[option]]]
        votes, shown = int(selected.votes[option]), int(selected.shown[option])
        row = Asked(
            index=layout.cells[options.question[option]].index,
            word=layout.words[question.word],
            condition=question.condition,
            is_own=bool(options.is_target[option]),
            votes=votes,
            share=stats.accuracy(votes, {Fraction(1, question.options): shown}),
        )
        rows.append(row)
    return tuple(rows)


def _sources(image: StylisedImage) -> tuple[Source, ...]:
    """The web images whose style went into it, the most typical first."""
    behind = ClusterMember.objects.behind(StylisedImage.objects.filter(pk=image.pk))
    members = behind.select_related("web_image__word").order_by("rank")
    return tuple(Source(each.web_image, source_of(each.web_image)) for each in members)


def _hashes(study: Study, image: StylisedImage) -> Hashes:
    options = Option.objects.filter(
        stylised=image, question__study=study, question__version=study.composition
    )
    pinned = options.order_by("sha256").values_list("sha256", flat=True).distinct()
    return Hashes(tuple(pinned), image.sha256, digest(str(image.file.name)))


def _plain(value: Any) -> str:
    """A parameter as a reader takes it in: layers and scales as lists of pairs."""
    if isinstance(value, float):
        return f"{value:,.5g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_pair(each) for each in value)
    return "–" if value in ("", None) else str(value)


def _pair(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " × ".join(map(_plain, value))
    return _plain(value)
