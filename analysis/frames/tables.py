"""The rows of the tables, as pages need them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from generation.models import ContentImage, StylisedImage, Word

# Answers and correct answers of one person.
Score = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WordLabel:
    """A word as it is shown: ふさふさ, fusafusa."""

    text: str
    reading: str
    gloss: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored image as a page needs it."""

    url: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Content:
    """A photograph that questions are about."""

    name: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Cell:
    """One question, which is one word on one photograph (or a catch), and its counted answers.

    `condition` is None where its images are of several conditions.
    """

    index: int
    word: WordLabel | None
    content: Content
    condition: str | None
    targets: int
    options: int
    answers: int
    correct: int

    @property
    def chance(self) -> Fraction:
        return Fraction(self.targets, self.options)

    @property
    def others(self) -> int:
        """Answers that chose a distractor."""
        return self.answers - self.correct


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A counted answer to a question about a word, and whose it is."""

    person: int
    index: int
    is_correct: bool


@dataclass(frozen=True, slots=True)
class OriginCount:
    """How many people of one origin came, and how many finished."""

    label: str
    counted: bool
    started: int
    complete: int


@dataclass(frozen=True, slots=True)
class People:
    """Those who gave at least one counted answer."""

    total: int
    simulated: int


@dataclass(frozen=True, slots=True)
class OptionVotes:
    """An option of a question, whose image it is, and how often it was chosen."""

    picture: Picture
    word: WordLabel | None
    cluster: int | None
    condition: str | None
    is_target: bool
    votes: int


@dataclass(frozen=True, slots=True)
class StimulusVotes:
    """A stylised image `pk`: votes when its own word was asked, and when another word was.

    `answers` and `lure_answers` count how often it could have been chosen in either role.
    """

    pk: int
    picture: Picture
    votes: int
    answers: int
    lure_votes: int
    lure_answers: int


@dataclass(frozen=True, slots=True)
class VoteRow:
    """A cluster's images by one recipe, one a question; None where no such image is offered."""

    cluster: int
    condition: str
    stimuli: tuple[StimulusVotes | None, ...]

    @property
    def votes(self) -> int:
        return sum(stimulus.votes for stimulus in self.stimuli if stimulus)


@dataclass(frozen=True, slots=True)
class VoteTable:
    """The original study's table for a word: its clusters x the photographs it was asked about.

    `condition` is None where it is the table of questions of no condition.
    """

    condition: str | None

    columns: tuple[Cell, ...]
    rows: tuple[VoteRow, ...]


def word_label(word: Word | None) -> WordLabel | None:
    return WordLabel(word.text, word.reading, word.gloss) if word else None


def picture_of(image: StylisedImage | ContentImage) -> Picture:
    return Picture(image.file.url, image.width, image.height)
