"""The only door from stored answers to tables; what counts as an answer is decided here.

`load` gives all answers of a study, a `Selection` says which are counted: of people of which
origins, and so on; by default of those whose origin the study counts. Catch
questions have no word and are never pooled with word questions. A condition is the name of the
recipe that made a question's images; without one, a table is of all conditions.
"""

from analysis.frames.columns import Participants
from analysis.frames.counts import answers, cells, origins, people, scores
from analysis.frames.frame import Frame, counted, counted_in, forget, load
from analysis.frames.layout import Layout
from analysis.frames.selected import Catches, LeftOut, Selected
from analysis.frames.selection import Selection
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
    "Catches",
    "Cell",
    "Content",
    "Frame",
    "GivenAnswer",
    "Layout",
    "LeftOut",
    "OptionVotes",
    "OriginCount",
    "Participants",
    "People",
    "Picture",
    "Score",
    "Selected",
    "Selection",
    "StimulusVotes",
    "VoteRow",
    "VoteTable",
    "WordLabel",
    "answers",
    "cells",
    "counted",
    "counted_in",
    "forget",
    "load",
    "option_votes",
    "origins",
    "people",
    "scores",
    "vote_tables",
]
