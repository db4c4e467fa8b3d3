"""Statistics of forced-choice answers, in numpy and scipy alone."""

from analysis.stats.accuracy import Proportion, accuracy
from analysis.stats.chance import ChanceTest, Guessing, chance_test, guessing_pmf, holm
from analysis.stats.differences import (
    Counts,
    Difference,
    fisher_exact,
    newcombe,
    paired_difference,
    sign_test,
    unpaired_difference,
    welch_difference,
)
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
    "Counts",
    "Difference",
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
    "fisher_exact",
    "guessing_pmf",
    "holm",
    "newcombe",
    "paired_difference",
    "people_mean",
    "sign_test",
    "unpaired_difference",
    "welch_difference",
    "wilson",
]
