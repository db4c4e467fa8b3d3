"""Results as JSON holds them: no figure is silently missing, and none is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import numpy as np

from analysis.stats import Interval, NotEstimable, StatisticsError


def plain(value: Any) -> Any:
    """Nested results as dicts, lists, text and finite numbers.

    An interval is [low, high]; what cannot be estimated is {"not_estimable": "because of ..."}.
    Raises StatisticsError for a number that is not finite: it has no reason beside it.
    """
    match value:
        case np.generic() | np.ndarray():
            found = plain(value.tolist())
        case NotEstimable():
            found = {"not_estimable": str(value.reason)}
        case Interval():
            found = [plain(value.low), plain(value.high)]
        case Mapping():
            found = {str(key): plain(each) for key, each in value.items()}
        case Iterable() if not isinstance(value, str):
            found = [plain(each) for each in value]
        case _:
            found = _scalar(value)
    return found


def _scalar(value: object) -> str | int | float | None:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float) and not math.isfinite(value):
        raise StatisticsError(f"expected a finite number or a reason, got {value}")
    if value is None or isinstance(value, str | int | float):
        return value
    raise StatisticsError(f"expected a result, got {value!r}")
