"""The mixed model: what holds beyond these people and these words."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.stats import mixed
from analysis.stats.answers import Answers
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.mixed import Effect, MixedModel, WordEffect

Figures = dict[str, Any]

_MODEL = (
    "correct ~ 1 + offset(logit(chance)) + (1|participant) + (1|word) + (1|word:content), "
    "Laplace ML (glmer nAGQ=1)"
)
_NAMES = (
    "intercept_vs_chance", "se", "z", "p", "sd_participant", "sd_word", "sd_question", "loglik",
    "singular", "words",
)  # fmt: skip


def mixed_model(answers: Answers) -> Figures:
    """Over everything, and with a mean for each content, in logits above chance."""
    plain = mixed.mixed_model(answers)
    if isinstance(plain, NotEstimable):
        return {"model": _MODEL} | dict.fromkeys(_NAMES, plain) | {"with_contents": plain}
    return {
        "model": _MODEL,
        "intercept_vs_chance": plain.intercept.value,
        "se": plain.intercept.error,
        "z": plain.intercept.z,
        "p": plain.intercept.p,
        "sd_participant": plain.sd_person,
        "sd_word": plain.sd_word,
        "sd_question": plain.sd_question,
        "loglik": plain.log_likelihood,
        "singular": plain.singular,
        "words": {
            name: _word(effect) for name, effect in zip(answers.words, plain.words, strict=True)
        },
        "with_contents": _with_contents(answers, plain),
    }


def _word(found: WordEffect | NotEstimable) -> Figures | NotEstimable:
    """A word's effect, shrunken towards the mean of all, and the accuracy that it gives."""
    if isinstance(found, NotEstimable):
        return found
    return {
        "effect": found.value,
        "se": found.error,
        "accuracy": found.accuracy,
        "accuracy95": found.interval,
    }


def _with_contents(answers: Answers, plain: MixedModel) -> Figures | NotEstimable:
    """Each content's own mean, and whether they differ."""
    if len(np.unique(answers.content)) < 2:
        return NotEstimable(Reason.ONE_CONTENT)
    fixed = mixed.mixed_model(answers, contents=True)
    if isinstance(fixed, NotEstimable):
        return fixed
    differ = mixed.content_test(plain, fixed)
    return {
        "contents": {
            name: _effect(effect)
            for name, effect in zip(answers.contents, fixed.contents, strict=True)
        },
        "sd_participant": fixed.sd_person,
        "sd_word": fixed.sd_word,
        "sd_question": fixed.sd_question,
        "loglik": fixed.log_likelihood,
        "singular": fixed.singular,
        "likelihood_ratio": {"statistic": differ.statistic, "df": differ.df, "p": differ.p},
    }


def _effect(found: Effect | NotEstimable) -> Figures | NotEstimable:
    if isinstance(found, NotEstimable):
        return found
    return {"above_chance": found.value, "se": found.error, "z": found.z, "p": found.p}
