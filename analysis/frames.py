"""The only door from stored answers to tables; what counts as an answer is decided here.

A counted answer is an answered trial of a participant whose origin the study counts. Catch
questions have no word and are never pooled with word questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, Q

from generation.models import ContentImage, StylisedImage, Word
from survey.models import Option, Participant, Question, Study, Trial
from survey.querysets import TrialQuerySet

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
    """One question, which is one word on one photograph (or a catch), and its counted answers."""

    index: int
    word: WordLabel | None
    content: Content
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
    is_target: bool
    votes: int


@dataclass(frozen=True, slots=True)
class StimulusVotes:
    """A stylised image: votes when its own word was asked, and when another word was.

    `answers` and `lure_answers` count how often it could have been chosen in either role.
    """

    picture: Picture
    votes: int
    answers: int
    lure_votes: int
    lure_answers: int


@dataclass(frozen=True, slots=True)
class VoteRow:
    """The images of one style cluster, one a question; None where no such image is offered."""

    cluster: int
    stimuli: tuple[StimulusVotes | None, ...]

    @property
    def votes(self) -> int:
        return sum(stimulus.votes for stimulus in self.stimuli if stimulus)


@dataclass(frozen=True, slots=True)
class VoteTable:
    """The original study's table for a word: its clusters x the photographs it was asked about."""

    columns: tuple[Cell, ...]
    rows: tuple[VoteRow, ...]


def counted_trials(study: Study) -> TrialQuerySet:
    return Trial.objects.answered().filter(
        participant__study=study, participant__origin__in=study.counted_origins
    )


def cells(study: Study) -> list[Cell]:
    """Every question of the study in its order, in two queries."""
    questions = (
        Question.objects.filter(study=study)
        .select_related("word", "content")
        .annotate(
            n_options=Count("options"),
            n_targets=Count("options", filter=Q(options__is_target=True)),
        )
        .order_by("index")
    )
    tally = {
        row["question_id"]: (row["answers"], row["correct"])
        for row in counted_trials(study)
        .values("question_id")
        .annotate(answers=Count("pk"), correct=Count("pk", filter=Q(chosen__is_target=True)))
    }
    return [
        Cell(
            index=question.index,
            word=_word(question.word),
            content=Content(question.content.name, _picture(question.content)),
            targets=question.n_targets,
            options=question.n_options,
            answers=tally.get(question.pk, (0, 0))[0],
            correct=tally.get(question.pk, (0, 0))[1],
        )
        for question in questions
    ]


def scores(study: Study) -> list[Score]:
    """Correct and all counted answers to word questions, person by person."""
    rows = (
        counted_trials(study)
        .filter(question__kind=Question.Kind.WORD)
        .values("participant_id")
        .annotate(answers=Count("pk"), correct=Count("pk", filter=Q(chosen__is_target=True)))
    )
    return [(row["correct"], row["answers"]) for row in rows]


def people(study: Study) -> People:
    """Who is behind the counted answers."""
    rows = dict(
        counted_trials(study)
        .values_list("participant__origin")
        .annotate(people=Count("participant", distinct=True))
    )
    return People(sum(rows.values()), rows.get(Participant.Origin.BOT, 0))


def origins(study: Study) -> list[OriginCount]:
    """Who came, counted or not, in the order of the origins."""
    rows = {
        row["origin"]: row
        for row in Participant.objects.filter(study=study)
        .values("origin")
        .annotate(started=Count("pk"), complete=Count("finished_at"))
    }
    return [
        OriginCount(
            label=str(origin.label),
            counted=origin in study.counted_origins,
            started=rows[origin]["started"],
            complete=rows[origin]["complete"],
        )
        for origin in Participant.Origin
        if origin in rows
    ]


def option_votes(study: Study, *, index: int) -> list[OptionVotes]:
    """The options of one question in their canonical order."""
    options = (
        Option.objects.filter(question__study=study, question__index=index)
        .select_related("content", "stylised__cluster__clustering__word")
        .order_by("index")
    )
    votes = _votes(counted_trials(study).filter(question__index=index))
    return [
        OptionVotes(
            picture=_picture(option.image),
            word=_word(option.stylised.cluster.word) if option.stylised else None,
            cluster=option.stylised.cluster.index if option.stylised else None,
            is_target=option.is_target,
            votes=votes.get(option.pk, 0),
        )
        for option in options
    ]


def vote_table(study: Study, *, reading: str, cells: Sequence[Cell]) -> VoteTable:
    """The votes for the images of one word; `cells` are the study's, from `cells(study)`."""
    asked_cells = (cell for cell in cells if cell.word and cell.word.reading == reading)
    columns = tuple(sorted(asked_cells, key=lambda cell: cell.content.name))
    asked = Q(question__word__reading=reading, is_target=True)
    lure = Q(stylised__cluster__clustering__word__reading=reading, is_target=False)
    options = list(
        Option.objects.filter(asked | lure, question__study=study, question__kind="word")
        .select_related("question", "stylised__cluster")
        .order_by("stylised__cluster", "stylised__recipe", "question__index")
    )
    votes = _votes(counted_trials(study).filter(chosen__in=[option.pk for option in options]))
    answers = {cell.index: cell.answers for cell in cells}
    return VoteTable(columns, tuple(_vote_rows(columns, options, votes, answers)))


def _vote_rows(
    columns: Sequence[Cell],
    options: Sequence[Option],
    votes: dict[int, int],
    answers: dict[int, int],
) -> Iterable[VoteRow]:
    lures: dict[int, list[Option]] = {}
    rows: dict[tuple[int, int], dict[int, Option]] = {}
    for option in options:
        image = _stylised(option)
        if option.is_target:
            rows.setdefault((image.cluster_id, image.recipe_id), {})[option.question.index] = option
        else:
            lures.setdefault(image.pk, []).append(option)

    def stimulus(option: Option) -> StimulusVotes:
        elsewhere = lures.get(_stylised(option).pk, [])
        return StimulusVotes(
            picture=_picture(option.image),
            votes=votes.get(option.pk, 0),
            answers=answers[option.question.index],
            lure_votes=sum(votes.get(other.pk, 0) for other in elsewhere),
            lure_answers=sum(answers[other.question.index] for other in elsewhere),
        )

    for row in rows.values():
        offered = [row.get(column.index) for column in columns]
        cluster = _stylised(next(iter(row.values()))).cluster.index
        yield VoteRow(cluster, tuple(stimulus(option) if option else None for option in offered))


def _votes(trials: TrialQuerySet) -> dict[int, int]:
    return dict(trials.values_list("chosen_id").annotate(votes=Count("pk")))


def _stylised(option: Option) -> StylisedImage:
    if option.stylised is None:
        raise ValueError(f"{option!r} of a question about a word is not a stylised image")
    return option.stylised


def _word(word: Word | None) -> WordLabel | None:
    return WordLabel(word.text, word.reading, word.gloss) if word else None


def _picture(image: StylisedImage | ContentImage) -> Picture:
    return Picture(image.file.url, image.width, image.height)
