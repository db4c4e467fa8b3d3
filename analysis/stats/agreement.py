"""Whether people agree, beyond what chance gives.

Answers of one question are compared: kappa (Fleiss 1971) and Krippendorff's alpha take chance
from how often each category is chosen over all questions, Brennan and Prediger's coefficient
(1981) from the number of options. All are computed from counts of questions x categories, so
missing answers are no difficulty: a question counts with the pairs of people who answered it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Answers, Ints
from analysis.stats.intervals import UPPER, Interval, NotEstimable, Reason

Floats = NDArray[np.float64]

# An interval from resamples needs nearly all of them to have a value.
_LEAST_DEFINED = 0.95
_CHUNK = 100  # resamples at once: 10,000 people take 8 MB of weights


class By(StrEnum):
    """What must be the same for two people to agree."""

    CORRECT = "correct"  # both are correct, or both are wrong
    IMAGE = "image"
    WORD = "word"  # the word whose style the chosen image has
    CLUSTER = "cluster"  # the asked word's cluster, or an image of any other word


class Over(StrEnum):
    """What the bootstrap takes as a sample: of which other ones would be drawn again."""

    QUESTIONS = "questions"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of pairs of people within questions.

    `observed` is the mean share of agreeing pairs; the coefficients are 1 where all agree and 0
    where they agree as chance does. `categories` counts those that occur, `people` and
    `questions` those that can be compared.
    """

    by: By
    over: Over
    people: int
    questions: int
    categories: int
    observed: float
    kappa: float | NotEstimable
    kappa_interval: Interval | NotEstimable
    alpha: float | NotEstimable
    alpha_interval: Interval | NotEstimable
    brennan_prediger: float | NotEstimable


def agreement(
    answers: Answers,
    by: By = By.IMAGE,
    *,
    over: Over = Over.QUESTIONS,
    resamples: int = 1000,
    seed: int = 0,
) -> Agreement | NotEstimable:
    """The agreement, with percentile intervals of a seeded bootstrap.

    It resamples questions unless asked otherwise: the coefficients are means over questions, and
    a study has many of them. Where people are resampled, a person drawn twice does not agree with
    themselves: such pairs are left out. Where people are offered different images, only whether
    both are correct can be compared.
    """
    comparable = _comparable(answers, by)
    if isinstance(comparable, NotEstimable):
        return comparable
    category = _categories(comparable, by)
    cells = _Cells.of(comparable, category)
    observed, kappa, alpha = (float(value[0]) for value in cells.of_everybody())
    drawn = cells.resampled(over, resamples, np.random.default_rng(seed))
    return Agreement(
        by=by,
        over=over,
        people=len(np.unique(comparable.person)),
        questions=cells.questions,
        categories=len(np.unique(category)),
        observed=observed,
        kappa=_defined(kappa),
        kappa_interval=_interval(kappa, drawn[0], cells, over),
        alpha=_defined(alpha),
        alpha_interval=_interval(alpha, drawn[1], cells, over),
        brennan_prediger=_brennan_prediger(comparable, by, observed),
    )


def _comparable(answers: Answers, by: By) -> Answers | NotEstimable:
    """The answers to questions that two or more people answered."""
    if not len(answers):
        return NotEstimable(Reason.NO_ANSWERS)
    fixed = np.array([q.is_fixed for q in answers.questions], dtype=bool)
    if by is not By.CORRECT and not fixed[answers.question].all():
        return NotEstimable(Reason.OPTIONS_DIFFER)
    people = np.bincount(answers.question, minlength=len(answers.questions))
    if people.max() < 2:
        return NotEstimable(Reason.NO_COMMON_QUESTION)
    return answers.only(people[answers.question] > 1)


def _categories(answers: Answers, by: By) -> Ints:
    """The category of each answer (n,)."""
    match by:
        case By.CORRECT:
            return answers.correct.astype(np.int64)
        case By.IMAGE:
            return answers.chosen
        case By.WORD:
            return answers.chosen_word
        case By.CLUSTER:
            clusters = np.array([image.cluster for image in answers.images], dtype=np.int64)
            return np.where(answers.correct, clusters[answers.chosen] + 1, 0)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The pairs of question and category that occur, and who chose them; m cells."""

    people: int
    questions: int
    question: Ints  # (m,)
    category: Ints  # (m,)
    cell: Ints  # (n,) of each answer
    person: Ints  # (n,)

    @classmethod
    def of(cls, answers: Answers, category: Ints) -> _Cells:
        _, question = np.unique(answers.question, return_inverse=True)
        kinds, category = np.unique(category, return_inverse=True)
        pairs, cell = np.unique(question * len(kinds) + category, return_inverse=True)
        return cls(
            people=len(answers.people),
            questions=int(question.max()) + 1,
            question=pairs // len(kinds),
            category=pairs % len(kinds),
            cell=cell,
            person=answers.person,
        )

    def of_everybody(self) -> tuple[Floats, Floats, Floats]:
        """Observed agreement, kappa and alpha (1,)."""
        counts = np.bincount(self.cell, minlength=len(self.question)).astype(np.float64)[None]
        return self._coefficients(counts, counts, np.ones((1, self.questions)))

    def resampled(
        self, over: Over, resamples: int, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Kappa and alpha of each resample (resamples,), NaN where it has none."""
        draw = self._questions_drawn if over is Over.QUESTIONS else self._people_drawn
        chunks = [
            draw(min(_CHUNK, resamples - start), rng) for start in range(0, resamples, _CHUNK)
        ]
        _, kappa, alpha = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        return kappa, alpha

    def _questions_drawn(
        self, size: int, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats]:
        counts = np.bincount(self.cell, minlength=len(self.question)).astype(np.float64)[None]
        even = np.full(self.questions, 1 / self.questions)
        weights = rng.multinomial(self.questions, even, size=size).astype(np.float64)
        return self._coefficients(counts, counts, weights)

    def _people_drawn(self, size: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        from scipy import sparse

        answering, person = np.unique(self.person, return_inverse=True)
        even = np.full(len(answering), 1 / len(answering))
        times = rng.multinomial(len(answering), even, size=size).astype(np.float64).T
        chose = sparse.csr_array(
            (np.ones(len(person)), (self.cell, person)), shape=(len(self.question), len(answering))
        )
        counts, squares = (chose @ times).T, (chose @ times**2).T
        return self._coefficients(counts, squares, np.ones((size, self.questions)))

    def _coefficients(
        self, counts: Floats, squares: Floats, weights: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Observed agreement, kappa and alpha (B,) of B tables.

        `counts` are the answers of each cell (B or 1, m), `squares` the sum of the squared
        weights of the people behind them (which are the pairs of somebody with themselves), and
        `weights` (B, questions) how often a question was drawn.
        """
        n, own = (_sums(values, self.question, self.questions) for values in (counts, squares))
        agreeing = _sums(counts**2 - squares, self.question, self.questions)
        possible = n**2 - own
        weights = weights * (possible > 0)
        share = agreeing / np.where(possible > 0, possible, 1.0)
        chosen = weights[:, self.question] * counts
        total = (weights * n).sum(axis=1)
        same = (_sums(chosen, self.category, int(self.category.max()) + 1) ** 2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            observed = (weights * share).sum(axis=1) / weights.sum(axis=1)
            # 1 - (1 - observed) / (1 - expected), which is 0 / 0 for a single category.
            kappa = 1 - (1 - observed) / ((total**2 - same) / total**2)
            disagreement = 1 - (weights * n * share).sum(axis=1) / total
            alpha = 1 - disagreement / ((total**2 - same) / (total * (total - 1)))
        # Rounding of a single category can leave a finite number behind.
        single = total**2 - same <= 1e-9 * total**2
        return observed, np.where(single, np.nan, kappa), np.where(single, np.nan, alpha)


def _sums(values: Floats, group: Ints, n_groups: int) -> Floats:
    """The sum of the columns of each group (B, groups)."""
    indicator = np.zeros((len(group), n_groups))
    indicator[np.arange(len(group)), group] = 1.0
    return values @ indicator


def _defined(value: float) -> float | NotEstimable:
    return value if np.isfinite(value) else NotEstimable(Reason.ONE_CATEGORY)


def _interval(value: float, drawn: Floats, cells: _Cells, over: Over) -> Interval | NotEstimable:
    if not np.isfinite(value):
        return NotEstimable(Reason.ONE_CATEGORY)
    if over is Over.QUESTIONS and cells.questions < 2:
        return NotEstimable(Reason.FEWER_THAN_TWO_QUESTIONS)
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < max(1, _LEAST_DEFINED * len(drawn)):
        return NotEstimable(Reason.UNDEFINED_RESAMPLES)
    low, high = np.quantile(defined, [1 - UPPER, UPPER])
    return Interval(float(low), float(high))


def _brennan_prediger(answers: Answers, by: By, observed: float) -> float | NotEstimable:
    """Chance is one in the number of options, on average over the questions."""
    if by is not By.IMAGE:
        return NotEstimable(Reason.NO_EQUAL_CHANCE)
    chance = np.mean([1 / answers.questions[q].options for q in np.unique(answers.question)])
    if chance == 1:
        return NotEstimable(Reason.ONE_OPTION)
    return float((observed - chance) / (1 - chance))
