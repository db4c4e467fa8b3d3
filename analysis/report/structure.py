"""What stands beside the accuracies: confusions, carelessness, the mixed model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.report.accuracies import Overall, overall_of
from analysis.stats import mixed
from analysis.stats.answers import Answers
from analysis.stats.careless import Careless
from analysis.stats.confusion import confusion
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.mixed import LikelihoodRatio, MixedModel

# The confusions that a report lists.
_MOST = 15
RULES = ("too_fast", "missed_catches", "long_run", "position_bias", "disagrees")


@dataclass(frozen=True, slots=True)
class Confused:
    """Where `asked` was asked, an image of `chosen` was taken; both are indices of words.

    `rate` is per time that an image of `chosen` was offered there.
    """

    asked: int
    chosen: int
    count: int
    rate: float | NotEstimable


@dataclass(frozen=True, slots=True)
class WithAndWithout:
    """The accuracy of everybody, and without those whom a rule flags; `flagged` counts by rule."""

    flags: Careless
    flagged: tuple[tuple[str, int], ...]
    people_flagged: int
    everybody: Overall
    others: Overall


@dataclass(frozen=True, slots=True)
class Mixed:
    """The model with one mean; with a mean for each content image, whether these differ."""

    model: MixedModel
    contents: MixedModel | NotEstimable
    differ: LikelihoodRatio | NotEstimable


def confusions_of(answers: Answers) -> tuple[Confused, ...] | NotEstimable:
    """The pairs of words that are confused most often, at most `_MOST` of them."""
    found = confusion(answers)
    if isinstance(found, NotEstimable):
        return found
    counts = found.counts - np.diag(found.counts.diagonal())
    order = np.argsort(-counts, axis=None, kind="stable")[:_MOST]
    rates = found.picks_per_exposure
    pairs = ((int(a), int(c)) for a, c in zip(*np.unravel_index(order, counts.shape), strict=True))
    return tuple(
        Confused(
            asked,
            chosen,
            int(counts[asked, chosen]),
            rates if isinstance(rates, NotEstimable) else float(rates[asked, chosen]),
        )
        for asked, chosen in pairs
        if counts[asked, chosen]
    )


def with_and_without(answers: Answers, flags: Careless) -> WithAndWithout:
    """`answers` are those of everybody, whom no rule has left out yet."""
    there = np.zeros(len(answers.people), dtype=np.bool_)
    there[answers.person] = True
    return WithAndWithout(
        flags=flags,
        flagged=tuple((rule, int((getattr(flags, rule) & there).sum())) for rule in RULES),
        people_flagged=int((flags.flagged & there).sum()),
        everybody=overall_of(answers),
        others=overall_of(answers.without(flags.people)),
    )


def mixed_of(answers: Answers, step: Callable[[], object] = lambda: None) -> Mixed | NotEstimable:
    """`step` is called after each step of the searches."""

    def tell(_number: int, _deviance: float) -> None:
        step()

    model = mixed.mixed_model(answers, progress=tell)
    if isinstance(model, NotEstimable):
        return model
    if len(np.unique(answers.content)) < 2:
        one = NotEstimable(Reason.ONE_CONTENT)
        return Mixed(model, one, one)
    contents = mixed.mixed_model(answers, contents=True, progress=tell)
    if isinstance(contents, NotEstimable):
        return Mixed(model, contents, contents)
    return Mixed(model, contents, mixed.content_test(model, contents))
