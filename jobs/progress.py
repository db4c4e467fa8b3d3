"""Progress bars for long work: stage, items done, rate, time left."""

from __future__ import annotations

import io
import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm

_FORMAT = "{desc:<10} {percentage:3.0f}% |{bar}| {n:.0f}/{total:.0f} {unit}{pace}, {remaining} left"


class Progress:
    """A bar that is told of finished work; `with Progress("stylise", 54, "images") as bar`.

    At a terminal it redraws itself; into a file it writes a line every few seconds. Where there
    is nothing to do it says nothing.
    """

    def __init__(self, stage: str, total: float, unit: str = "items") -> None:
        at_terminal = sys.stderr.isatty()
        self._bar = _Bar(
            total=total, desc=stage, unit=unit, bar_format=_FORMAT, ascii=" =", disable=not total,
            file=sys.stderr if at_terminal else _Lines(), mininterval=0.2 if at_terminal else 5.0,
        )  # fmt: skip

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def add(self, amount: float = 1) -> None:
        """Count `amount` more items, or parts of one, as done."""
        self._bar.update(amount)

    def move_to(self, done: float, total: float | None = None) -> None:
        """Show `done` items of `total`, as when somebody else does the work."""
        if total is not None:
            self._bar.total = total
        self._bar.update(done - self._bar.n)


class _Bar(tqdm):
    @property
    def format_dict(self) -> dict[str, Any]:
        """What the format may show; `pace` is the rate as people say it."""
        facts: dict[str, Any] = super().format_dict
        rate = facts["rate"] or (facts["elapsed"] and facts["n"] / facts["elapsed"])
        pace = f", {rate:.1f} a second" if rate >= 1 else rate and f", {1 / rate:.1f} s each"
        return {**facts, "pace": pace or ""}


class _Lines(io.TextIOBase):
    """Makes each drawing of a bar a line of its own on the standard error."""

    def write(self, text: str) -> int:
        if line := text.strip():
            print(line, file=sys.stderr, flush=True)
        return len(text)
