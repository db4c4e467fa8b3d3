"""What the page of models says: the stored results as lines that name words and photographs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy import special

from analysis.computed import Choices, Mixed, WordCount
from analysis.frames import Content, Picture, WordLabel
from analysis.frames.layout import Layout
from analysis.stats import Interval, NotEstimable
from analysis.stats.agreement import Agreement, By
from analysis.stats.intervals import UPPER
from analysis.stats.luce import Role, Strengths
from analysis.stats.mixed import Effect, LikelihoodRatio, MixedModel, WordEffect

_EXTREMES = 4  # images of each end


@dataclass(frozen=True, slots=True)
class Typical:
    """The share correct that a logit above chance gives, with its 95 % interval."""

    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """How far people, words or questions are apart.

    `better` is the share correct of one that is a standard deviation better than the average.
    """

    name: str
    sd: float | NotEstimable
    better: float | None


@dataclass(frozen=True, slots=True)
class WordLine:
    """A word's raw accuracy beside the one of the model; `n` is not 0."""

    word: WordLabel
    correct: int
    n: int
    effect: WordEffect | NotEstimable

    @property
    def raw(self) -> float:
        return self.correct / self.n


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A photograph's own mean above chance."""

    content: Content
    effect: Effect | NotEstimable
    typical: Typical | None


@dataclass(frozen=True, slots=True)
class MixedReport:
    """The mixed model in the terms of the page; `chance` is None where questions differ in it.

    `level` is the chance level that shares are written at: the mean where questions differ.
    """

    model: MixedModel
    chance: float | None
    level: float
    typical: Typical
    spread: tuple[SpreadLine, ...]
    words: tuple[WordLine, ...]
    contents: tuple[ContentLine, ...] | NotEstimable
    test: LikelihoodRatio | NotEstimable


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """Agreement about one aspect of an answer."""

    by: By
    found: Agreement | NotEstimable


@dataclass(frozen=True, slots=True)
class ImageLine:
    """An image in a role; `asked` is the word of its question, None over all questions."""

    picture: Picture
    word: WordLabel
    cluster: int
    condition: str
    asked: WordLabel | None
    value: float
    error: float
    votes: int
    offers: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """Images of one role from the strongest down."""

    lines: tuple[ImageLine, ...]

    @property
    def strongest(self) -> tuple[ImageLine, ...]:
        return self.lines[:_EXTREMES]

    @property
    def weakest(self) -> tuple[ImageLine, ...]:
        return self.lines[_EXTREMES:][-_EXTREMES:]


@dataclass(frozen=True, slots=True)
class PhotoStrengths:
    """The strengths on one photograph; `why_not` where there are none."""

    content: Content
    targets: Ranked
    lures: Ranked
    is_connected: bool
    why_not: NotEstimable | None


def mixed_report(found: Mixed, layout: Layout) -> MixedReport | NotEstimable:
    model = found.plain
    if isinstance(model, NotEstimable):
        return model
    level = found.chance
    return MixedReport(
        model=model,
        chance=level if found.is_one_chance else None,
        level=level,
        typical=_typical(model.intercept, level),
        spread=tuple(_spread(model, level)),
        words=_word_lines(model, found.counts, layout),
        contents=_content_lines(found.contents, layout, level),
        test=found.test,
    )


def agreement_lines(found: Choices) -> list[AgreementLine]:
    return [AgreementLine(by, each) for by, each in zip(By, found.agreements, strict=True)]


def has_closed_form(found: Choices) -> bool:
    return any(isinstance(each, Strengths) for each in found.by_question)


def strengths_by_question(found: Choices, layout: Layout) -> list[PhotoStrengths]:
    """In closed form: each image against the others of its question."""
    photographs = []
    for at, content in enumerate(layout.contents):
        own = [
            (layout.words[asked.word], each)
            for asked, each in zip(layout.asked, found.by_question, strict=True)
            if asked.content == at
        ]
        photographs.append(_photograph(content, own, layout))
    return photographs


def strengths_by_content(found: Choices, layout: Layout) -> list[PhotoStrengths]:
    """Fitted: each image against all images of its photograph."""
    return [
        _photograph(content, [(None, each)], layout)
        for content, each in zip(layout.contents, found.by_content, strict=True)
    ]


def _typical(effect: Effect, level: float) -> Typical:
    half = float(special.ndtri(UPPER)) * effect.error
    low, share, high = (_share(effect.value + shift, level) for shift in (-half, 0.0, half))
    return Typical(share, Interval(low, high))


def _share(above_chance: float, level: float) -> float:
    """The probability of a logit above that of the chance level."""
    return float(special.expit(special.logit(level) + above_chance))


def _spread(model: MixedModel, level: float) -> Iterator[SpreadLine]:
    spreads = {"person": model.sd_person, "word": model.sd_word, "question": model.sd_question}
    for name, sd in spreads.items():
        if isinstance(sd, NotEstimable):
            yield SpreadLine(name, sd, None)
        else:
            yield SpreadLine(name, sd, _share(model.intercept.value + sd, level))


def _word_lines(
    model: MixedModel, counts: Sequence[WordCount], layout: Layout
) -> tuple[WordLine, ...]:
    lines = [
        WordLine(layout.words[at], count.correct, count.n, effect)
        for at, (count, effect) in enumerate(zip(counts, model.words, strict=True))
        if count.n
    ]
    return tuple(sorted(lines, key=_best_first))


def _best_first(line: WordLine) -> float:
    return -line.effect.accuracy if isinstance(line.effect, WordEffect) else -line.raw


def _content_lines(
    fixed: MixedModel | NotEstimable, layout: Layout, level: float
) -> tuple[ContentLine, ...] | NotEstimable:
    if isinstance(fixed, NotEstimable):
        return fixed
    return tuple(
        ContentLine(content, each, _typical(each, level) if isinstance(each, Effect) else None)
        for content, each in zip(layout.contents, fixed.contents, strict=True)
    )


def _photograph(
    content: Content,
    parts: Sequence[tuple[WordLabel | None, Strengths | NotEstimable]],
    layout: Layout,
) -> PhotoStrengths:
    found = [(asked, each) for asked, each in parts if isinstance(each, Strengths)]
    missing = [each for _asked, each in parts if isinstance(each, NotEstimable)]
    lines: dict[Role, list[ImageLine]] = {role: [] for role in Role}
    for asked, each in found:
        for role, line in _image_lines(asked, each, layout):
            lines[role].append(line)
    targets, lures = (
        Ranked(tuple(sorted(lines[role], key=lambda line: -line.value)))
        for role in (Role.TARGET, Role.LURE)
    )
    is_connected = all(each.connected for _asked, each in found)
    return PhotoStrengths(
        content, targets, lures, is_connected, missing[0] if missing and not found else None
    )


def _image_lines(
    asked: WordLabel | None, found: Strengths, layout: Layout
) -> Iterator[tuple[Role, ImageLine]]:
    columns = (found.values, found.errors, found.votes, found.offers)
    rows = zip(found.items, *(column.tolist() for column in columns), strict=True)
    for item, value, error, votes, offers in rows:
        image = layout.images[item.image]
        yield (
            item.role,
            ImageLine(
                picture=layout.pictures[item.image],
                word=layout.words[image.word],
                cluster=image.cluster,
                condition=image.condition,
                asked=asked,
                value=value,
                error=error,
                votes=votes,
                offers=offers,
            ),
        )
