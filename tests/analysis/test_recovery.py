"""The words' accuracies that simulated people have are found again by the pages of the results.

An interval at 95 % misses the truth once in twenty times, so a few of 23 may: were each to miss
with 0.05 for itself, more than `MOST_MISSES` would in less than one study of a hundred. Simulated
people answer independently, for which the page's three kinds of interval are made. The model's
intervals are around shrunken values and hold on average over words (Morris 1983), so the words'
true logits are spread as the model takes them to be: evenly over a normal distribution. Of 60 other
draws with these skills, 5.2 % of the intervals clustered by participant and 5.5 % of the model's
missed.
"""

import math

import numpy as np
import pytest
from django.utils import timezone
from scipy import special, stats

from analysis import computed, frames
from analysis.model_reports import mixed_report
from analysis.word_figures import Method, word_figures
from survey.models import Participant, Trial
from survey.services.enrol import enrol
from survey.simulation.mind import Mind
from tests.factories import WORDS
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db

PEOPLE, CONTENTS = 30, 3
MEAN, SD = 0.4, 0.8  # of the words' logits
NORMALS = special.ndtri((np.arange(len(WORDS)) + 0.5) / len(WORDS))
SKILLS = dict(
    zip((word for _text, word in WORDS), special.expit(MEAN + SD * NORMALS).tolist(), strict=True)
)
# What a wrong list of skills looks like: the best word has the skill of the worst.
REVERSED = dict(zip(SKILLS, reversed(SKILLS.values()), strict=True))
MOST_MISSES = int(stats.binom.ppf(0.99, len(SKILLS), 0.05))
# Of a single word, so that all of them pass with 99 % (Bonferroni).
ALPHA = 0.01 / len(SKILLS)


@pytest.fixture
def selected():
    """The counted answers of people who choose as the simulator does, in the grids of their own."""
    study = make_study(contents=CONTENTS, words=len(SKILLS), counted_origins=["bot"])
    mind = Mind(study, seed=1, skills=SKILLS)
    trials = []
    for number in range(1, PEOPLE + 1):
        label = f"bot-{number:03}"
        bot = enrol(study=study, language="ja", origin=Participant.Origin.BOT, label=label)
        for trial in bot.trials.all():
            trial.position = mind.position(label, trial.grid)
            trial.chosen_id = trial.grid[trial.position]
            trial.answered_at = timezone.now()
            trials.append(trial)
    Trial.objects.bulk_update(trials, ["position", "chosen", "answered_at"], batch_size=500)
    return frames.counted(study)


def misses(intervals, skills):
    return sum(not found.low <= skills[word] <= found.high for word, found in intervals.items())


def test_the_page_of_words_finds_the_known_accuracies(selected):
    for method in Method:
        rows = {row.word.reading: row.estimate for row in word_figures(selected, method)}
        intervals = {word: estimate.interval for word, estimate in rows.items()}
        assert intervals.keys() == SKILLS.keys()
        assert misses(intervals, SKILLS) <= MOST_MISSES, method
        assert misses(intervals, REVERSED) > len(SKILLS) / 2, method
    for word, estimate in rows.items():
        assert estimate.n == PEOPLE * CONTENTS
        test = stats.binomtest(estimate.correct, estimate.n, SKILLS[word])
        assert test.pvalue > ALPHA, word


def test_the_mixed_model_finds_the_known_accuracies(selected):
    found = computed.read(computed.compute_mixed(selected, lambda stage, step: None))
    report = mixed_report(found, selected.frame.layout)
    intervals = {line.word.reading: line.effect.interval for line in report.words}
    assert intervals.keys() == SKILLS.keys()
    assert misses(intervals, SKILLS) <= MOST_MISSES
    assert misses(intervals, REVERSED) > len(SKILLS) / 2
    # Three times the error of a deviation of so many normals: sd / sqrt(2 n).
    assert abs(report.model.sd_word / SD - 1) < 3 / math.sqrt(2 * len(SKILLS))
    truth = MEAN - special.logit(report.chance)
    assert abs(report.model.intercept.value - truth) < 3 * report.model.intercept.error
