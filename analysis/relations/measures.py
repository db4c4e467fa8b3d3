"""What is stored of each stimulus: how content and style go together, and what the machine sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from analysis.frames import Layout, WordLabel
from generation.models import StylisedImage

# One value an image of Layout.images; None where it was not measured.
Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A stored measure: its field, its name, the title of its axis, and what it says."""

    field: str
    name: Any
    axis: Any
    explanation: Any


MEASURES = (
    Measure(
        "colour_distance",
        _("Colour distance"),
        _("colour distance (grey levels)"),
        _("how far the photograph’s colours are from the style’s, in grey levels from 0 to 255"),
    ),
    Measure(
        "style_distance",
        _("Style distance"),
        _("style distance (relative)"),
        _("how far the photograph’s own texture is from the style, relative to the style"),
    ),
    Measure(
        "style_remainder",
        _("Style not reached"),
        _("style not reached (relative)"),
        _("how far the finished image is from the style; 0 is all of the style"),
    ),
    Measure(
        "content_change",
        _("Change of the photograph"),
        _("change of the photograph (relative)"),
        _("how little of the photograph was kept; 0 is all of it"),
    ),
)


@dataclass(frozen=True, slots=True)
class Measures:
    """Of each of Layout.images: the values by field, the machine's score and the word it sees."""

    values: dict[str, Values]
    score: Values
    seen: tuple[WordLabel | None, ...]

    @property
    def are_stored(self) -> bool:
        return any(value is not None for each in self.values.values() for value in each)

    @property
    def scored(self) -> int:
        return sum(value is not None for value in self.score)


def read_measures(layout: Layout) -> Measures:
    """In one query; always as they are now, since they change without any answer."""
    fields = [measure.field for measure in MEASURES]
    label = [f"recognised_as__{name}" for name in ("text", "reading", "gloss")]
    stored = StylisedImage.objects.filter(pk__in=layout.stimuli).order_by()
    rows = {row[0]: row[1:] for row in stored.values_list("pk", *fields, "recognised", *label)}
    table = [rows.get(pk, (None,) * (len(fields) + 4)) for pk in layout.stimuli]
    return Measures(
        values={field: tuple(row[place] for row in table) for place, field in enumerate(fields)},
        score=tuple(row[len(fields)] for row in table),
        seen=tuple(WordLabel(*row[-3:]) if row[-3] else None for row in table),
    )
