"""The section of votes, with the images that were voted for."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from analysis import formats
from analysis.charts import word_label
from analysis.report import thumbs
from analysis.report.build import Report
from analysis.report.layout import Section, VotePicture, VoteTable
from analysis.report.votes import Grid, Row, Voted
from analysis.standing import Shows


def votes(report: Report) -> Section:
    """The tables of the words, from the best recognised down."""
    results, layout = report.results, report.asked.frame.layout
    shown = {
        image.image for grid in results.grids for row in grid.rows for image in row.images if image
    }
    pictures = thumbs.of_stimuli(layout.stimuli[image] for image in shown)
    sources = {image: pictures.get(layout.stimuli[image], "") for image in shown}
    photographs = thumbs.of_contents(results.answers.contents)
    place = {group.index: at for at, group in enumerate(results.accuracies.words)}
    grids = sorted(results.grids, key=lambda grid: (place[grid.word], grid.condition))
    return Section(
        name="votes",
        title=_("Votes for each image"),
        standing=report.standing(Shows.OTHER),
        votes=tuple(_table(report, grid, sources, photographs) for grid in grids),
        method=_(
            "How often the images of each style cluster were chosen when their word was asked, "
            "with the share of the answers to the question. “Others” counts the answers that "
            "chose an image of another word. An image is framed where it was chosen more often "
            "than any other of the same content image."
        ),
    )


def _table(
    report: Report, grid: Grid, sources: Mapping[int, str], photographs: Mapping[str, str]
) -> VoteTable:
    contents = report.results.answers.contents
    names = [contents[column.content] for column in grid.columns]
    caption = word_label(report.labels[grid.word])
    if grid.condition:
        caption = f"{caption} – {grid.condition}"
    most = [
        max((image.votes for row in grid.rows if (image := row.images[place])), default=0)
        for place in range(len(names))
    ]
    return VoteTable(
        caption=caption,
        heads=tuple((name, photographs.get(name, "")) for name in names),
        rows=tuple(
            (
                _row_name(row, grid),
                tuple(
                    _picture(image, sources, f"{caption} × {names[place]}", row, most[place])
                    for place, image in enumerate(row.images)
                ),
                row.votes,
            )
            for row in grid.rows
        ),
        others=tuple(column.others for column in grid.columns),
        answers=tuple(column.answers for column in grid.columns),
    )


def _row_name(row: Row, grid: Grid) -> str:
    name = _("Cluster %(number)s") % {"number": row.cluster}
    return name if row.condition in ("", grid.condition) else f"{name}, {row.condition}"


def _picture(
    image: Voted | None, sources: Mapping[int, str], name: str, row: Row, most: int
) -> VotePicture | None:
    if image is None:
        return None
    share = formats.percent(image.votes / image.answers, image.answers) if image.answers else ""
    return VotePicture(
        source=sources[image.image],
        label=_("%(name)s, cluster %(number)s") % {"name": name, "number": row.cluster},
        votes=image.votes,
        share=share,
        is_most=bool(image.votes) and image.votes == most,
    )
