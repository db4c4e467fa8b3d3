"""What the commands' arguments have in common."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from generation.models import ContentImage, Recipe, Word
from generation.sources.licences import DEMANDS


def add_words(parser: CommandParser | argparse._MutuallyExclusiveGroup) -> None:
    parser.add_argument(
        "--words", "--word", nargs="*", action="extend", metavar="WORD",
        help="as ふさふさ, or its reading, fusafusa; all by default",
    )  # fmt: skip


def add_licence(parser: CommandParser) -> None:
    parser.add_argument(
        "--licence", choices=DEMANDS, default="any",
        help="only web images of a known licence, or of one known to allow changed images",
    )  # fmt: skip


def words_of(readings: list[str] | None) -> QuerySet[Word]:
    """The words of these readings or texts, by default all; one that no word has is an error."""
    texts = dict(Word.objects.filter(text__in=readings or ()).values_list("text", "reading"))
    return _named(Word.objects.all(), "reading", [texts.get(r, r) for r in readings or ()])


def contents_of(names: list[str] | None) -> QuerySet[ContentImage]:
    """The content images of these names, by default all; an unknown name is an error."""
    return _named(ContentImage.objects.all(), "name", names)


def recipes_of(names: list[str] | None) -> QuerySet[Recipe]:
    """The recipes of these names, by default all; an unknown name is an error."""
    return _named(Recipe.objects.all(), "name", names) if names else Recipe.objects.all()


def _named(rows: QuerySet[Any], field: str, names: Iterable[str] | None) -> Any:
    kind = rows.model._meta.verbose_name_plural
    if names:
        chosen = rows.filter(**{f"{field}__in": list(names)})
        known = set(chosen.values_list(field, flat=True))
        if unknown := [name for name in names if name not in known]:
            there = list(rows.values_list(field, flat=True))
            raise CommandError(f"expected {kind} of {there}, got {unknown}")
        return chosen
    if not rows.exists():
        more = ", or run manage.py words" if rows.model is Word else ""
        raise CommandError(f"there are no {kind} yet: add some in the admin{more}")
    return rows
