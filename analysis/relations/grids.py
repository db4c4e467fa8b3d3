"""Statistics of what was offered, with the grids where they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from analysis.frames import Selected
from analysis.stats.answers import Answers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Grids:
    """The grids of one selection; any two are equal, as `Selected.once` is of one selection."""

    selected: Selected = field(compare=False)


def of_offered(selected: Selected, function: Callable[[Answers], T], *, needs_grids: bool) -> T:
    """`function` of the answers, once; with their grids where people were offered different
    images, which takes longer."""
    if needs_grids:
        return selected.once(_with_grids, function, _Grids(selected))
    return selected.once(function)


def _with_grids(_answers: Answers, function: Callable[[Answers], T], grids: _Grids) -> T:
    return function(grids.selected.grids())


def distractors_differ(answers: Answers) -> bool:
    """Whether people were offered different images in the same question."""
    return not all(question.is_fixed for question in answers.questions)


def targets_differ(answers: Answers) -> bool:
    """Whether people were offered different images of the asked word in the same question."""
    words = [image.word for image in answers.images]
    return any(
        sum(words[image] == question.word for image in question.images) != question.targets
        for question in answers.questions
    )
