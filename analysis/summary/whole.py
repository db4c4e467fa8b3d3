"""Every statistic of a study's answers, with and without the people who seem careless."""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection
from importlib import metadata
from typing import Any

import numpy as np

from analysis.stats.answers import Answers
from analysis.stats.careless import Careless, careless
from analysis.stats.errors import StatisticsError
from analysis.summary import accuracies, models, structure
from analysis.summary.plain import plain
from analysis.summary.style_clusters import per_cluster
from analysis.summary.tallies import Tallies
from analysis.tidy import Catches

Figures = dict[str, Any]
Progress = Callable[[str], None]

# Permutations and random splits differ by chance from run to run, so one seed is fixed. Among
# 2,000 permutations p is off by 0.01 often; with this seed they agree with an independent program
# to 0.02 on the answers that the tests compare.
DEFAULT_SEED = 376

_RULES = ("too_fast", "missed_catches", "long_run", "position_bias", "disagrees")
_PACKAGES = ("numpy", "scipy", "statsmodels", "choix", "krippendorff")
_CONVENTIONS = (
    "position is the 0-based grid cell that was chosen, row by row; row order within a participant "
    "is presentation order; an answer is correct when chosen_word == word; chance is the share of "
    "options whose word is the asked word; word|cluster is correct when that cluster's image is "
    "chosen for its word, of the answers that were offered it, and its chance is its share of the "
    "options; Holm and Benjamini-Hochberg over {words} words, and over all their clusters; "
    "intervals at 95 %; 'all' is everybody, 'clean' leaves out 'excluded'; nobody is excluded for "
    "a low accuracy; what cannot be estimated is {{'not_estimable': reason}}; times in ms"
)

# What takes time, in the order in which it is done.
SECTIONS: dict[str, Callable[[Answers, int], Any]] = {
    "agreement": structure.agreements,
    "confusion": lambda answers, _seed: structure.confusions(answers),
    "lure_rate_per_word": lambda answers, _seed: structure.lure_rates(answers),
    "luce": lambda answers, _seed: structure.luce(answers),
    "position_bias": lambda answers, _seed: structure.position_bias(answers),
    "rt": lambda answers, _seed: structure.response_times(answers),
    "split_half_words": structure.split_half,
    "content_x_cluster": structure.content_x_cluster,
    "glmm": lambda answers, _seed: models.mixed_model(answers),
}


def summarise(
    answers: Answers,
    *,
    catches: Catches | None = None,
    excluded: Collection[str] | None = None,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> Figures:
    """All statistics, ready for JSON; the same answers and seed give the same figures.

    `excluded` names those whom "clean" leaves out; those whom the rules flag unless given.
    `progress` is told the name of each part before it is computed. Raises StatisticsError if
    there is no such person.
    """
    flags = careless(answers, failed_catches=_failed(catches))
    out = _excluded(answers, flags, excluded)
    tell = progress or (lambda name: None)
    everybody = _figures(answers, seed, tell)
    clean = _figures(answers.without(out), seed, tell) if out else everybody
    found = {
        "conventions": _CONVENTIONS.format(words=len({q.word for q in answers.questions})),
        "versions": _versions(),
        "seed": seed,
        "all": everybody,
        "clean": clean,
        "excluded": [name for index, name in enumerate(answers.people) if index in out],
        "careless": _reasons(answers, flags),
        "catches": _catches(catches),
    }
    return dict(plain(found))


def _figures(answers: Answers, seed: int, tell: Progress) -> Figures:
    tell("accuracy")
    tallies = Tallies.of(answers)
    found: Figures = {
        "n_participants": len(np.unique(answers.person)),
        "n_answers": len(answers),
        "overall": accuracies.overall(tallies),
        "per_content": accuracies.per_content(tallies),
        "per_word": accuracies.per_word(tallies),
        "per_cluster": per_cluster(tallies),
        "per_question": accuracies.per_question(tallies),
        "per_participant": accuracies.per_participant(tallies),
    }
    if conditions := accuracies.per_condition(tallies):
        found["per_condition"] = conditions
    for name, section in SECTIONS.items():
        tell(name)
        found[name] = section(answers, seed)
    return found


def _excluded(
    answers: Answers, flags: Careless, excluded: Collection[str] | None
) -> frozenset[int]:
    if excluded is None:
        return flags.people
    index = {name: place for place, name in enumerate(answers.people)}
    unknown = sorted(set(excluded) - set(index))
    if unknown:
        raise StatisticsError(f"expected participants to exclude, got unknown {', '.join(unknown)}")
    return frozenset(index[name] for name in excluded)


def _failed(catches: Catches | None) -> dict[int, int]:
    if catches is None or not len(catches):
        return {}
    failed = np.bincount(catches.person[~catches.passed])
    return {person: int(n) for person, n in enumerate(failed) if n}


def _reasons(answers: Answers, flags: Careless) -> dict[str, list[str]]:
    """The rules that flag each flagged person."""
    return {
        answers.people[person]: [rule for rule in _RULES if getattr(flags, rule)[person]]
        for person in sorted(flags.people)
    }


def _catches(catches: Catches | None) -> Figures:
    answered = 0 if catches is None else len(catches)
    passed = 0 if catches is None else int(catches.passed.sum())
    return {"answers": answered, "passed": passed}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        found[package] = metadata.version(package)
    return found
