"""The maximum of the Laplace likelihood: quasi-Newton, then checked by its curvature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.laplace import Mode, NoModeError, Table, find_mode, gradient

Floats = NDArray[np.floating]

# Called after each step with its number and the deviance, twice the loss.
Progress = Callable[[int, float], None]

_START_SD = 0.5
_LARGE = 15.0  # logits: beyond, groups are separated and the likelihood has no maximum
_SMALL_SD = 0.1  # standard deviations below are compared with none at all
_SAME_LOSS = 1e-6  # of a log likelihood
_SLOPE = 1e-3  # for an error of each parameter; what is left to gain is its square
_NEWTON_STEPS = 8
_STEP = 0.01  # of the differences of gradients, on the scale of the parameters' errors
_NO_MODE = 1e12  # a loss that no line search accepts


@dataclass(frozen=True, slots=True)
class Maximum:
    """Parameters (k coefficients, then standard deviations >= 0), and their covariance.

    The covariance (k, k) of the coefficients takes account of the standard deviations being
    estimated too; those that are 0 lie on the border and are taken as known.
    """

    beta: Floats
    sds: Floats
    covariance: Floats
    log_likelihood: float
    mode: Mode


def maximise(table: Table, progress: Progress | None = None) -> Maximum | NotEstimable:
    """The maximum; NotEstimable where the search ends anywhere else."""
    search = _Search(table, progress)
    try:
        found = search.minimise(search.start())
        found = search.without_small_sds(found)
        polished = search.polish(found, search.active(found))
    except NoModeError:
        return NotEstimable(Reason.NOT_CONVERGED)
    if isinstance(polished, NotEstimable):
        return polished
    parameters, hessian = polished
    # The loss is even in them, so that the search can end on either side of 0.
    parameters[search.k :] = np.abs(parameters[search.k :])
    mode = search.mode(parameters)
    return Maximum(
        beta=parameters[: search.k],
        sds=parameters[search.k :],
        covariance=np.linalg.inv(hessian)[: search.k, : search.k],
        log_likelihood=-mode.loss,
        mode=mode,
    )


class _Search:
    """The loss of a table by parameters; each mode starts from the last one."""

    def __init__(self, table: Table, progress: Progress | None) -> None:
        self.table, self.progress = table, progress
        self.k = table.fixed.shape[1]
        self.size = self.k + 1 + len(table.groups)
        self._last: tuple[Floats, Floats] | None = None
        self._steps = 0
        people, groups = len(table.n), [marks.shape[1] for marks in table.groups]
        # About the errors of the parameters: coefficients vary with the fewest groups there are.
        self.scale = np.array(
            [min(groups) ** -0.5] * self.k + [(2 * size) ** -0.5 for size in (people, *groups)]
        )

    def start(self) -> Floats:
        """No effect beyond the mean: one step of a logistic regression would begin there."""
        answered, correct = self.table.n.sum(), self.table.correct.sum()
        offset = (self.table.n @ self.table.offset).sum() / answered
        beta = np.full(self.k, np.log(correct / (answered - correct)) - offset)
        return np.concatenate([beta, np.full(self.size - self.k, _START_SD)])

    def active(self, parameters: Floats) -> NDArray[np.bool_]:
        """Which are searched: all but the standard deviations that are 0."""
        return (np.arange(self.size) < self.k) | (parameters != 0)

    def mode(self, parameters: Floats) -> Mode:
        if np.abs(parameters).max() > _LARGE:
            raise NoModeError
        beta, sds = parameters[: self.k], parameters[self.k :]
        found = find_mode(self.table, beta, sds, self._last)
        self._last = found.people, found.others
        return found

    def slope(self, parameters: Floats) -> tuple[float, Floats]:
        found = self.mode(parameters)
        return found.loss, gradient(self.table, parameters[self.k :], found)

    def minimise(self, parameters: Floats) -> Floats:
        """BFGS over the active parameters, on the scale of their errors."""
        from scipy import optimize

        active = self.active(parameters)
        scale = self.scale[active]

        def scaled(values: Floats) -> tuple[float, Floats]:
            whole = parameters.copy()
            whole[active] = values * scale
            try:
                loss, slope = self.slope(whole)
            except NoModeError:
                return _NO_MODE, np.zeros(len(scale))
            return loss, slope[active] * scale

        def step(intermediate_result: optimize.OptimizeResult) -> None:
            self._steps += 1
            if self.progress:
                self.progress(self._steps, 2 * float(intermediate_result.fun))

        found = optimize.minimize(
            scaled, parameters[active] / scale, jac=True, method="BFGS", callback=step,
            options={"gtol": _SLOPE, "maxiter": 200},
        )  # fmt: skip
        whole = parameters.copy()
        whole[active] = found.x * scale
        return whole

    def without_small_sds(self, parameters: Floats) -> Floats:
        """A standard deviation without which the fit is as good is 0: a singular fit."""
        for at in range(self.k, self.size):
            if not 0 < abs(parameters[at]) < _SMALL_SD:
                continue
            without = parameters.copy()
            without[at] = 0.0
            without = self.minimise(without)
            if self.mode(without).loss <= self.mode(parameters).loss + _SAME_LOSS:
                parameters = without
        return parameters

    def polish(
        self, parameters: Floats, active: NDArray[np.bool_]
    ) -> tuple[Floats, Floats] | NotEstimable:
        """Newton's steps until one gains nothing, and the Hessian of the active there."""
        for _ in range(_NEWTON_STEPS):
            slope = self.slope(parameters)[1][active]
            hessian = self._hessian(parameters, active)
            if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian)[0] <= 0:
                return NotEstimable(Reason.NOT_CONVERGED)
            step = np.linalg.solve(hessian, slope)
            parameters = parameters.copy()
            parameters[active] -= step
            if slope @ step <= _SAME_LOSS:
                return parameters, hessian
        return NotEstimable(Reason.NOT_CONVERGED)

    def _hessian(self, parameters: Floats, active: NDArray[np.bool_]) -> Floats:
        """By central differences of the gradient, of the active parameters."""
        columns = []
        for at in np.flatnonzero(active):
            shift = np.zeros(self.size)
            shift[at] = _STEP * self.scale[at]
            ahead, behind = (self.slope(parameters + sign * shift)[1] for sign in (1, -1))
            columns.append((ahead - behind)[active] / (2 * shift[at]))
        hessian = np.array(columns)
        return (hessian + hessian.T) / 2
