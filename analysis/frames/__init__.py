"""The only door from stored answers to tables; what counts as an answer is decided here.

A counted answer is an answered trial of a participant whose origin the study counts. Catch
questions have no word and are never pooled with word questions. A condition is the name of the
recipe that made a question's images; without one, a table is of all conditions.
"""

from analysis.frames.counts import answers, cells, origins, people, scores
from analysis.frames.tables import (
    Cell,
    Content,
    GivenAnswer,
    OptionVotes,
    OriginCount,
    People,
    Picture,
    Score,
    StimulusVotes,
    VoteRow,
    VoteTable,
    WordLabel,
)
from analysis.frames.votes import option_votes, vote_tables

__all__ = [
    "Cell",
    "Content",
    "GivenAnswer",
    "OptionVotes",
    "OriginCount",
    "People",
    "Picture",
    "Score",
    "StimulusVotes",
    "VoteRow",
    "VoteTable",
    "WordLabel",
    "answers",
    "cells",
    "option_votes",
    "origins",
    "people",
    "scores",
    "vote_tables",
]
