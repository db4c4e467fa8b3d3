"""How large a questionnaire is: its questions, its chance level, the minutes that it takes."""

from __future__ import annotations

from dataclasses import dataclass

# What people take is not known before they came: a choice among nine images, and the pages
# around the questions.
SECONDS_A_QUESTION = 8
MINUTES_AROUND = 2


def minutes_of(questions: int) -> int:
    return round(questions * SECONDS_A_QUESTION / 60 + MINUTES_AROUND)


@dataclass(frozen=True, kw_only=True)
class Size:
    """What one person is asked."""

    questions: int
    catches: int
    targets: int
    options: int

    @property
    def total(self) -> int:
        return self.questions + self.catches

    @property
    def chance(self) -> float:
        """The accuracy of somebody who guesses, at questions about words."""
        return self.targets / self.options

    @property
    def minutes(self) -> int:
        return minutes_of(self.total)


def size_of(  # noqa: PLR0913 - all that decides it
    *, words: int, contents: int, conditions: int, is_within: bool, clusters: int, options: int
) -> Size:
    """Within people everybody answers all conditions; one catch question per photograph."""
    each = conditions if is_within else 1
    return Size(
        questions=words * contents * each, catches=contents, targets=clusters, options=options
    )
