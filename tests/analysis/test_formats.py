from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analysis import formats
from analysis.stats import Interval, NotEstimable, Reason
from tests.analysis import recount


@pytest.mark.parametrize(
    ("share", "n", "text"),
    [
        (0.0, 9, "0%"),
        (1.0, 9, "100%"),
        (1 / 3, 27, "33%"),
        (0.125, 8, "13%"),
        (0.435, 200, "44%"),
        (0.4355, 1000, "43.6%"),
        (1 / 3, 1000, "33.3%"),
        (1e-7, 999, "0%"),
    ],
)
def test_percent(share, n, text):
    assert formats.percent(share, n) == text


@given(st.integers(1, 999).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_percent_rounds_the_exact_fraction(counts):
    correct, n = counts
    assert formats.percent(correct / n, n) == recount.percent(Fraction(correct, n))


def test_interval_is_cut_at_0_and_1():
    assert formats.interval(Interval(0.246, 0.593), 27) == "25–59%"
    assert formats.interval(Interval(-0.1, 1.2), 3) == "0–100%"


@pytest.mark.parametrize(
    ("p", "text", "relation"),
    [
        (0.0, "< 0.001", "< 0.001"),
        (0.000999, "< 0.001", "< 0.001"),
        (0.001, "0.001", "= 0.001"),
        (0.0314, "0.031", "= 0.031"),
        (0.25, "0.25", "= 0.25"),
        (1.0, "1.00", "= 1.00"),
    ],
)
def test_p_value(p, text, relation):
    assert formats.p_value(p) == text
    assert formats.p_relation(p) == relation


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_reason_is_written(language):
    with translation.override(language):
        texts = {formats.why_not(NotEstimable(reason)) for reason in Reason}
    assert len(texts) == len(Reason)
    assert all(text.isascii() == (language == "en") for text in texts)
