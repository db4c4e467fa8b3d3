"""How strongly images attract choices, by Luce's model (1959).

An image is chosen among those offered with probability exp(strength) / sum of exp(strengths);
strengths are natural logarithms and sum to 0. Images of one content that share no question are
compared through those that share one with both.

Over a content the strengths maximise the likelihood less `penalty` times the sum of their squares
(a normal prior of variance 1 / (2 penalty)), without which an image that nobody chose has none.
Of one question whose images everybody was offered there is a closed form, which is the default
there: log(votes + 1/2), centred (the empirical logit of Gart and Zweifel 1967).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.stats import groups
from analysis.stats.answers import Answers, Ints
from analysis.stats.choice_sets import ChoiceSets, choice_sets
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.luce_fit import fit

Floats = NDArray[np.float64]

PENALTY = 0.1


class Role(StrEnum):
    """What an image was for the asked word: the same image can be both, in different questions."""

    TARGET = "target"
    LURE = "lure"
    ANY = "any"  # not told apart


@dataclass(frozen=True, slots=True)
class Item:
    """An image, by index of `Answers.images`, in a role."""

    image: int
    role: Role


@dataclass(frozen=True, slots=True)
class Strengths:
    """Strengths of the m items that were offered, their standard errors, and what they rest on.

    Where not `connected`, some items share no chain of questions, and only the penalty compares
    them.
    """

    items: tuple[Item, ...]
    values: Floats  # (m,), sum 0
    errors: Floats  # (m,)
    votes: NDArray[np.int64]  # (m,)
    offers: NDArray[np.int64]  # (m,)
    connected: bool


def strengths_by_content(
    answers: Answers, *, roles: bool = True, penalty: float = PENALTY
) -> tuple[Strengths | NotEstimable, ...]:
    """The strengths on each content, targets and lures apart unless `roles` is False.

    Without roles an image has one strength whatever word was asked: how much it attracts at
    large, which mixes being typical of its word with attracting by mistake.
    """
    return tuple(
        _fitted(answers.only(answers.content == content), roles, penalty)
        for content in range(len(answers.contents))
    )


def strengths_by_question(
    answers: Answers, *, penalty: float | None = None
) -> tuple[Strengths | NotEstimable, ...]:
    """The strengths in each question: the closed form, or the penalised ones.

    The closed form needs a question that offers everybody the same images.
    """
    if penalty is None:
        shape = (len(answers.questions), len(answers.images))
        votes = groups.table(answers.question, answers.chosen, shape)
        return tuple(_closed_form(answers, at, mine) for at, mine in enumerate(votes))
    return tuple(
        _fitted(answers.only(answers.question == at), roles=True, penalty=penalty)
        for at in range(len(answers.questions))
    )


def _closed_form(
    answers: Answers, question: int, votes: NDArray[np.int64]
) -> Strengths | NotEstimable:
    """Of a question, from the votes of every image (images,)."""
    asked = answers.questions[question]
    if not votes.any():
        return NotEstimable(Reason.NO_ANSWERS)
    if not asked.is_fixed:
        return NotEstimable(Reason.OPTIONS_DIFFER)
    if asked.options < 2:
        return NotEstimable(Reason.ONE_OPTION)
    mine, m = votes[list(asked.images)], asked.options
    logs, variances = np.log(mine + 0.5), 1 / (mine + 0.5)
    return Strengths(
        items=tuple(Item(i, _role(answers, i, asked.word)) for i in asked.images),
        values=logs - logs.mean(),
        errors=np.sqrt((1 - 2 / m) * variances + variances.sum() / m**2),
        votes=mine,
        offers=np.full(m, votes.sum()),
        connected=True,
    )


def _role(answers: Answers, image: int, word: int) -> Role:
    return Role.TARGET if answers.images[image].word == word else Role.LURE


def _fitted(answers: Answers, roles: bool, penalty: float) -> Strengths | NotEstimable:
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    offered = choice_sets(answers)
    if isinstance(offered, NotEstimable):
        return offered
    offered = offered.with_a_choice()
    if not len(offered.items):
        return NotEstimable(Reason.ONE_OPTION)
    if roles:
        offered = offered.with_lures_apart(np.array([image.word for image in answers.images]))
    items, numbered = offered.numbered()
    found = fit(numbered, len(items), penalty)
    if isinstance(found, NotEstimable):
        return found
    votes, offers = _per_item(numbered, len(items))
    return Strengths(
        items=tuple(_item(item, len(answers.images), roles) for item in items.tolist()),
        values=found.values,
        errors=found.errors,
        votes=votes,
        offers=offers,
        connected=_is_connected(numbered.items, len(items)),
    )


def _item(number: int, images: int, roles: bool) -> Item:
    """Lures are numbered after all images."""
    if not roles:
        return Item(number, Role.ANY)
    return Item(number % images, Role.LURE if number >= images else Role.TARGET)


def _per_item(sets: ChoiceSets, items: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How often each item was chosen and offered (m,)."""
    held = sets.items >= 0
    times = np.broadcast_to(sets.times[:, None], held.shape)
    votes, offers = (
        np.bincount(sets.items[held], weights=each[held], minlength=items)
        for each in (sets.votes, times)
    )
    return votes.astype(np.int64), offers.astype(np.int64)


def _is_connected(places: Ints, items: int) -> bool:
    """Whether a chain of sets leads from each item to every other."""
    from scipy import sparse

    first = np.broadcast_to(places[:, :1], places.shape)
    # The first place of a set is never padding, so that each item is tied to it.
    held = places >= 0
    ties = sparse.coo_array(
        (np.ones(int(held.sum())), (first[held], places[held])), shape=(items, items)
    )
    return bool(sparse.csgraph.connected_components(ties, directed=False)[0] == 1)
