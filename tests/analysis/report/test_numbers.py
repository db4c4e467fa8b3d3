"""The figures of a report are those of the pages, and those of the exported file."""

from __future__ import annotations

import json

import pytest

from analysis import frames, reports
from analysis.__main__ import main
from analysis.comparison import compare
from analysis.exports import csvfile, tidy
from analysis.report.conditions import conditions_of
from analysis.report.render import render
from analysis.report.structure import confusions_of
from analysis.stats import NotEstimable
from analysis.stats.agreement import By
from analysis.summary.accuracies import per_condition
from analysis.summary.tallies import Tallies
from generation.models import Recipe
from survey.models import Trial
from tests.analysis.factories import add_people
from tests.analysis.pages import Page
from tests.survey.studies import make_conditions

EXACT = 1e-12


@pytest.fixture
def report(study, report_of):
    return report_of(study, with_mixed=True)


@pytest.fixture
def summary(study, report, tmp_path):
    """What `python -m analysis` says of the export of the same answers."""
    trials = report.asked.frame.select(report.asked.selection).trials()
    file, out = tmp_path / "answers.csv", tmp_path / "out.json"
    file.write_bytes(b"".join(csvfile.pieces(tidy.rows(study, trials))))
    main([str(file), "--json", str(out)])
    return json.loads(out.read_text())


def close(value, expected):
    if isinstance(value, NotEstimable):
        assert expected == {"not_estimable": str(value.reason)}
    else:
        assert value == pytest.approx(expected, abs=EXACT)


def test_the_exported_file_gives_the_same_accuracies(report, summary):
    found, expected = report.results.accuracies, summary["all"]
    overall = found.overall
    assert (overall.people, overall.answers) == (11, summary["all"]["n_answers"])
    assert overall.estimate.correct == expected["overall"]["correct"]
    assert [overall.interval.low, overall.interval.high] == pytest.approx(
        expected["overall"]["participant_t95"]
    )
    close(overall.test.p_greater, expected["overall"]["p_greater"])
    close(overall.design_effect, expected["overall"]["deff"])
    assert {report.labels[g.index].reading for g in found.words} == set(expected["per_word"])
    for group in found.words:
        word = expected["per_word"][report.labels[group.index].reading]
        estimate = group.estimate
        assert (estimate.correct, estimate.n) == (word["correct"], word["n"])
        assert [estimate.interval.low, estimate.interval.high] == pytest.approx(word["wilson95"])
        close(estimate.chance, word["chance"])
        close(group.p, word["p_greater"])
        close(group.p_holm, word["p_greater_holm"])
        close(group.p_bh, word["p_greater_fdr_bh"])
        close(group.dprime, word["dprime_mofk"])
        assert group.evidence.log10 == pytest.approx(word["e_value_log10"])
    for group in found.contents:
        content = expected["per_content"][report.results.answers.contents[group.index]]
        assert (group.estimate.correct, group.estimate.n) == (content["correct"], content["n"])


def test_the_exported_file_gives_the_same_pairs_and_votes(report, summary):
    results, expected = report.results, summary["all"]
    contents = [results.answers.contents[group.index] for group in results.accuracies.contents]
    for group, row in zip(results.accuracies.words, results.accuracies.pairs, strict=True):
        reading = report.labels[group.index].reading
        for content, estimate in zip(contents, row, strict=True):
            cell = expected["per_question"][f"{content}|{reading}|test"]
            assert (estimate.correct, estimate.n) == (cell["correct"], cell["n"])
    for grid in results.grids:
        votes = expected["per_word"][report.labels[grid.word].reading]["cluster_votes"]
        for place, column in enumerate(grid.columns):
            own = [row.images[place].votes for row in grid.rows]
            assert own == votes[results.answers.contents[column.content]]
            assert sum(own) + column.others == column.answers
        for row in grid.rows:
            cluster = expected["per_cluster"][f"{report.labels[grid.word].reading}|{row.cluster}"]
            assert cluster["correct"] == row.votes
            assert cluster["n"] == sum(image.answers for image in row.images if image)


def test_the_exported_file_gives_the_same_structure(report, summary):
    results, expected = report.results, summary["all"]
    images = dict(results.agreements)[By.IMAGE]
    close(images.kappa, expected["agreement"]["image_label"]["fleiss_kappa"])
    close(images.alpha, expected["agreement"]["image_label"]["krippendorff_alpha"])
    close(results.reliability.odd_even, expected["split_half_words"]["odd_even_spearman_brown"])
    close(results.times.median, expected["rt"]["median"])
    close(results.times.geometric_mean, expected["rt"]["geometric_mean"])
    assert list(results.positions.counts) == expected["position_bias"]["counts"]
    words = expected["confusion"]["words"]
    for pair in results.confusions:
        row, column = (words.index(report.labels[i].reading) for i in (pair.asked, pair.chosen))
        assert pair.count == expected["confusion"]["counts"][row][column]
        offers = expected["confusion"]["exposure"][row][column]
        assert pair.rate == pytest.approx(pair.count / offers)
    model = results.mixed.model
    assert model.intercept.value == pytest.approx(expected["glmm"]["intercept_vs_chance"], abs=1e-4)
    assert model.sd_word == pytest.approx(expected["glmm"]["sd_word"], abs=1e-4)
    differ = expected["glmm"]["with_contents"]["likelihood_ratio"]
    assert results.mixed.differ.statistic == pytest.approx(differ["statistic"], abs=1e-4)


def test_the_exported_file_flags_the_same_people(report, summary):
    found = report.results.careless
    assert found.people_flagged == len(summary["excluded"]) > 0
    assert found.everybody.answers == summary["all"]["n_answers"]
    clean = summary["clean"]["overall"]
    assert (found.others.estimate.correct, found.others.answers) == (clean["correct"], clean["n"])


def test_the_pages_have_the_same_figures(study, report):
    selected = report.asked.frame.select(report.asked.selection)
    cells = reports.about_words(frames.cells(selected))
    rows = reports.words(cells)
    groups = report.results.accuracies.words
    assert [row.word for row in rows] == [report.labels[group.index] for group in groups]
    for row, group in zip(rows, groups, strict=True):
        assert row.estimate == group.estimate
        assert row.p_value == pytest.approx(group.p_holm, abs=EXACT)
    columns = reports.contents(cells)
    assert [column.estimate for column in columns] == [
        group.estimate for group in report.results.accuracies.contents
    ]
    headline = reports.headline(frames.cells(selected), frames.scores(selected))
    assert headline.words == report.results.accuracies.overall.estimate
    assert headline.people.mean == pytest.approx(report.results.accuracies.overall.mean.mean)
    assert headline.catches == report.catches


def test_what_is_printed_is_what_was_computed(report):
    page = Page(render(report))
    table = next(rows for rows in page.tables if rows[0][0] == "Word" and "Correct" in rows[0])
    head = table[0]
    for row, group in zip(table[1:], report.results.accuracies.words, strict=True):
        shown = dict(zip(head, row, strict=True))
        assert shown["Word"].startswith(report.labels[group.index].reading)
        assert (shown["Correct"], shown["n"]) == (
            str(group.estimate.correct), str(group.estimate.n),
        )  # fmt: skip
    stored = Trial.objects.answered().filter(question__kind="word").count()
    assert sum(int(dict(zip(head, row, strict=True))["n"]) for row in table[1:]) == stored


@pytest.mark.parametrize("design", ["within", "between"])
def test_conditions_differ_as_on_their_page(db, design):
    study = make_conditions("other", design=design)
    for recipe in Recipe.objects.all() if design == "between" else [None]:
        add_people(study, 4, skill=0.6, condition=recipe, seed=recipe.pk if recipe else 0)
    frame = frames.load(study)
    selected = frame.select(frames.Selection())
    is_paired = design == "within"
    found = conditions_of(selected.answers, is_paired=is_paired, baseline="other")
    assert [condition.name for condition in found] == ["other", "test"]
    expected = compare(
        frames.cells(selected), frames.answers(selected), baseline="other", is_paired=is_paired
    ).overall
    assert [condition.mean for condition in found] == list(expected.people)
    assert found[0].difference is None
    (difference,) = expected.differences
    assert found[1].difference.value == pytest.approx(difference.value)
    assert found[1].difference.interval.low == pytest.approx(difference.interval.low)
    told = per_condition(Tallies.of(selected.answers))
    assert set(told) == {"other", "test"}
    for condition in found:
        figures = told[condition.name]
        assert figures["participant_t95"] == condition.mean.interval
        assert figures["wilson95"] == condition.estimate.interval
        assert figures["correct"] / figures["n"] == condition.estimate.accuracy


def test_distractors_that_are_redrawn_are_counted_as_offered(db):
    study = make_conditions(distractors="redrawn", words=4)
    add_people(study, 3, skill=0.3)
    selected = frames.load(study).select(frames.Selection())
    assert isinstance(confusions_of(selected.answers)[0].rate, NotEstimable)
    for pair in confusions_of(selected.grids()):
        assert 0 < pair.rate <= 1
