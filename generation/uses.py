"""Who builds on what the generator makes: apps above this one register themselves here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.db.models import Model

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from generation.models import Recipe, StyleCluster


@dataclass(frozen=True, slots=True)
class Need:
    """What something, such as a study, shows of each of its photographs.

    `key` is its own among all needs, `label` names it to people.
    """

    key: str
    label: str
    wanted: Sequence[tuple[Recipe, Sequence[StyleCluster]]]

    @property
    def images(self) -> int:
        """How many stimuli a photograph has there."""
        return sum(len(clusters) for _recipe, clusters in self.wanted)


class Dependant(Protocol):
    """An app that builds on the generator's rows."""

    def needs(self, user: User) -> Iterable[Need]:
        """What it could show new photographs in, of all that the user may see."""

    def uses(self, row: Model) -> Iterable[str]:
        """Why a row has to stay: a sentence for each thing that is built on it."""


_dependants: list[Dependant] = []


def register(dependant: Dependant) -> None:
    _dependants.append(dependant)


def needs(user: User) -> list[Need]:
    """Those that the user may see."""
    return [need for each in _dependants for need in each.needs(user)]


def uses(row: Model) -> list[str]:
    """Why the row cannot be removed, in the reader's language; nothing where it can."""
    return [reason for each in _dependants for reason in each.uses(row)]
