"""The mixed logistic model: how far people, words and questions are from each other.

The logit of a correct answer is the logit of its chance level, plus a mean (or one for each
content), plus normal effects of the person, of the word and of the word on the content. The fit is
the maximum of the Laplace likelihood, as of `lme4::glmer(correct ~ 1 + offset(qlogis(chance)) +
(1 | person) + (1 | word) + (1 | word:content), family = binomial)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats import groups
from analysis.stats.answers import Answers, Asked, Ints
from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import UPPER, Interval, NotEstimable, Reason
from analysis.stats.laplace import Table
from analysis.stats.laplace_fit import Maximum, Progress, maximise

Floats = NDArray[np.floating]

_QUADRATURE = 31  # nodes; exact to ten digits for the effects' spread seen in any study


@dataclass(frozen=True, slots=True)
class Effect:
    """A coefficient in logits above chance, with Wald's test that it is 0."""

    value: float
    error: float

    @property
    def z(self) -> float:
        return self.value / self.error

    @property
    def p(self) -> float:
        return 2 * float(special.ndtr(-abs(self.z)))


@dataclass(frozen=True, slots=True)
class WordEffect:
    """A word's effect, shrunken towards the mean of all words.

    `value` is the conditional mode in logits and `error` its conditional standard deviation (as
    `ranef(condVar = TRUE)`). `accuracy` is the share correct that it gives on average over people
    and contents, new ones included; its interval has the mean's uncertainty as well.
    """

    word: int
    value: float
    error: float
    accuracy: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class MixedModel:
    """The fit. `singular` names the effects whose standard deviation is estimated as 0.

    `intercept` is the mean above chance (over contents alike where they are fixed effects, which
    `contents` then holds by index of `Answers.contents`). `sd_question`, of words on contents, is
    NotEstimable where each word was asked on one content. `words` are those of `Answers.words`.
    """

    people: int
    answers: int
    intercept: Effect
    contents: tuple[Effect | NotEstimable, ...]
    sd_person: float
    sd_word: float
    sd_question: float | NotEstimable
    singular: tuple[str, ...]
    log_likelihood: float
    words: tuple[WordEffect | NotEstimable, ...]


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """Twice the difference of log likelihoods, and its p by the chi-squared distribution."""

    statistic: float
    df: int
    p: float


def mixed_model(
    answers: Answers, *, contents: bool = False, progress: Progress | None = None
) -> MixedModel | NotEstimable:
    """Fit the model; `contents` gives each content image its own mean.

    `progress` is called after each step of the search with its number and the deviance.
    """
    reason = _why_not(answers, contents)
    if reason:
        return NotEstimable(reason)
    design = _Design.of(answers, contents)
    found = maximise(design.table(answers), progress)
    if isinstance(found, NotEstimable):
        return found
    return _result(answers, design, found)


def content_test(without: MixedModel, fixed: MixedModel) -> LikelihoodRatio:
    """Whether contents differ, from the fits without and with their own means."""
    df = sum(isinstance(each, Effect) for each in fixed.contents) - 1
    if without.contents or df < 1 or without.answers != fixed.answers:
        raise StatisticsError("expected fits of the same answers, without and with contents")
    statistic = max(0.0, 2 * (fixed.log_likelihood - without.log_likelihood))
    return LikelihoodRatio(statistic, df, float(special.chdtrc(df, statistic)))


def _why_not(answers: Answers, contents: bool) -> Reason | None:
    if not len(answers):
        return Reason.NO_ANSWERS
    asked = [answers.questions[q] for q in np.unique(answers.question)]
    people, shape = len(np.unique(answers.person)), (len(answers.contents), 2)
    by_content = groups.table(answers.content, answers.correct.astype(np.int64), shape)
    reasons = {
        Reason.TOO_FEW_GROUPS: people < 2 or len({question.word for question in asked}) < 2,
        Reason.ONE_ANSWER_EACH: len(answers) == people,
        Reason.CERTAIN_CHANCE: any(not 0 < question.chance < 1 for question in asked),
        Reason.ALL_ALIKE: not by_content.sum(axis=0).all(),
        Reason.CONTENT_ALIKE: contents and not by_content[by_content.any(axis=1)].all(),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


@dataclass(frozen=True, slots=True)
class _Design:
    """Which columns the questions have; people, questions and words are those who answered."""

    people: Ints  # indices of Answers.people
    questions: Ints
    asked: tuple[Asked, ...]  # (Q,)
    words: Ints  # (W,)
    contents: Ints  # of the columns of `fixed`; empty without
    fixed: Floats  # (Q, k)
    groups: tuple[Floats, ...]  # of words, and of words on contents unless those are the words

    @classmethod
    def of(cls, answers: Answers, contents: bool) -> _Design:
        questions = np.unique(answers.question)
        asked = tuple(answers.questions[q] for q in questions)
        words, of_word = _marks([question.word for question in asked])
        shown, of_content = _marks([question.content for question in asked])
        pairs = [question.word * len(answers.contents) + question.content for question in asked]
        _, of_pair = _marks(pairs)
        crossed = of_pair.shape[1] > of_word.shape[1]
        return cls(
            people=np.unique(answers.person),
            questions=questions,
            asked=asked,
            words=words,
            contents=shown if contents else shown[:0],
            fixed=of_content if contents else np.ones((len(asked), 1)),
            groups=(of_word, of_pair) if crossed else (of_word,),
        )

    def table(self, answers: Answers) -> Table:
        shape = (len(answers.people), len(answers.questions))
        hits = answers.correct
        n = groups.table(answers.person, answers.question, shape)
        correct = groups.table(answers.person[hits], answers.question[hits], shape)
        rows = np.ix_(self.people, self.questions)
        chance = np.array([float(question.chance) for question in self.asked])
        return Table(
            correct[rows].astype(np.float64), n[rows].astype(np.float64),
            special.logit(chance), self.fixed, self.groups,
        )  # fmt: skip


def _marks(labels: list[int]) -> tuple[Ints, Floats]:
    """The labels that occur, and which of them each question has (Q, labels)."""
    kinds, place = np.unique(np.array(labels, dtype=np.int64), return_inverse=True)
    return kinds, np.eye(len(kinds))[place]


def _result(answers: Answers, design: _Design, found: Maximum) -> MixedModel:
    k = len(found.beta)
    even = np.full(k, 1 / k)
    own: list[Effect | NotEstimable] = [NotEstimable(Reason.NO_ANSWERS)] * len(answers.contents)
    for at, content in enumerate(design.contents):
        own[content] = _effect(found, np.eye(k)[at])
    names = ("person", "word", "question")
    words: list[WordEffect | NotEstimable] = [NotEstimable(Reason.NO_ANSWERS)] * len(answers.words)
    for effect in _word_effects(design, found):
        words[effect.word] = effect
    sds = found.sds.tolist()
    return MixedModel(
        people=len(design.people),
        answers=len(answers),
        intercept=_effect(found, even),
        contents=tuple(own) if len(design.contents) else (),
        sd_person=sds[0],
        sd_word=sds[1],
        sd_question=sds[2] if len(sds) > 2 else NotEstimable(Reason.ONE_CONTENT_EACH),
        singular=tuple(name for name, sd in zip(names, sds, strict=False) if sd == 0),
        log_likelihood=found.log_likelihood,
        words=tuple(words),
    )


def _effect(found: Maximum, weights: Floats) -> Effect:
    return Effect(
        float(weights @ found.beta), math.sqrt(float(weights @ found.covariance @ weights))
    )


def _word_effects(design: _Design, found: Maximum) -> list[WordEffect]:
    mode, sd = found.mode, found.sds[1]
    modes = sd * mode.others[: len(design.words)]
    errors = sd * np.sqrt(np.linalg.inv(mode.schur).diagonal()[: len(design.words)])
    joint = _joint_covariance(design, found)
    offsets = special.logit([float(question.chance) for question in design.asked])
    logits = offsets + design.fixed @ found.beta
    effects = []
    for at, word in enumerate(design.words.tolist()):
        mine = design.groups[0][:, at] > 0
        weights = np.zeros(len(joint))
        weights[at] = sd
        weights[len(mode.others) :] = design.fixed[mine].mean(axis=0)
        half = float(special.ndtri(UPPER)) * math.sqrt(weights @ joint @ weights)
        low, middle, high = (
            _average_accuracy(logits[mine] + modes[at] + shift, found.sds)
            for shift in (-half, 0.0, half)
        )
        effects.append(
            WordEffect(word, float(modes[at]), float(errors[at]), middle, Interval(low, high))
        )
    return effects


def _joint_covariance(design: _Design, found: Maximum) -> Floats:
    """Of the questions' standard normals and the coefficients, the deviations taken as known."""
    columns = np.hstack([found.mode.spread, design.fixed])
    prior = np.diag(np.repeat([1.0, 0.0], [found.mode.spread.shape[1], design.fixed.shape[1]]))
    return np.linalg.inv(prior + columns.T @ found.mode.core @ columns)


def _average_accuracy(logits: Floats, sds: Floats) -> float:
    """The mean probability over questions, people, and effects of contents (not of words)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_QUADRATURE)
    spread = math.sqrt(float(sds[0] ** 2 + (sds[2:] ** 2).sum()))
    shares = special.expit(logits[:, None] + spread * nodes) @ (weights / weights.sum())
    return float(shares.mean())
