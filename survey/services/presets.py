"""What a new study begins with; everything of it can be chosen otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from survey.models.study import CLOSING_QUESTIONS

Name = Literal["paper", "small", "scratch"]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How many words and photographs are chosen to begin with, the design, and further fields."""

    words: int
    contents: int
    clusters: int = 3
    options: int = 9
    fields: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)


# The paper's study: 23 words x 3 photographs, and a catch question per photograph, are 72.
PRESETS: Mapping[Name, Preset] = {
    "paper": Preset(
        words=23,
        contents=3,
        fields={"asks_familiarity": True, "closing": list(CLOSING_QUESTIONS)},
        plan={"outcome": "words"},
    ),
    "small": Preset(words=6, contents=2),
    "scratch": Preset(words=0, contents=0),
}
