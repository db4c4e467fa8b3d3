"""Progress bars for long work: stage, items done, rate, time left."""

from __future__ import annotations

from types import TracebackType

from tqdm import tqdm

_FORMAT = (
    "{desc:<10} {percentage:3.0f}% |{bar}| {n:.0f}/{total:.0f} {unit} {rate_fmt} {remaining} left"
)


class Progress:
    """A bar that is told of finished work; `with Progress("stylise", 54, "images") as bar`.

    At a terminal it redraws itself; into a file it writes a line every few seconds.
    """

    def __init__(self, stage: str, total: float, unit: str = "items") -> None:
        self._bar = tqdm(
            total=total, desc=stage, unit=unit, bar_format=_FORMAT, ascii=" =", mininterval=0.2,
            leave=True,
        )  # fmt: skip
        if not self._bar.fp.isatty():
            self._bar.mininterval = 5.0

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
