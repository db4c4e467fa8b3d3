"""Accuracies of the style clusters, by hand and beside the votes of the reference."""

import json

import pytest
from hypothesis import given

from analysis import tidy
from analysis.stats.intervals import NotEstimable, Reason, wilson
from analysis.summary.accuracies import per_word
from analysis.summary.style_clusters import per_cluster
from analysis.summary.tallies import Tallies
from tests.analysis.tidyfiles import RIGHT, lines, row

from .stats.tables import SETS, Row, drawn, expected, reference, table, without_grid

GRID = (("a", 0), ("a", 1), ("b", 0))


def clusters_of(answers):
    return per_cluster(Tallies.of(answers))


def counted(found):
    return {name: (figures["correct"], figures["n"]) for name, figures in found.items()}


def test_by_hand():
    answers = [("p", "c", 0), ("p", "d", 0), ("q", "c", 2), ("q", "d", 0), ("r", "c", 0)]
    found = clusters_of(
        table([*(Row(p, "a", c, GRID, at) for p, c, at in answers), Row("p", "b", "c", GRID, 0)])
    )
    # a0 was chosen for b too, which is no vote for it; b1 does not exist.
    assert counted(found) == {"a|0": (4, 5), "a|1": (0, 5), "b|0": (0, 1)}
    first = found["a|0"]
    assert first["accuracy"] == pytest.approx(4 / 5)
    assert first["chance"] == pytest.approx(1 / 3)
    # At least 4 of 5 by guessing at 1/3; of three clusters it is the least, the others are 1.
    assert first["p_greater"] == pytest.approx(11 / 243)
    assert first["p_greater_holm"] == pytest.approx(3 * 11 / 243)
    assert first["wilson95"] == wilson(4, 5)
    # People have 2/2, 1/2, 1/1: residuals 0.4, -0.6, 0.2 of a variance 0.8 * 0.2 * 5.
    assert first["deff"] == pytest.approx(0.56 * 3 / 2 / 0.8)
    assert first["wilson95_neff"] == wilson(4 / first["deff"], 5 / first["deff"])
    assert found["a|1"]["deff"] == NotEstimable(Reason.ALL_ALIKE)


def test_a_cluster_counts_where_it_was_offered():
    """Of the two images of a, each person is offered one."""
    answers = table(
        [
            Row("p", "a", "c", (("a", 0), ("b", 0)), 0),
            Row("q", "a", "c", (("a", 1), ("b", 0)), 1),
            Row("r", "a", "c", (("a", 0), ("b", 0)), 1),
        ]
    )
    found = clusters_of(answers)
    assert counted(found) == {"a|0": (1, 2), "a|1": (0, 1)}
    assert found["a|0"]["chance"] == pytest.approx(1 / 2)
    assert clusters_of(without_grid(answers)) == NotEstimable(Reason.NO_GRID)


def test_clusters_that_nobody_was_offered_have_no_accuracy():
    answers = table([Row("p", "a", "c", GRID, 0), Row("q", "b", "c", GRID, 0)])
    found = clusters_of(answers.without(frozenset({1})))
    assert counted(found) == {"a|0": (1, 1), "a|1": (0, 1), "b|0": (0, 0)}
    assert found["b|0"]["accuracy"] == NotEstimable(Reason.NO_ANSWERS)


def test_a_cluster_that_is_offered_by_two_recipes_is_easier_to_guess():
    options = json.dumps(
        [{"word": "fusa", "cluster": 0, "condition": "a"},
         {"word": "fusa", "cluster": 0, "condition": "b"},
         {"word": "zara", "cluster": 1, "condition": "a"}]
    )  # fmt: skip
    answers = tidy.read_lines(lines(row(options=options, **RIGHT))).answers
    found = clusters_of(answers)
    assert counted(found) == {"fusa|0": (1, 1)}
    assert found["fusa|0"]["chance"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("which", SETS)
def test_votes_are_those_of_the_reference(which):
    found = clusters_of(reference(which))
    assert len(found) == 23 * 3
    for word, figures in expected(which)["per_word"].items():
        votes = figures["cluster_votes"].values()
        for cluster, of_contents in enumerate(zip(*votes, strict=True)):
            own = found[f"{word}|{cluster}"]
            assert (own["correct"], own["n"]) == (sum(of_contents), figures["n"])
            assert own["chance"] == pytest.approx(1 / 9)


@pytest.mark.parametrize("fixed", [True, False])
def test_the_clusters_of_a_word_add_up_to_it(fixed):
    @given(drawn(fixed=fixed))
    def check(answers):
        tallies = Tallies.of(answers)
        found = per_cluster(tallies)
        for word, figures in per_word(tallies).items():
            own = [each for name, each in found.items() if name.split("|")[0] == word]
            assert sum(each["correct"] for each in own) == figures["correct"]

    check()
