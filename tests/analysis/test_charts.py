import json

import pytest
from django.utils import translation
from plotly.utils import PlotlyJSONEncoder

from analysis import charts, frames, reports
from analysis.stats import NotEstimable, Proportion
from tests.analysis import factories

pytestmark = pytest.mark.django_db


def rows_of(study):
    return reports.words(reports.about_words(frames.cells(frames.counted(study))))


def level_study():
    """Three words with the same chance level: 3 of 9."""
    study = factories.make_study(contents=2, words=3)
    factories.add_people(study, 5, skill={"fusafusa": 0.9, "zarazara": 0.5, "mofumofu": 0.1})
    return study


def texts(figure):
    return [note["text"] for note in figure["layout"]["annotations"]]


def assert_bars(figure, expected):
    """The bars and the ends of their arms are these estimates."""
    bars = figure["data"][0]
    assert bars["type"] == "bar"
    assert list(bars["y"]) == [label for label, _estimate in expected]
    assert list(bars["x"]) == [estimate.accuracy for _label, estimate in expected]
    arms = bars["error_x"]
    ends = zip(bars["x"], arms["arrayminus"], arms["array"], strict=True)
    for (x, minus, plus), (_label, estimate) in zip(ends, expected, strict=True):
        assert minus >= 0 <= plus
        assert x - minus == pytest.approx(estimate.interval.low)
        assert x + plus == pytest.approx(estimate.interval.high)


def test_words_chart(crowd):
    rows = rows_of(crowd)
    chart = charts.words_chart(rows)
    estimates = [(f"{r.word.reading} {r.word.text}", r.estimate) for r in rows]
    assert_bars(chart.figure, estimates)
    axis = chart.figure["layout"]["yaxis"]
    assert axis["categoryarray"] == [label for label, _estimate in estimates]
    # The range runs downwards, so that the first category, the best word, is on top.
    assert axis["range"] == [len(rows) - 0.5, -0.5]
    assert chart.figure["layout"]["xaxis"]["range"] == [0, 1]
    for estimate in (estimate for _label, estimate in estimates):
        assert any(text.endswith(f"<i>n</i> {estimate.n}") for text in texts(chart.figure))


def test_content_charts_share_the_order_of_the_words(crowd):
    columns = reports.contents(reports.about_words(frames.cells(frames.counted(crowd))))
    drawn = charts.content_charts(columns)
    assert len({chart.id for chart in drawn}) == len(columns)
    order = [f"{r.word.reading} {r.word.text}" for r in rows_of(crowd)]
    for chart, column in zip(drawn, columns, strict=True):
        assert chart.figure["layout"]["yaxis"]["categoryarray"] == order
        estimates = [(f"{w.reading} {w.text}", cell.estimate) for w, cell in column.cells]
        assert_bars(chart.figure, [item for item in estimates if isinstance(item[1], Proportion)])


def test_one_chance_level_is_a_line():
    figure = charts.words_chart(rows_of(level_study())).figure
    (line,) = figure["layout"]["shapes"]
    assert (line["x0"], line["x1"], line["y0"], line["y1"]) == (1 / 3, 1 / 3, 0, 1)
    assert "px" in line["line"]["dash"]
    assert texts(figure)[0] == "chance 33%"
    assert len(figure["data"]) == 1


def test_several_chance_levels_are_marks():
    study = factories.make_study(contents=1, words=3)
    study.questions.first().options.filter(is_target=False).first().delete()
    factories.add_people(study, 2)
    rows = rows_of(study)
    figure = charts.words_chart(rows).figure
    assert "shapes" not in figure["layout"]
    marks = figure["data"][1]
    assert list(marks["y"]) == list(figure["data"][0]["y"])
    assert list(marks["x"]) == [row.estimate.chance for row in rows]
    assert set(marks["x"]) == {3 / 8, 3 / 9}
    assert marks["showlegend"]


def test_a_word_without_answers_keeps_its_place_without_a_bar():
    study = level_study()
    trials = [t for person in study.participants.all() for t in person.trials.all()]
    for trial in trials:
        if trial.question.word and trial.question.word.reading == "fusafusa":
            trial.chosen = trial.answered_at = trial.position = None
            trial.save()
    rows = rows_of(study)
    assert isinstance(rows[-1].estimate, NotEstimable)
    figure = charts.words_chart(rows).figure
    assert "fusafusa ふさふさ" not in figure["data"][0]["y"]
    assert figure["layout"]["yaxis"]["categoryarray"][-1] == "fusafusa ふさふさ"
    assert texts(figure)[-1] == "–"


def test_no_answers():
    chart = charts.words_chart(rows_of(factories.make_study()))
    assert chart.summary == "No answers yet."
    assert len(chart.figure["data"][0]["x"]) == 0
    assert "shapes" not in chart.figure["layout"]


def test_the_summary_names_the_extremes():
    rows = rows_of(level_study())
    summary = charts.words_chart(rows).summary
    best, worst = rows[0], rows[-1]
    assert "accuracy of 3 words with 95% intervals" in summary
    assert f"from {best.word.reading} {best.word.text}, {best.estimate.accuracy:.0%}," in summary
    assert f"to {worst.word.reading} {worst.word.text}, {worst.estimate.accuracy:.0%}." in summary


def test_labels_follow_the_reader():
    rows = rows_of(level_study())
    with translation.override("ja"):
        figure = charts.words_chart(rows).figure
    assert list(figure["data"][0]["y"]) == [row.word.text for row in rows]


def test_the_figure_is_plain_json(crowd):
    # The page writes it by Django's encoder, which knows neither numpy nor plotly.
    columns = reports.contents(reports.about_words(frames.cells(frames.counted(crowd))))
    for chart in [charts.words_chart(rows_of(crowd)), *charts.content_charts(columns)]:
        plain = json.loads(json.dumps(chart.figure))
        assert plain == json.loads(json.dumps(chart.figure, cls=PlotlyJSONEncoder))


def test_every_colour_is_a_property_of_the_page():
    figure = json.dumps(charts.words_chart(rows_of(level_study())).figure)
    assert "#" not in figure
    assert figure.count("rgb") == 2  # the transparent backgrounds


def test_the_table_behind_a_chart_is_its_estimates(crowd):
    rows = rows_of(crowd)
    chart = charts.words_chart(rows)
    assert chart.columns == ("word", "correct", "n", "accuracy", "low", "high", "chance")
    for row, shown in zip(rows, chart.rows, strict=True):
        label = f"{row.word.reading} {row.word.text}"
        if isinstance(row.estimate, NotEstimable):
            assert shown == (label, *[None] * 6)
            continue
        e = row.estimate
        assert shown[:4] == (label, e.correct, e.n, e.accuracy)
        assert shown[4:] == (max(e.interval.low, 0.0), min(e.interval.high, 1.0), e.chance)


def test_a_chart_names_its_files():
    columns = reports.contents(reports.about_words(frames.cells(frames.counted(level_study()))))
    chart, *_others = charts.content_charts(columns)
    assert chart.file == columns[0].content.name
    assert chart.title == f"Accuracy of each word on {columns[0].content.name}"
    assert charts.Chart("A chart/of ours", {}, "").file == "a-chartof-ours"
