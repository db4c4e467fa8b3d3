"""Results of the statistics as JSON, and back: what is computed once is read by every process."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from analysis.stats.errors import StatisticsError

_CLASS = "@"
_ARRAY = "array"


class Codec:
    """Writes and reads results made of the given dataclasses and enums, tuples and arrays.

    A dataclass is an object with its class's name under "@", an array one with its dtype. Lists
    come back as tuples. Numbers must be finite: a result says why there is none otherwise.
    """

    def __init__(self, *classes: type) -> None:
        self._classes = {each.__name__: each for each in classes}

    def encode(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return {_CLASS: self._name(value), "value": value.name}
        if is_dataclass(value) and not isinstance(value, type):
            parts = {f.name: self.encode(getattr(value, f.name)) for f in fields(value)}
            return {_CLASS: self._name(value)} | parts
        if isinstance(value, np.ndarray):
            return {_CLASS: _ARRAY, "dtype": value.dtype.str, "value": self.encode(value.tolist())}
        if isinstance(value, list | tuple):
            return [self.encode(each) for each in value]
        if isinstance(value, float) and not np.isfinite(value):
            raise StatisticsError(f"expected a finite number, got {value!r}")
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise StatisticsError(f"expected a result of a known class, got {value!r}")

    def decode(self, stored: Any) -> Any:
        if isinstance(stored, list):
            return tuple(self.decode(each) for each in stored)
        if not isinstance(stored, dict):
            return stored
        parts = {name: value for name, value in stored.items() if name != _CLASS}
        if stored[_CLASS] == _ARRAY:
            return np.array(parts["value"], dtype=parts["dtype"])
        found = self._classes[stored[_CLASS]]
        if issubclass(found, Enum):
            return found[parts["value"]]
        return found(**{name: self.decode(value) for name, value in parts.items()})

    def _name(self, value: object) -> str:
        name = type(value).__name__
        if self._classes.get(name) is not type(value):
            raise StatisticsError(f"expected a result of a known class, got {name}")
        return name
