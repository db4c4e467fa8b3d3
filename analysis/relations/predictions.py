"""How well a measure of the stimuli predicts votes and accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.frames import Content, Picture, Selected, WordLabel
from analysis.relations.grids import of_offered, targets_differ
from analysis.relations.measures import MEASURES, Measure, Measures, Values
from analysis.stats import NotEstimable
from analysis.stats.answers import Answers
from analysis.stats.image_votes import (
    ImageVotes,
    image_votes,
    question_accuracy,
    question_means,
)
from analysis.stats.prediction import RankCorrelation, rank_correlation

Correlation = RankCorrelation | NotEstimable


@dataclass(frozen=True, slots=True)
class Predicted:
    """A measure's rank correlation with each image's share of votes, and with the accuracy of
    each question, for which the measure is averaged over the question's targets."""

    shares: Correlation
    accuracy: Correlation


@dataclass(frozen=True, slots=True)
class Prediction:
    """A measure and how well it predicts."""

    measure: Measure
    predicted: Predicted


@dataclass(frozen=True, slots=True)
class StimulusRow:
    """A stimulus as a target: its votes of the times it was offered, and its measures."""

    pk: int
    word: WordLabel
    content: Content
    cluster: int
    condition: str
    picture: Picture
    votes: int
    offers: int
    values: tuple[float | None, ...]
    score: float | None
    seen: WordLabel | None

    @property
    def share(self) -> float:
        return self.votes / self.offers


def votes_of(selected: Selected) -> ImageVotes | NotEstimable:
    return of_offered(selected, image_votes, needs_grids=targets_differ(selected.answers))


def predicted(selected: Selected, values: Values) -> Predicted:
    """Of a value per image; computed once for the same answers and values."""
    votes = votes_of(selected)
    if isinstance(votes, NotEstimable):
        return Predicted(votes, votes)
    # None is equal to itself, which NaN is not: equal values are the same computation.
    shares: Values = tuple(None if np.isnan(share) else share for share in votes.share.tolist())
    return selected.once(_predicted, shares, values)


def _predicted(answers: Answers, shares: Values, values: Values) -> Predicted:
    measured = np.array(values, dtype=np.float64)
    words = np.array([image.word for image in answers.images], dtype=np.int64)
    asked = np.array([question.word for question in answers.questions], dtype=np.int64)
    means, accuracy = question_means(answers, measured), question_accuracy(answers)
    return Predicted(
        shares=rank_correlation(measured, np.array(shares, dtype=np.float64), words),
        accuracy=rank_correlation(means, accuracy, asked),
    )


def predictions(selected: Selected, measures: Measures) -> list[Prediction]:
    """Of each stored measure."""
    return [
        Prediction(measure, predicted(selected, measures.values[measure.field]))
        for measure in MEASURES
    ]


def stimulus_rows(selected: Selected, votes: ImageVotes, measures: Measures) -> list[StimulusRow]:
    """The stimuli that were offered as targets, word by word."""
    layout = selected.frame.layout
    rows = [
        StimulusRow(
            pk=layout.stimuli[i],
            word=layout.words[stimulus.word],
            content=layout.contents[stimulus.content],
            cluster=stimulus.cluster,
            condition=stimulus.condition,
            picture=layout.pictures[i],
            votes=int(votes.votes[i]),
            offers=int(votes.offers[i]),
            values=tuple(measures.values[measure.field][i] for measure in MEASURES),
            score=measures.score[i],
            seen=measures.seen[i],
        )
        for i, stimulus in enumerate(layout.images)
        if votes.offers[i]
    ]
    place = _places(layout.words)
    return sorted(
        rows, key=lambda row: (place[row.word], row.content.name, row.condition, row.cluster)
    )


def _places(words: tuple[WordLabel, ...]) -> Mapping[WordLabel, int]:
    return {word: place for place, word in enumerate(words)}
