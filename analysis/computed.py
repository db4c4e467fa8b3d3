"""What takes long to compute for the page of models, and how it is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from analysis.frames import Selected, Selection
from analysis.stats import agreement, groups, luce, mixed, reliability
from analysis.stats.answers import Answers
from analysis.stats.intervals import Interval, NotEstimable, Reason
from analysis.stored import Codec
from analysis.work import CHOICES, MIXED
from survey.models import Study

# Of the stored results: another number where a statistic is computed otherwise, or its class
# changes, so that what was stored before is not read.
_VERSION = 1

# Called with a name of what is being done, for the page to say in words, and the step's number.
Report = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What something is computed from: the counted answers of a study.

    `about` is the SHA-256 of what was chosen, `sha256` of that and of the answers.
    """

    study: Study
    selection: Selection
    about: str
    sha256: str
    answers: int


@dataclass(frozen=True, slots=True)
class WordCount:
    """The answers to a word, and how many were correct."""

    correct: int
    n: int


@dataclass(frozen=True, slots=True)
class Mixed:
    """The mixed model, with one mean and with one for each content, and the test between them.

    `counts` are of the words, in the order of `Answers.words`; `chance` is the mean level of the
    questions, or that of all of them.
    """

    plain: mixed.MixedModel | NotEstimable
    contents: mixed.MixedModel | NotEstimable
    test: mixed.LikelihoodRatio | NotEstimable
    counts: tuple[WordCount, ...]
    chance: float
    is_one_chance: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """Agreement by each of `agreement.By`, reliability, and the strengths of the images.

    `by_question` are in closed form, in the order of `Answers.questions`; `by_content` are fitted
    to each content.
    """

    answers: int
    agreements: tuple[agreement.Agreement | NotEstimable, ...]
    reliability: reliability.Reliability | NotEstimable
    by_question: tuple[luce.Strengths | NotEstimable, ...]
    by_content: tuple[luce.Strengths | NotEstimable, ...]


_CODEC = Codec(
    Mixed, Choices, WordCount, NotEstimable, Reason, Interval,
    mixed.MixedModel, mixed.Effect, mixed.WordEffect, mixed.LikelihoodRatio,
    agreement.Agreement, agreement.By, agreement.Over,
    reliability.Reliability, reliability.RandomSplits,
    luce.Strengths, luce.Item, luce.Role,
)  # fmt: skip


def inputs(selected: Selected) -> Inputs:
    """What the computations are of: the counted answers, whatever else happens in the study."""
    study = selected.frame.study
    about = _sha256(_VERSION, study.composition, study.composed_at, _written(selected.selection))
    answers = selected.once(_digest)
    sha256 = _sha256(about, answers)
    return Inputs(study, selected.selection, about, sha256, len(selected.answers))


def read(result: Any) -> Any:
    """A stored result as Mixed or Choices."""
    return _CODEC.decode(result)


def compute_mixed(selected: Selected, report: Report) -> Any:
    answers = selected.answers
    plain = mixed.mixed_model(answers, progress=_steps(report, "mixed"))
    fixed, test = _with_contents(answers, plain, report)
    levels = [float(answers.questions[q].chance) for q in np.unique(answers.question)]
    found = Mixed(
        plain, fixed, test, _counts(answers),
        chance=fmean(levels) if levels else 0.0, is_one_chance=len(set(levels)) == 1,
    )  # fmt: skip
    return _CODEC.encode(found)


def compute_choices(selected: Selected, report: Report) -> Any:
    answers, agreements = selected.answers, []
    for step, by in enumerate(agreement.By):
        report("agreement", step + 1)
        agreements.append(agreement.agreement(answers, by))
    report("halves", 1)
    reliable = reliability.reliability(answers)
    report("strengths", 1)
    found = Choices(
        answers=len(answers),
        agreements=tuple(agreements),
        reliability=reliable,
        by_question=luce.strengths_by_question(answers),
        by_content=luce.strengths_by_content(_with_grids(selected)),
    )
    return _CODEC.encode(found)


COMPUTE: dict[str, Callable[[Selected, Report], Any]] = {
    MIXED: compute_mixed,
    CHOICES: compute_choices,
}
# About how many steps a stage has, where it is more than one.
STEPS = {"mixed": 25, "contents": 25, "agreement": len(agreement.By)}
# The stages of each, of which one takes about as long as another.
STAGES = {MIXED: ("mixed", "contents"), CHOICES: ("agreement", "halves", "strengths")}


def _steps(report: Report, stage: str) -> Callable[[int, float], None]:
    return lambda step, _deviance: report(stage, step)


def _with_contents(
    answers: Answers, plain: mixed.MixedModel | NotEstimable, report: Report
) -> tuple[mixed.MixedModel | NotEstimable, mixed.LikelihoodRatio | NotEstimable]:
    if isinstance(plain, NotEstimable):
        return plain, plain
    if len(np.unique(answers.content)) < 2:
        return NotEstimable(Reason.ONE_CONTENT), NotEstimable(Reason.ONE_CONTENT)
    fixed = mixed.mixed_model(answers, contents=True, progress=_steps(report, "contents"))
    if isinstance(fixed, NotEstimable):
        return fixed, fixed
    return fixed, mixed.content_test(plain, fixed)


def _with_grids(selected: Selected) -> Answers:
    """Where people were offered different images, the grids say which."""
    asked = selected.answers.questions
    return selected.answers if all(each.is_fixed for each in asked) else selected.grids()


def _counts(answers: Answers) -> tuple[WordCount, ...]:
    shape = (len(answers.words), 2)
    table = groups.table(answers.word, answers.correct.astype(np.int64), shape)
    return tuple(WordCount(right, wrong + right) for wrong, right in table.tolist())


def _digest(answers: Answers) -> str:
    """Of who chose what, apart from where people and images are in their lists."""
    here = np.bincount(answers.person, minlength=len(answers.people)) > 0
    names = [name for name, is_here in zip(answers.people, here.tolist(), strict=True) if is_here]
    person = (np.cumsum(here) - 1)[answers.person]
    labels = (names, answers.words, answers.contents, answers.images, answers.questions)
    found = hashlib.sha256(repr(labels).encode())
    for column in (person, answers.question, answers.chosen):
        found.update(np.ascontiguousarray(column, dtype=np.int32).tobytes())
    return found.hexdigest()


def _written(selection: Any) -> str:
    """The selection as a text that is the same in every process; sets have no order."""
    parts = {name: getattr(selection, name) for name in sorted(selection.__dataclass_fields__)}
    return repr({k: sorted(v) if isinstance(v, frozenset) else v for k, v in parts.items()})


def _sha256(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
