"""The kinds of long work. An app says in its configuration what it can do, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.services.batch import Batch


@dataclass(frozen=True, slots=True)
class Kind:
    """Work of one kind.

    `run` does a claimed batch and commits each of its items when it is finished. Of `together`
    None a batch holds as many items as its worker takes at a time. Errors of the classes `final`
    come back the same however often and wherever one tries. Jobs that ended longer ago than `kept`
    are removed, with what only they refer to; None keeps them. `stages` has words for the stages
    that the work tells of. `tidy` removes whatever else is left of such work, now and then.
    """

    name: str
    label: Any  # a lazy translation
    run: Callable[[Batch], None]
    together: int | None = 1
    final: tuple[type[Exception], ...] = ()
    kept: timedelta | None = None
    stages: Mapping[str, Any] = field(default_factory=dict)
    tidy: Callable[[], object] | None = None


_kinds: dict[str, Kind] = {}
_stages: dict[str, Any] = {}
KINDS: Mapping[str, Kind] = MappingProxyType(_kinds)
# What is done at a stage, in words, by the name that the work tells.
STAGES: Mapping[str, Any] = MappingProxyType(_stages)


class UnknownKindError(LookupError):
    """Work of a kind that this installation does not know."""


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind
    _stages.update(kind.stages)


def kind_of(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        known = ", ".join(sorted(_kinds))
        raise UnknownKindError(f"expected a kind of work among {known}, got {name!r}") from None
