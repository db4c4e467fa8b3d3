"""Rows of a log: written once, then neither changed nor removed."""

from __future__ import annotations

from typing import Any

from survey.errors import LogError


class AppendOnly:
    """Comes before `models.Model`; a row goes only together with what it belongs to."""

    _state: Any

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LogError(f"{self!r} is written and stays as it is")
        super().save(*args, **kwargs)  # type: ignore[misc]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise LogError(f"{self!r} is written and stays")
