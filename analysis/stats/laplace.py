"""The Laplace likelihood of a crossed logistic model, and its gradient.

Answers form a table of P people by Q questions. The logit of a correct answer is

    offset_q + x_q beta + sd_person u_p + sum over effects of sd_effect b_effect[group of q]

with u and b independent standard normals. The integral over them is replaced by that of the normal
density at their mode (`glmer` with nAGQ = 1; Bates et al. 2015), found by Newton's method. As
people and the groups of questions cross, the Hessian's block of people is diagonal and is
eliminated (a Schur complement): what is left to factor is as large as the groups, whatever P.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

_STEPS = 100
_DECREMENT = 1e-13  # twice what a further step of the mode would gain
_ROUNDING = 1e-12  # of the loss, relative
_LEAST_SIZE = 1e-8  # of a step


class NoModeError(ArithmeticError):
    """Newton's method found no mode: the parameters are far from any data."""


@dataclass(frozen=True, slots=True)
class Table:
    """The answers, and what is known of the questions; `groups` (Q, G) marks each effect's groups.

    `n` is 0 where a person did not answer.
    """

    correct: Floats  # (P, Q)
    n: Floats  # (P, Q)
    offset: Floats  # (Q,)
    fixed: Floats  # (Q, k)
    groups: tuple[Floats, ...]

    def spread(self, sds: Floats) -> Floats:
        """What each group's standard normal does to each question (Q, all groups)."""
        return np.hstack([sd * marks for sd, marks in zip(sds[1:], self.groups, strict=True)])


@dataclass(frozen=True, slots=True)
class Mode:
    """The most likely standard normals given the parameters, and the curvature there."""

    loss: float  # minus the Laplace log likelihood
    people: Floats  # (P,)
    others: Floats  # (all groups,)
    residuals: Floats  # (P, Q)
    weights: Floats  # (P, Q)
    probability: Floats  # (P, Q)
    people_curvature: Floats  # (P,), the diagonal block
    spread: Floats  # (Q, all groups)
    core: Floats  # (Q, Q), the information on questions that people's effects leave
    schur: Floats  # (all groups, all groups)


def find_mode(table: Table, beta: Floats, sds: Floats, start: tuple[Floats, Floats] | None) -> Mode:
    """Newton's steps from `start`, halved while they do not lower the penalised loss."""
    problem = _Problem(table, table.offset + table.fixed @ beta, float(sds[0]), table.spread(sds))
    at = start or (np.zeros(len(table.n)), np.zeros(problem.spread.shape[1]))
    loss, probability = problem.evaluate(*at)
    for _ in range(_STEPS):
        local = problem.linearise(at[0], at[1], probability)
        if local.decrement <= _DECREMENT:
            log_det = np.log(local.diagonal).sum() + np.linalg.slogdet(local.schur)[1]
            return Mode(
                float(loss + log_det / 2), at[0], at[1], local.residuals, local.weights,
                probability, local.diagonal, problem.spread, local.core, local.schur,
            )  # fmt: skip
        at, loss, probability = problem.descend(at, local, loss)
    raise NoModeError


def gradient(table: Table, sds: Floats, mode: Mode) -> Floats:
    """The derivative of the loss by beta and the standard deviations (k + 1 + effects,).

    The mode moves with the parameters, which adds the derivative of the log determinant along
    that move (by the adjoint equation: one solution for all parameters).
    """
    inverse = np.linalg.inv(mode.schur)
    crossed = mode.weights @ mode.spread @ inverse @ mode.spread.T  # (P, Q)
    # By how much each person's answers leave the questions' effects unknown (P,).
    unknown = (crossed * mode.weights).sum(axis=1)
    bend = mode.weights * (0.5 - mode.probability) * _leverage(sds[0], mode, inverse, crossed)
    moved_people, moved_others = _solve(mode, sds[0], inverse, bend)
    moved = (sds[0] * moved_people)[:, None] + mode.spread @ moved_others
    total = bend - mode.residuals - mode.weights * moved
    by_question, residuals = total.sum(axis=0), mode.residuals.sum(axis=0)
    trace = (1 / mode.people_curvature + (sds[0] / mode.people_curvature) ** 2 * unknown).sum()
    by_sd = [
        total.sum(axis=1) @ mode.people
        + mode.residuals.sum(axis=1) @ moved_people
        + _ratio(len(moved_people) - trace, sds[0])
    ]
    start = 0
    for sd, marks in zip(sds[1:], table.groups, strict=True):
        block = slice(start, start := start + marks.shape[1])
        by_sd.append(
            by_question @ (marks @ mode.others[block])
            + residuals @ (marks @ moved_others[block])
            + _ratio(marks.shape[1] - inverse.diagonal()[block].sum(), sd)
        )
    return np.array([*(table.fixed.T @ by_question), *by_sd])


def _leverage(sd: float, mode: Mode, inverse: Floats, crossed: Floats) -> Floats:
    """The variance of each logit given the data, by the curvature at the mode (P, Q)."""
    of_questions = ((mode.spread @ inverse) * mode.spread).sum(axis=1)
    alone = sd**2 / mode.people_curvature
    of_people = alone + alone**2 * (crossed * mode.weights).sum(axis=1)
    return of_people[:, None] - 2 * alone[:, None] * crossed + of_questions


def _ratio(part: float, sd: float) -> float:
    """What the log determinant's own derivative adds, by sd times the trace of a block.

    The loss is even in each standard deviation, so that its derivative is 0 at 0.
    """
    return part / sd if sd else 0.0


@dataclass(frozen=True, slots=True)
class _Local:
    residuals: Floats
    weights: Floats
    diagonal: Floats
    core: Floats
    schur: Floats
    step: tuple[Floats, Floats]
    decrement: float


@dataclass(frozen=True, slots=True)
class _Problem:
    """The penalised loss by the standard normals, the parameters being given."""

    table: Table
    base: Floats  # (Q,) the logits of the mean
    sd: float  # of people
    spread: Floats  # (Q, all groups)

    def evaluate(self, people: Floats, others: Floats) -> tuple[float, Floats]:
        """The penalised loss, and the probability of a correct answer (P, Q)."""
        logits = (self.sd * people)[:, None] + (self.base + self.spread @ others)
        small = np.exp(-np.abs(logits))
        loss = self.table.n.ravel() @ (np.maximum(logits, 0) + np.log1p(small)).ravel()
        loss -= self.table.correct.ravel() @ logits.ravel()
        probability = np.where(logits >= 0, 1.0, small) / (1 + small)
        return float(loss + (people @ people + others @ others) / 2), probability

    def linearise(self, people: Floats, others: Floats, probability: Floats) -> _Local:
        """Newton's step, by the Schur complement of the people's diagonal block."""
        sd, spread, expected = self.sd, self.spread, self.table.n * probability
        residuals, weights = self.table.correct - expected, expected * (1 - probability)
        diagonal = 1 + sd**2 * weights.sum(axis=1)
        core = np.diag(weights.sum(axis=0)) - sd**2 * (weights.T @ (weights / diagonal[:, None]))
        schur = np.eye(spread.shape[1]) + spread.T @ core @ spread
        down_people = people - sd * residuals.sum(axis=1)
        down_others = others - spread.T @ residuals.sum(axis=0)
        right = down_others - spread.T @ (weights.T @ (sd * down_people / diagonal))
        step_others = np.linalg.solve(schur, right)
        step_people = (down_people - sd * (weights @ (spread @ step_others))) / diagonal
        decrement = float(down_people @ step_people + down_others @ step_others)
        return _Local(
            residuals, weights, diagonal, core, schur, (step_people, step_others), decrement
        )

    def descend(
        self, at: tuple[Floats, Floats], local: _Local, loss: float
    ) -> tuple[tuple[Floats, Floats], float, Floats]:
        """Where the halved step leads, the loss and the probabilities there."""
        size, rounding = 1.0, _ROUNDING * abs(loss)
        while size > _LEAST_SIZE:
            tried = at[0] - size * local.step[0], at[1] - size * local.step[1]
            lower, probability = self.evaluate(*tried)
            if lower <= loss - 1e-4 * size * local.decrement + rounding:
                return tried, lower, probability
            size /= 2
        raise NoModeError


def _solve(mode: Mode, sd: float, inverse: Floats, table: Floats) -> tuple[Floats, Floats]:
    """The Hessian's solution for the right side of a table of derivatives by logits (P, Q)."""
    people, others = sd * table.sum(axis=1), mode.spread.T @ table.sum(axis=0)
    right = others - mode.spread.T @ (mode.weights.T @ (sd * people / mode.people_curvature))
    solved = inverse @ right
    return (people - sd * (mode.weights @ (mode.spread @ solved))) / mode.people_curvature, solved
