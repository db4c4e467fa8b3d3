"""Agreement, confusion, strengths, positions, times, reliability: named as in the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.stats.agreement import Agreement, By, agreement
from analysis.stats.answers import Answers
from analysis.stats.compatibility import WordCompatibility, compatibility
from analysis.stats.confusion import confusion
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.luce import (
    PENALTY,
    Role,
    Strengths,
    strengths_by_content,
    strengths_by_question,
)
from analysis.stats.positions import PeoplePositions, people_positions, positions
from analysis.stats.reliability import RandomSplits, reliability
from analysis.stats.times import times
from analysis.summary.accuracies import question_name

Figures = dict[str, Any]

SPLITS = 1000
PERMUTATIONS = 2000

_AGREEMENTS = {
    "correct_binary": By.CORRECT,
    "image_label": By.IMAGE,
    "chosen_word": By.WORD,
    "cluster_or_other": By.CLUSTER,
}
_ROLES = {Role.TARGET: "own|", Role.LURE: "lure|", Role.ANY: ""}


def agreements(answers: Answers, seed: int) -> Figures:
    """Between people, by what must be the same; intervals resample questions."""
    found = {name: agreement(answers, by, seed=seed) for name, by in _AGREEMENTS.items()}
    image = found["image_label"]
    sizes = sorted({asked.options for asked in answers.questions})
    options = f"_q{sizes[0]}" if len(sizes) == 1 else ""
    return {name: _agreement(each) for name, each in found.items()} | {
        f"brennan_prediger_image{options}": (
            image.brennan_prediger if isinstance(image, Agreement) else image
        )
    }


def _agreement(found: Agreement | NotEstimable) -> Figures:
    if isinstance(found, NotEstimable):
        return dict.fromkeys(
            (
                "n_categories", "observed_pairwise", "fleiss_kappa", "fleiss_kappa95",
                "krippendorff_alpha", "krippendorff_alpha95",
            ),
            found,
        )  # fmt: skip
    return {
        "n_categories": found.categories,
        "observed_pairwise": found.observed,
        "fleiss_kappa": found.kappa,
        "fleiss_kappa95": found.kappa_interval,
        "krippendorff_alpha": found.alpha,
        "krippendorff_alpha95": found.alpha_interval,
    }


def confusions(answers: Answers) -> Figures:
    """Asked words by chosen words, and how often their images were offered."""
    found = confusion(answers)
    if isinstance(found, NotEstimable):
        return {"words": answers.words, "counts": found, "exposure": found}
    return {"words": answers.words, "counts": found.counts, "exposure": found.exposures}


def lure_rates(answers: Answers) -> Figures | NotEstimable:
    """How often a word's images were chosen where another word was asked."""
    found = confusion(answers)
    rates = found if isinstance(found, NotEstimable) else found.lure_rates
    if isinstance(rates, NotEstimable):
        return dict.fromkeys(answers.words, rates)
    return dict(zip(answers.words, rates, strict=True))


def luce(answers: Answers) -> Figures:
    """Strengths of images: on each content, and within each question in two ways."""
    return {
        "settings": (
            f"maximises sum log P - {PENALTY} * sum(theta^2) (choix' opt_top1 with alpha="
            f"{PENALTY}); theta sums to 0. by_question_closed_form: log(votes + 1/2), centred"
        ),
        "by_content_roles": _by_content(answers, roles=True),
        "by_content_naive": _by_content(answers, roles=False),
        "by_question": _by_question(answers, PENALTY),
        "by_question_closed_form": _by_question(answers, None),
    }


def _by_content(answers: Answers, *, roles: bool) -> Figures:
    found = strengths_by_content(answers, roles=roles)
    return {
        name: _strengths(answers, strengths, roles)
        for name, strengths in zip(answers.contents, found, strict=True)
    }


def _by_question(answers: Answers, penalty: float | None) -> Figures:
    return {
        question_name(answers, index): _strengths(answers, strengths, False)
        for index, strengths in enumerate(strengths_by_question(answers, penalty=penalty))
    }


def _strengths(
    answers: Answers, found: Strengths | NotEstimable, roles: bool
) -> Figures | NotEstimable:
    if isinstance(found, NotEstimable):
        return found
    return {
        (_ROLES[item.role] if roles else "") + _image_name(answers, item.image): float(value)
        for item, value in zip(found.items, found.values, strict=True)
    }


def _image_name(answers: Answers, index: int) -> str:
    image = answers.images[index]
    name = f"{answers.words[image.word]}|{image.cluster}"
    return f"{name}|{image.condition}" if image.condition else name


def position_bias(answers: Answers) -> Figures:
    """The use of cells by everybody and by each person, with their longest run of one cell."""
    found, people = positions(answers), people_positions(answers)
    if isinstance(found, NotEstimable) or isinstance(people, NotEstimable):
        nothing = found if isinstance(found, NotEstimable) else people
        names = ("counts", "chi2", "df", "p", "target_slots", "per_participant")
        return dict.fromkeys(names, nothing)
    return {
        "counts": found.counts,
        "chi2": found.chi2,
        "df": found.df,
        "p": found.p,
        "target_slots": found.target_slots,
        "per_participant": {
            answers.people[index]: _person(people, index)
            for index in np.flatnonzero(people.counts.sum(axis=1)).tolist()
        },
    }


def _person(people: PeoplePositions, index: int) -> Figures:
    return {
        "counts": people.counts[index],
        "chi2": _known(people.chi2[index]),
        "p": _known(people.p[index]),
        "longest_run": int(people.longest_run[index]),
        "longest_run_p": _known(people.run_p[index]),
        "p_holm": _known(people.p_holm[index]),
    }


def _known(value: float) -> float | NotEstimable:
    return NotEstimable(Reason.NO_POSITIONS) if np.isnan(value) else float(value)


def response_times(answers: Answers) -> Figures:
    """In milliseconds."""
    found = times(answers)
    names = ("median", "q1", "q3", "geometric_mean", "median_correct", "median_error")
    if isinstance(found, NotEstimable):
        return dict.fromkeys(names, found)
    return {name: getattr(found, name) for name in names} | {
        "n": found.n,
        "missing": found.missing,
        "median_per_word": dict(zip(answers.words, found.words, strict=True)),
        "median_per_content": dict(zip(answers.contents, found.contents, strict=True)),
    }


def split_half(answers: Answers, seed: int) -> Figures:
    """Would other people put the words in the same order?"""
    found = reliability(answers, splits=SPLITS, seed=seed)
    random = found if isinstance(found, NotEstimable) else found.random
    halves = {
        f"random{SPLITS}_sb_{name}": (
            getattr(random, end) if isinstance(random, RandomSplits) else random
        )
        for name, end in (("mean", "mean"), ("p2_5", "low"), ("p97_5", "high"))
    }
    if isinstance(found, NotEstimable):
        names = ("odd_even_r", "odd_even_spearman_brown", "cronbach_alpha_raters")
        return dict.fromkeys(names, found) | halves
    return {
        "odd_even_r": found.odd_even_r,
        "odd_even_spearman_brown": found.odd_even,
        "cronbach_alpha_raters": found.alpha,
    } | halves


def content_x_cluster(answers: Answers, seed: int) -> Figures:
    """Does what is chosen for a word depend on the content? By permutation within people."""
    found = compatibility(answers, permutations=PERMUTATIONS, seed=seed)
    if isinstance(found, NotEstimable):
        return {"B": PERMUTATIONS, "per_word": found, "sum_G": found, "sum_p_perm": found}
    return {
        "B": found.permutations,
        "per_word": {
            name: _compatibility(each)
            for name, each in zip(answers.words, found.words, strict=True)
        },
        "sum_G": found.g,
        "sum_p_perm": found.p,
    }


def _compatibility(found: WordCompatibility | NotEstimable) -> Figures | NotEstimable:
    """G is named after its table: own clusters and other x contents."""
    if isinstance(found, NotEstimable):
        return found
    return {
        f"G_{len(found.votes)}x{len(found.votes[0])}": found.g,
        "p_perm": found.p,
        "chi2_own_p": found.chi2_own_p,
        "p_perm_holm": found.p_holm,
    }
