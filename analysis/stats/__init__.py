"""Statistics of forced-choice answers, in numpy and scipy alone."""

from analysis.stats.accuracy import Proportion, accuracy
from analysis.stats.chance import ChanceTest, Guessing, chance_test, guessing_pmf, holm
from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import (
    Interval,
    NotEstimable,
    PeopleMean,
    Reason,
    clopper_pearson,
    people_mean,
    wilson,
)

__all__ = [
    "ChanceTest",
    "Guessing",
    "Interval",
    "NotEstimable",
    "PeopleMean",
    "Proportion",
    "Reason",
    "StatisticsError",
    "accuracy",
    "chance_test",
    "clopper_pearson",
    "guessing_pmf",
    "holm",
    "people_mean",
    "wilson",
]
