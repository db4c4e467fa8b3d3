"""Rows of a log: written once, then neither changed nor removed."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from audit.errors import LogError


class AppendOnly:
    """Comes before `models.Model`; a row goes only together with what it belongs to."""

    _state: Any

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LogError(f"{self!r} is written and stays as it is")
        super().save(*args, **kwargs)  # type: ignore[misc]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise LogError(f"{self!r} is written and stays")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Of a log; what its rows belong to still takes them along when it is deleted."""

    def update(self, **values: Any) -> NoReturn:
        raise LogError("the rows of a log stay as they are")

    def delete(self) -> NoReturn:
        raise LogError("the rows of a log stay")
