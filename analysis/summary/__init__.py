"""Every statistic of answers, or of printed votes, as one document."""

from analysis.summary.plain import plain
from analysis.summary.votes import votes_summary
from analysis.summary.whole import DEFAULT_SEED, SECTIONS, summarise

__all__ = ["DEFAULT_SEED", "SECTIONS", "plain", "summarise", "votes_summary"]
