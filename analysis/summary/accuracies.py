"""Accuracies of everything, of words, contents, conditions, questions and people, with what belongs
to them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.stats import chance, sensitivity
from analysis.stats.answers import Answers
from analysis.stats.careless import fast_shares, modal_agreement
from analysis.stats.chance import ChanceTest, benjamini_hochberg, holm
from analysis.stats.clustered import (
    Clusters,
    clusters,
    design_effect,
    participant_mean,
    standard_errors,
    wilson_effective,
)
from analysis.stats.evalues import EValue, e_value
from analysis.stats.groups import medians
from analysis.stats.intervals import NotEstimable, Reason, clopper_pearson, wilson
from analysis.summary.tallies import Tallies, Tally

Figures = dict[str, Any]

_FAST_MS = 1000.0


def figures(tally: Tally) -> Figures:
    """What every accuracy has; intervals are those of independent answers."""
    correct, n = tally.correct, tally.n
    if n == 0:
        none = NotEstimable(Reason.NO_ANSWERS)
        unknown = dict.fromkeys(
            ("accuracy", "wilson95", "clopper_pearson95", "chance", "p_greater", "p_two_sided"),
            none,
        )
        return {"correct": 0, "n": 0} | unknown
    test = _test(correct, tuple(sorted(tally.guessing.items())))
    return {
        "correct": correct,
        "n": n,
        "accuracy": correct / n,
        "wilson95": wilson(correct, n),
        "clopper_pearson95": clopper_pearson(correct, n),
        "chance": float(chance.expected_share(tally.guessing)),
        "p_greater": test.p_greater if isinstance(test, ChanceTest) else test,
        "p_two_sided": test.p_two_sided if isinstance(test, ChanceTest) else test,
    }


# Many people and questions have the same counts.
@lru_cache(maxsize=1024)
def _test(correct: int, guessing: tuple[Any, ...]) -> ChanceTest | NotEstimable:
    return chance.chance_test(correct, dict(guessing))


def pooled(tally: Tally, people: Clusters) -> Figures:
    """With intervals for answers of which a person gave several, which are alike."""
    return figures(tally) | {
        "participant_t95": _participant_t(people),
        "deff": design_effect(people),
        "wilson95_neff": wilson_effective(people),
    }


def overall(tallies: Tallies) -> Figures:
    """All answers, with errors clustered by participant, by question and by both."""
    people, questions = _people(tallies), _questions(tallies)
    errors = standard_errors(people, questions)
    return figures(tallies.of_questions()) | {
        "participant_t95": _participant_t(people),
        "se_iid": errors.iid,
        "se_cluster_participant": errors.participant,
        "se_cluster_question": errors.question,
        "se_cluster_two_way": errors.two_way,
        "deff": design_effect(people),
        "wilson95_neff": wilson_effective(people),
    }


def per_content(tallies: Tallies) -> dict[str, Figures]:
    answers = tallies.answers
    asked = np.array([question.content for question in answers.questions])
    return {
        name: figures(tallies.of_questions(asked == index))
        for index, name in enumerate(answers.contents)
    }


def per_condition(tallies: Tallies) -> dict[str, Figures]:
    """In the order of the questions; none where there is one. What mixes conditions is of none."""
    answers = tallies.answers
    asked = np.array([question.condition for question in answers.questions], dtype=object)
    names = [name for name in dict.fromkeys(asked.tolist()) if name]
    if len(names) < 2:
        return {}
    found = {}
    for name in names:
        rows = (asked == name)[answers.question]
        people = clusters(tallies.correct[rows], answers.person[rows])
        found[name] = pooled(tallies.of_questions(asked == name), people)
    return found


def per_question(tallies: Tallies) -> dict[str, Figures]:
    """Word x content, which is chance-tested one by one: p values here are for exploring."""
    answers = tallies.answers
    every = np.arange(len(answers.questions))
    return {
        question_name(answers, index): figures(tallies.of_questions(every == index))
        for index in every.tolist()
    }


def question_name(answers: Answers, index: int) -> str:
    """content0|fusafusa, and its condition where questions have one."""
    asked = answers.questions[index]
    parts = (answers.contents[asked.content], answers.words[asked.word], asked.condition)
    return "|".join(part for part in parts if part)


def per_word(tallies: Tallies) -> dict[str, Figures]:
    """Words in their order, with p values adjusted over those that were answered."""
    answers = tallies.answers
    asked = np.array([question.word for question in answers.questions])
    people, votes = _people_by_word(tallies), cluster_votes(answers)
    found = {
        answers.words[word]: _word(tallies.of_questions(asked == word), people[word], votes[word])
        for word in sorted(set(asked.tolist()))
    }
    add_adjusted(found)
    return found


def _word(tally: Tally, people: Clusters, votes: Figures) -> Figures:
    evidence = e_value(tally.by_chance)
    return pooled(tally, people) | {
        "chance_corrected": sensitivity.chance_corrected(tally.correct, tally.guessing),
        "dprime_mofk": sensitivity.dprime_mofk(tally.correct, tally.grids),
        "e_value": evidence.value if isinstance(evidence, EValue) else evidence,
        "e_value_log10": evidence.log10 if isinstance(evidence, EValue) else evidence,
        "cluster_votes": votes,
    }


def add_adjusted(found: dict[str, Figures]) -> None:
    """The p values adjusted over those that were answered."""
    for p, name, adjust in (
        ("p_greater", "p_greater_holm", holm),
        ("p_two_sided", "p_two_sided_holm", holm),
        ("p_greater", "p_greater_fdr_bh", benjamini_hochberg),
    ):
        _adjust(found, p, name, adjust)


def _adjust(found: dict[str, Figures], p: str, name: str, adjust: Any) -> None:
    tested = [figure for figure in found.values() if isinstance(figure[p], float)]
    adjusted = adjust([figure[p] for figure in tested])
    for figure in found.values():
        figure[name] = figure[p]
    for figure, value in zip(tested, adjusted, strict=True):
        figure[name] = value


def cluster_votes(answers: Answers) -> list[dict[str, list[int]]]:
    """For each word, by content: how often the image of each of its clusters was chosen for it."""
    clusters_of = np.zeros(len(answers.words), dtype=np.int64)
    for image in answers.images:
        clusters_of[image.word] = max(clusters_of[image.word], image.cluster + 1)
    most = int(clusters_of.max(initial=0))
    shape = (len(answers.words), len(answers.contents), most)
    right = answers.correct
    cluster = np.array([image.cluster for image in answers.images], dtype=np.int64)
    cell = answers.word[right].astype(np.int64) * shape[1] + answers.content[right]
    votes = np.bincount(
        cell * most + cluster[answers.chosen[right]], minlength=int(np.prod(shape))
    ).reshape(shape)
    asked = {(question.word, question.content) for question in answers.questions}
    return [
        {
            content: votes[word, c, : clusters_of[word]].tolist()
            for c, content in enumerate(answers.contents)
            if (word, c) in asked
        }
        for word in range(shape[0])
    ]


def per_participant(tallies: Tallies) -> dict[str, Figures]:
    """Everybody who answered, with the signs of carelessness. Nobody is excluded by accuracy."""
    answers = tallies.answers
    middle = medians(answers.rt_ms, answers.person, len(answers.people))
    fast, agreement = fast_shares(answers, _FAST_MS), modal_agreement(answers)
    return {
        name: figures(tally)
        | {
            "median_rt_ms": _known(middle[index], Reason.NO_TIMES),
            "share_under_1000ms": _known(fast[index], Reason.NO_TIMES),
            "loo_modal_agreement": _known(agreement[index], Reason.NO_COMMON_QUESTION),
        }
        for index, (name, tally) in enumerate(zip(answers.people, tallies.of_people(), strict=True))
        if tally.n
    }


def _known(value: float, otherwise: Reason) -> float | NotEstimable:
    return NotEstimable(otherwise) if np.isnan(value) else float(value)


def _participant_t(people: Clusters) -> Any:
    found = participant_mean(people)
    return found if isinstance(found, NotEstimable) else found.interval


def _people(tallies: Tallies) -> Clusters:
    return clusters(tallies.correct, tallies.answers.person)


def _questions(tallies: Tallies) -> Clusters:
    asked = tallies.question_n > 0
    return Clusters(tallies.question_correct[asked], tallies.question_n[asked])


def _people_by_word(tallies: Tallies) -> list[Clusters]:
    """The counts of each person, word by word."""
    answers, people = tallies.answers, len(tallies.answers.people)
    cell = answers.word.astype(np.int64) * people + answers.person
    size = len(answers.words) * people
    n = np.bincount(cell, minlength=size).reshape(len(answers.words), people)
    correct = np.bincount(cell[tallies.correct], minlength=size).reshape(n.shape)
    return [_answering(right, given) for right, given in zip(correct, n, strict=True)]


def _answering(correct: NDArray[np.integer], n: NDArray[np.integer]) -> Clusters:
    return Clusters(correct[n > 0], n[n > 0])
