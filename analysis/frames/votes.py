"""The images that were offered, and how often they were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from analysis.frames.selected import Selected
from analysis.frames.tables import (
    Cell,
    OptionVotes,
    StimulusVotes,
    VoteRow,
    VoteTable,
    picture_of,
    word_label,
)
from analysis.stats.answers import Ints
from generation.models import StylisedImage
from survey.models import Option


def option_votes(selected: Selected, *, index: int) -> list[OptionVotes]:
    """The options of one question in their canonical order."""
    study = selected.frame.study
    options = (
        Option.objects.filter(
            question__study=study, question__version=study.composition, question__index=index
        )
        .select_related("content", "stylised__recipe", "stylised__cluster__clustering__word")
        .order_by("index")
    )
    votes = _by_pk(selected, selected.votes)
    return [
        OptionVotes(
            picture=picture_of(option.image),
            word=word_label(option.stylised.cluster.word) if option.stylised else None,
            cluster=option.stylised.cluster.index if option.stylised else None,
            condition=option.stylised.recipe.name if option.stylised else None,
            is_target=option.is_target,
            votes=votes.get(option.pk, 0),
        )
        for option in options
    ]


def vote_tables(selected: Selected, *, reading: str, cells: Sequence[Cell]) -> list[VoteTable]:
    """The votes for the images of one word, a table for each condition that asked it.

    `cells` are from `cells(selected)`: the tables count the answers to these alone.
    """
    study = selected.frame.study
    asked = Q(question__word__reading=reading, is_target=True)
    lure = Q(stylised__cluster__clustering__word__reading=reading, is_target=False)
    options = list(
        Option.objects.filter(asked | lure, question__study=study, question__kind="word")
        .filter(question__version=study.composition)
        .filter(question__index__in=[cell.index for cell in cells])
        .select_related("question", "stylised__cluster", "stylised__recipe")
        .order_by("stylised__cluster", "stylised__recipe", "question__index")
    )
    votes, shown = _by_pk(selected, selected.votes), _by_pk(selected, selected.shown)
    columns: dict[str | None, list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.content.name):
        if cell.word and cell.word.reading == reading:
            columns.setdefault(cell.condition, []).append(cell)
    order = list(dict.fromkeys(cell.condition for cell in cells if cell.word))
    return [
        VoteTable(
            condition,
            tuple(columns[condition]),
            tuple(_vote_rows(columns[condition], options, votes, shown)),
        )
        for condition in order
        if condition in columns
    ]


def _vote_rows(
    columns: Sequence[Cell],
    options: Sequence[Option],
    votes: Mapping[int, int],
    shown: Mapping[int, int],
) -> Iterable[VoteRow]:
    asked = {column.index for column in columns}
    lures: dict[int, list[Option]] = {}
    rows: dict[tuple[int, int], dict[int, Option]] = {}
    for option in options:
        image, index = _stylised(option), option.question.index
        if not option.is_target:
            lures.setdefault(image.pk, []).append(option)
        elif index in asked:
            rows.setdefault((image.cluster_id, image.recipe_id), {})[index] = option

    def stimulus(option: Option) -> StimulusVotes:
        elsewhere = lures.get(_stylised(option).pk, [])
        return StimulusVotes(
            pk=_stylised(option).pk,
            picture=picture_of(option.image),
            votes=votes.get(option.pk, 0),
            answers=shown[option.pk],
            lure_votes=sum(votes.get(other.pk, 0) for other in elsewhere),
            lure_answers=sum(shown[other.pk] for other in elsewhere),
        )

    for row in rows.values():
        offered = [row.get(column.index) for column in columns]
        image = _stylised(next(iter(row.values())))
        yield VoteRow(
            image.cluster.index,
            image.recipe.name,
            tuple(stimulus(option) if option else None for option in offered),
        )


def _by_pk(selected: Selected, counts: Ints) -> Mapping[int, int]:
    """A count of each option, by its primary key."""
    return dict(zip(selected.frame.layout.options.pk.tolist(), counts.tolist(), strict=True))


def _stylised(option: Option) -> StylisedImage:
    if option.stylised is None:
        raise ValueError(f"{option!r} of a question about a word is not a stylised image")
    return option.stylised
