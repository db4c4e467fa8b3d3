"""Whether the image chosen for a word depends on the content: content x cluster compatibility.

Each word has a table of choices: its own clusters and "other" (an image of any other word) by
contents. Were the content irrelevant, a person's answers to a word could be shuffled over the
contents; shuffling within people keeps who they are out of the test. Where people are of many
kinds and votes are not few, the shuffled tables are drawn from the normal distribution that they
tend to, which takes a moment instead of many seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats import groups
from analysis.stats.answers import Answers, Ints
from analysis.stats.chance import holm
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.permutation_limit import limit_tables, moments

Counts = NDArray[np.int64]

_SAME = 1e-9  # two statistics that differ by less are equal but for rounding
# From the limit where there are more kinds of people than this, and no cell expects fewer votes.
_MANY_KINDS = 100
_ENOUGH_VOTES = 10.0


@dataclass(frozen=True, slots=True)
class WordCompatibility:
    """A word's table and its tests.

    `votes` are the choices, own clusters in order and then other, by contents; `g` is the
    likelihood-ratio statistic of that table, `p` its permutation p and `p_holm` the p adjusted
    over words; `from_limit` says that permuted tables were drawn from their normal limit.
    `chi2_own_p` is the asymptotic p of Pearson's test of the own clusters alone: it
    takes answers as independent, and is rough where votes are few.
    """

    word: int
    clusters: tuple[int, ...]
    votes: tuple[tuple[int, ...], ...]
    g: float
    p: float
    p_holm: float
    chi2_own_p: float | NotEstimable
    from_limit: bool = False


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Of each word (NotEstimable for some), and of all together by the sum of their statistics."""

    permutations: int
    seed: int
    words: tuple[WordCompatibility | NotEstimable, ...]
    g: float
    p: float


def compatibility(
    answers: Answers, *, permutations: int = 2000, seed: int = 0
) -> Compatibility | NotEstimable:
    """The tests over contents; p counts the data among the permutations (Phipson, Smyth 2010)."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    if len(np.unique(answers.content)) < 2:
        return NotEstimable(Reason.ONE_CONTENT)
    rng = np.random.default_rng(seed)
    found = [_word(answers, word, permutations, rng) for word in range(len(answers.words))]
    tested = [each for each in found if not isinstance(each, NotEstimable)]
    if not tested:
        return NotEstimable(Reason.CHOICES_ALIKE)
    drawn = np.sum([each.drawn for each in tested], axis=0)
    total = sum(each.g for each in tested)
    adjusted = iter(holm([each.p for each in tested]))
    return Compatibility(
        permutations=permutations,
        seed=seed,
        words=tuple(
            each if isinstance(each, NotEstimable) else each.result(next(adjusted))
            for each in found
        ),
        g=total,
        p=_p(total, drawn),
    )


@dataclass(frozen=True, slots=True)
class _Tested:
    """A word's table (categories, contents), its statistic, and those of its permutations."""

    word: int
    clusters: tuple[int, ...]
    table: Counts
    g: float
    drawn: NDArray[np.float64]
    from_limit: bool

    @property
    def p(self) -> float:
        return _p(self.g, self.drawn)

    def result(self, p_holm: float) -> WordCompatibility:
        votes = tuple(tuple(row) for row in self.table.tolist())
        return WordCompatibility(
            self.word, self.clusters, votes, self.g, self.p, p_holm, pearson_p(self.table[:-1]),
            self.from_limit,
        )  # fmt: skip


def _word(
    answers: Answers, word: int, permutations: int, rng: np.random.Generator
) -> _Tested | NotEstimable:
    mine = answers.only(answers.word == word)
    if not len(mine):
        return NotEstimable(Reason.NO_ANSWERS)
    clusters = _clusters(mine, word)
    shape = (len(clusters) + 1, len(answers.contents))
    choices = Choices(mine.person, mine.content, _categories(mine, clusters), shape)
    table = choices.table
    if min((table.sum(axis=0) > 0).sum(), (table.sum(axis=1) > 0).sum()) < 2:
        return NotEstimable(Reason.CHOICES_ALIKE)
    kinds = Kinds.of(choices)
    from_limit = kinds.are_many
    drawn = kinds.limit(permutations, rng) if from_limit else kinds.permuted(permutations, rng)
    return _Tested(word, clusters, table, float(g_statistic(table)), g_statistic(drawn), from_limit)


def _clusters(answers: Answers, word: int) -> tuple[int, ...]:
    """The clusters that the word's questions offer of its own."""
    offered = {image for q in np.unique(answers.question) for image in answers.questions[q].images}
    own = {answers.images[i].cluster for i in offered if answers.images[i].word == word}
    return tuple(sorted(own))


def _categories(answers: Answers, clusters: Sequence[int]) -> Ints:
    """The place of the chosen cluster, or the number of clusters for another word (n,)."""
    cluster = np.array([image.cluster for image in answers.images], dtype=np.int64)
    place = np.searchsorted(np.array(clusters, dtype=np.int64), cluster[answers.chosen])
    return np.where(answers.correct, place, len(clusters))


def g_statistic(tables: Counts | NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the log likelihood ratio against independence of rows and columns, (..., R, C)."""
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    cells = special.xlogy(tables, tables).sum(axis=(-2, -1))
    margins = special.xlogy(rows, rows).sum(axis=-1) + special.xlogy(columns, columns).sum(axis=-1)
    n = rows.sum(axis=-1)
    return np.asarray(2 * (cells - margins + special.xlogy(n, n)))


def pearson_p(table: Counts) -> float | NotEstimable:
    """The asymptotic p of Pearson's test of independence, without empty rows and columns."""
    kept = table[table.any(axis=1)][:, table.any(axis=0)]
    if min(kept.shape) < 2:
        return NotEstimable(Reason.CHOICES_ALIKE)
    expected = np.outer(kept.sum(axis=1), kept.sum(axis=0)) / kept.sum()
    chi2 = ((kept - expected) ** 2 / expected).sum()
    return float(special.chdtrc((kept.shape[0] - 1) * (kept.shape[1] - 1), chi2))


def _p(observed: float, drawn: NDArray[np.float64]) -> float:
    return float((1 + (drawn >= observed - _SAME).sum()) / (1 + len(drawn)))


@dataclass(frozen=True, slots=True)
class Choices:
    """Who chose which category on which content (n,); `shape` is (categories, contents)."""

    person: Ints
    content: Ints
    category: Ints
    shape: tuple[int, int]

    @property
    def table(self) -> Counts:
        return groups.table(self.category, self.content, self.shape)


# The contents that are left to fill, in order, and how many of each category fill them.
_Kind = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Kinds:
    """K kinds of people: answers of each category and on each content, and how many people."""

    categories: Counts  # (K, R)
    contents: Counts  # (K, C)
    people: Counts  # (K,)

    @classmethod
    def of(cls, choices: Choices) -> Kinds:
        categories, contents = choices.shape
        _, rows = np.unique(choices.person, return_inverse=True)
        people = int(rows.max()) + 1
        chosen = groups.table(rows, choices.category, (people, categories))
        filled = groups.table(rows, choices.content, (people, contents))
        kinds, sizes = np.unique(np.hstack([chosen, filled]), axis=0, return_counts=True)
        return cls(kinds[:, :categories], kinds[:, categories:], sizes)

    @property
    def are_many(self) -> bool:
        """Whether the limit is needed, and holds: each cell expects some votes, or cannot any."""
        if len(self.people) <= _MANY_KINDS:
            return False
        expected = moments(self.categories, self.contents, self.people)[0]
        return bool(expected[expected > 0].min() >= _ENOUGH_VOTES)

    def limit(self, permutations: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Tables (permutations, R, C) from the normal distribution of shuffled answers."""
        found = moments(self.categories, self.contents, self.people)
        return limit_tables(*found, permutations, rng)

    def permuted(self, permutations: int, rng: np.random.Generator) -> Counts:
        """Tables (permutations, R, C) of answers shuffled within each person.

        Nobody is shuffled one by one. People with the same contents and the same numbers of each
        category are alike: the first content takes a category with the probability of its share
        among them, so that how many take which is multinomial, and what is left of people is
        alike again. The cost is of the few kinds of people there are, not of the people.
        """
        shape = (self.categories.shape[1], self.contents.shape[1])
        tables = np.zeros((permutations, *shape), dtype=np.int64)
        states = {kind: np.full(permutations, n) for kind, n in self._sizes()}
        while states:
            following: dict[_Kind, Counts] = {}
            for (contents, numbers), people in states.items():
                left = np.array(numbers)
                taken = rng.multinomial(people, left / left.sum())  # (permutations, R)
                tables[:, :, contents[0]] += taken
                for each in np.flatnonzero(left).tolist() if len(contents) > 1 else ():
                    rest = tuple(n - (at == each) for at, n in enumerate(numbers))
                    kind = (contents[1:], rest)
                    following[kind] = following.get(kind, 0) + taken[:, each]
            states = following
        return tables

    def _sizes(self) -> Iterator[tuple[_Kind, int]]:
        """Each kind with how many people are of it; one content can occur more than once."""
        places = np.arange(self.contents.shape[1])
        for m, filled, n in zip(self.categories, self.contents, self.people.tolist(), strict=True):
            yield (tuple(np.repeat(places, filled).tolist()), tuple(m.tolist())), n
