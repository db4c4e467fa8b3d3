"""Studies of several conditions: each figure is counted again, answer by answer."""

import json
import random
from fractions import Fraction

import pytest
from django.utils import translation
from scipy import stats as scipy_stats

from analysis import charts, condition_charts, frames, reports
from analysis.comparison import compare
from analysis.stats import Difference, NotEstimable, PeopleMean, Proportion, Reason, newcombe
from generation.models import Recipe
from survey.models import Option, Study
from tests.analysis import factories, recount
from tests.survey.studies import make_conditions

pytestmark = pytest.mark.django_db

SKILLS = {
    "fusafusa@test": 0.9,
    "fusafusa@other": 0.2,
    "zarazara@test": 0.3,
    "zarazara@other": 0.8,
}
NO_PAIRS = NotEstimable(Reason.NO_PAIRS)


def make_crowd(design: str, seed: int = 1, **fields) -> Study:
    """People who answered all or some, and some who do not count, in two conditions."""
    study = make_conditions("other", slug="study", design=design, **fields)
    chooser = random.Random(seed)
    for origin in ("live", "preview"):
        for number, answered in enumerate((1.0, 0.8, 0.4)):
            for recipe in Recipe.objects.order_by("pk") if design == "between" else [None]:
                factories.add_people(
                    study,
                    4 + number,
                    skill=SKILLS,
                    origin=origin,
                    answered=answered,
                    seed=chooser.getrandbits(32),
                    condition=recipe,
                )
    return study


@pytest.fixture(params=["within", "between"])
def crowd(db, request) -> Study:
    return make_crowd(request.param)


def of(trials, condition):
    """The trials about questions of a condition."""
    return [t for t in trials if t.question.recipe_id and t.question.recipe.name == condition]


def words(trials, reading=None):
    about = recount.about_words(trials)
    return [t for t in about if reading is None or t.question.word.reading == reading]


def counts(trials):
    return sum(t.chosen.is_target for t in trials), len(trials)


def comparison_of(study, baseline="test"):
    return compare(
        frames.cells(frames.counted(study)),
        frames.answers(frames.counted(study)),
        baseline=baseline,
        is_paired=study.design == "within",
    )


def test_cells_have_their_condition(crowd):
    for cell, question in zip(
        frames.cells(frames.counted(crowd)), crowd.questions.all(), strict=True
    ):
        assert cell.condition == (question.recipe and question.recipe.name)
    assert reports.conditions(frames.cells(frames.counted(crowd))) == ["test", "other"]


@pytest.mark.parametrize("condition", ["", "test", "other"])
def test_people_and_their_scores(crowd, condition):
    trials = recount.counted(crowd)
    own = of(trials, condition) if condition else trials
    expected = recount.tally(words(own), lambda trial: trial.participant_id)
    assert sorted(frames.scores(frames.counted(crowd, condition))) == sorted(expected.values())
    who = {trial.participant_id for trial in own}
    assert frames.people(frames.counted(crowd, condition)) == frames.People(len(who), 0)


def test_origins_are_of_the_condition_between_people(crowd):
    came = crowd.participants.filter(origin="live")
    if crowd.design == "between":
        came = came.filter(condition__name="other")
    (live, _preview) = frames.origins(frames.counted(crowd, "other"))
    assert live.started == came.count()
    assert live.complete == came.exclude(finished_at=None).count()
    assert (
        sum(row.started for row in frames.origins(frames.counted(crowd)))
        == crowd.participants.count()
    )


def test_answers(crowd):
    expected = [
        (t.participant_id, t.question.index, t.chosen.is_target)
        for t in words(recount.counted(crowd))
    ]
    found = [(a.person, a.index, a.is_correct) for a in frames.answers(frames.counted(crowd))]
    assert sorted(found) == sorted(expected)


def test_a_table_of_votes_for_each_condition(crowd):
    cells = frames.cells(frames.counted(crowd))
    trials = recount.counted(crowd)
    tables = frames.vote_tables(frames.counted(crowd), reading="fusafusa", cells=cells)
    assert [table.condition for table in tables] == ["test", "other"]
    for table in tables:
        assert len(table.rows) == 3
        assert {row.condition for row in table.rows} == {table.condition}
        own = words(of(trials, table.condition), "fusafusa")
        assert sum(row.votes for row in table.rows) == counts(own)[0]
        lured = [
            t
            for t in words(of(trials, table.condition))
            if not t.chosen.is_target and t.chosen.stylised.cluster.word.reading == "fusafusa"
        ]
        votes = sum(stimulus.lure_votes for row in table.rows for stimulus in row.stimuli)
        assert votes == len(lured)
    (alone,) = frames.vote_tables(
        frames.counted(crowd), reading="fusafusa", cells=reports.of_condition(cells, "other")
    )
    assert alone == tables[1]


def test_a_mixed_catch_tells_whose_image_each_is():
    study = make_conditions("other")
    catch = study.questions.catches().first()
    found = frames.option_votes(frames.counted(study), index=catch.index)
    expected = [o.stylised and o.stylised.recipe.name for o in catch.options.all()]
    assert [option.condition for option in found] == expected
    assert {"test", "other", None} == set(expected)


def test_a_condition_has_its_own_questions_and_nothing_mixed(crowd):
    cells = frames.cells(frames.counted(crowd))
    own = reports.of_condition(cells, "other")
    assert {cell.condition for cell in own} == {"other"}
    assert any(not cell.word for cell in own) == (crowd.design == "between")
    assert reports.of_condition(cells, "") == cells


def test_photographs_take_the_conditions_together(crowd):
    trials = words(recount.counted(crowd))
    for column in reports.contents(frames.cells(frames.counted(crowd))):
        for word, entry in column.cells:
            assert [q.condition for q in entry.questions] == ["test", "other"]
            own = [
                t
                for t in trials
                if t.question.content.name == column.content.name
                and t.question.word.reading == word.reading
            ]
            assert (entry.estimate.correct, entry.estimate.n) == counts(own)


def test_the_same_question_elsewhere(crowd):
    cells = frames.cells(frames.counted(crowd))
    (twin,) = reports.elsewhere(cells, cells[0])
    assert (twin.word, twin.content) == (cells[0].word, cells[0].content)
    assert (cells[0].condition, twin.condition) == ("test", "other")
    one = [cell for cell in cells if cell.condition == "test"]
    assert reports.elsewhere(one, one[0]) == []


@pytest.mark.parametrize("baseline", ["test", "other"])
def test_the_estimates_stand_side_by_side(crowd, baseline):
    trials = recount.counted(crowd)
    found = comparison_of(crowd, baseline)
    assert found.conditions[0] == baseline
    assert set(found.conditions) == {"test", "other"}
    assert len(found.rows) == 3
    for row in found.rows:
        for condition, estimate in zip(found.conditions, row.estimates, strict=True):
            own = words(of(trials, condition), row.word.reading)
            assert isinstance(estimate, Proportion)
            assert (estimate.correct, estimate.n) == counts(own)
        assert [contrast.condition for contrast in row.contrasts] == list(found.others)


def own_differences(trials, first, second):
    """Person by person over the photographs and words that they answered in both conditions."""
    people = {}
    for trial in trials:
        key = trial.question.word_id, trial.question.content_id
        about = people.setdefault(trial.participant_id, {}).setdefault(key, {})
        about[trial.question.recipe.name] = trial.chosen.is_target
    found = []
    for about in people.values():
        both = [c[second] - c[first] for c in about.values() if {first, second} <= set(c)]
        found += [Fraction(sum(both), len(both))] if both else []
    return found


def test_within_people_they_are_compared_with_themselves():
    study = make_crowd("within")
    trials = words(recount.counted(study))
    found = comparison_of(study)
    raw = {}
    for row in found.rows:
        differences = own_differences(words(trials, row.word.reading), "test", "other")
        (contrast,) = row.contrasts
        assert isinstance(contrast.difference, Difference)
        assert contrast.difference.n == len(differences)
        mean = sum(differences) / len(differences)
        assert contrast.difference.value == pytest.approx(float(mean))
        values = [float(d) for d in differences]
        interval = scipy_stats.ttest_1samp(values, 0).confidence_interval()
        assert contrast.difference.interval.low == pytest.approx(interval.low)
        assert contrast.difference.interval.high == pytest.approx(interval.high)
        more, changed = sum(d > 0 for d in values), sum(d != 0 for d in values)
        raw[row.word] = scipy_stats.binomtest(more, changed).pvalue
    for row in found.rows:
        expected = recount.holm(raw[row.word], list(raw.values()))
        assert row.contrasts[0].p_value == pytest.approx(expected)
    (overall,) = found.overall.differences
    everything = own_differences(trials, "test", "other")
    assert overall.value == pytest.approx(float(sum(everything) / len(everything)))
    assert overall.n == len(everything)


def test_between_people_different_people_are_compared():
    study = make_crowd("between")
    trials = recount.counted(study)
    found = comparison_of(study)
    raw = {}
    for row in found.rows:
        a, b = (counts(words(of(trials, name), row.word.reading)) for name in ("test", "other"))
        (contrast,) = row.contrasts
        assert contrast.difference.value == pytest.approx(b[0] / b[1] - a[0] / a[1])
        assert contrast.difference.interval == newcombe(a, b)
        assert contrast.difference.n == a[1] + b[1]
        table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]
        raw[row.word] = scipy_stats.fisher_exact(table).pvalue
    for row in found.rows:
        expected = recount.holm(raw[row.word], list(raw.values()))
        assert row.contrasts[0].p_value == pytest.approx(expected)
    shares = {}
    for name in ("test", "other"):
        tally = recount.tally(words(of(trials, name)), lambda trial: trial.participant_id)
        shares[name] = [right / n for right, n in tally.values()]
    (overall,) = found.overall.differences
    interval = scipy_stats.ttest_ind(
        shares["other"], shares["test"], equal_var=False
    ).confidence_interval()
    assert (overall.interval.low, overall.interval.high) == pytest.approx(tuple(interval))
    for mean, own in zip(found.overall.people, shares.values(), strict=True):
        assert isinstance(mean, PeopleMean)
        assert (mean.people, mean.mean) == (len(own), pytest.approx(sum(own) / len(own)))


def test_mcnemar_by_hand():
    """One photograph: 5 people right by "other" alone, 1 by "test" alone, 2 by both."""
    study = make_conditions("other", contents=1)
    people = factories.add_people(study, 8, skill=1.0)
    for person in people:
        wrong = "test" if person in people[:5] else "other" if person == people[5] else None
        for trial in person.trials.filter(
            question__word__reading="fusafusa", question__recipe__name=wrong
        ):
            trial.chosen = trial.question.options.filter(is_target=False).first()
            trial.save()
    found = {row.word.reading: row for row in comparison_of(study).rows}
    (contrast,) = found["fusafusa"].contrasts
    assert contrast.difference.value == pytest.approx(4 / 8)
    # 2 * (1 + 6) / 2**6, and no other word has a p to adjust for.
    assert contrast.p_value == pytest.approx(14 / 64)
    (alike,) = found["zarazara"].contrasts
    assert alike.p_value == NotEstimable(Reason.NO_CHANGES)
    assert alike.difference == Difference(0.0, NotEstimable(Reason.SAME_DIFFERENCE), 8)


def test_who_answered_one_condition_alone_is_no_pair():
    study = make_conditions("other", contents=1)
    for name, person in zip(("test", "other"), factories.add_people(study, 2), strict=True):
        person.trials.exclude(question__recipe__name=name).update(
            chosen=None, answered_at=None, position=None
        )
    for row in comparison_of(study).rows:
        assert all(isinstance(estimate, Proportion) for estimate in row.estimates)
        assert (row.contrasts[0].difference, row.contrasts[0].p_value) == (NO_PAIRS, NO_PAIRS)


def test_three_conditions_are_all_compared_with_one_and_adjusted_together():
    study = make_conditions("other", "third", contents=2)
    factories.add_people(study, 12, skill={"fusafusa@third": 0.05, "fusafusa": 0.95})
    found = comparison_of(study, "other")
    assert found.conditions == ("other", "test", "third")
    assert [[c.condition for c in row.contrasts] for row in found.rows] == [["test", "third"]] * 3
    row = next(row for row in found.rows if row.word.reading == "fusafusa")
    trials = words(recount.counted(study), "fusafusa")
    differences = own_differences(trials, "other", "third")
    more, changed = sum(d > 0 for d in differences), sum(d != 0 for d in differences)
    # The smallest of six comparisons.
    expected = 6 * scipy_stats.binomtest(more, changed).pvalue
    assert row.contrasts[1].p_value == pytest.approx(expected)
    assert len(found.overall.differences) == 2


def test_the_chart_has_a_point_and_its_interval_for_each(crowd):
    comparison = comparison_of(crowd)
    figure = condition_charts.conditions_chart(comparison).figure
    assert json.loads(json.dumps(figure)) == figure
    assert [trace["name"] for trace in figure["data"]] == ["test", "other"]
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 2
    assert len({trace["marker"]["color"] for trace in figure["data"]}) == 2
    axis = figure["layout"]["yaxis"]
    ticks = dict(zip(axis["ticktext"], axis["tickvals"], strict=True))
    for place, trace in enumerate(figure["data"]):
        for number, row in enumerate(comparison.rows):
            estimate = row.estimates[place]
            x, arms = trace["x"][number], trace["error_x"]
            assert x == estimate.accuracy
            assert x + arms["array"][number] == pytest.approx(estimate.interval.high)
            assert x - arms["arrayminus"][number] == pytest.approx(estimate.interval.low)
            assert abs(trace["y"][number] - ticks[charts.word_label(row.word)]) == 0.5
    level, *lines = sorted(figure["layout"]["shapes"], key=lambda s: s["x0"] != 1 / 3)
    assert (level["x0"], level["x1"]) == (1 / 3, 1 / 3)
    assert len(lines) == 2
    heights = [y for trace in figure["data"] for y in trace["y"]]
    low, high = sorted(figure["layout"]["yaxis"]["range"])
    assert low < min(heights) <= max(heights) < high
    notes = [note["text"] for note in figure["layout"]["annotations"]]
    assert sum("<i>n</i>" in note for note in notes) == 6


def test_different_chance_levels_are_marked_each(visit):
    study = make_crowd("within")
    for option in Option.objects.filter(
        question__recipe__name="other", question__word__reading="fusafusa", is_target=False
    ):
        if not option.chosen_in.exists() and option.question.options.count() == 9:
            option.delete()
    comparison = comparison_of(study)
    assert comparison.chances > {1 / 3}
    figure = condition_charts.conditions_chart(comparison).figure
    marks = figure["data"][0]
    assert marks["marker"]["symbol"] == "line-ns"
    assert set(marks["x"]) == comparison.chances
    assert len(marks["x"]) == 6
    assert "The chance level is not the same" in visit("conditions/").text


def test_one_condition_has_no_selector(visit):
    factories.add_people(factories.make_study(), 3)
    for path in ("", "words/", "words/fusafusa/", "contents/", "questions/", "questions/0/"):
        page = visit(path)
        assert "ondition" not in page.text
        assert "condition" not in page.html
        same = visit(path, condition="test").text.replace("Reset ", "")
        assert page.text.split(", as of ")[0] == same.split(", as of ")[0]


@pytest.mark.parametrize("path", ["conditions/", "?condition=nono", "words/?condition=nono"])
def test_what_is_not_compared_is_not_there(admin_client, path):
    factories.make_study()
    assert admin_client.get(f"/results/study/{path}").status_code == 404


def test_an_unknown_baseline_is_not_there(admin_client):
    make_conditions("other", slug="study")
    assert admin_client.get("/results/study/conditions/?baseline=no").status_code == 404


@pytest.mark.parametrize("path", ["", "words/", "words/fusafusa/", "contents/", "questions/"])
def test_every_page_says_which_conditions_it_is_of(crowd, visit, path):
    pooled = visit(path)
    assert "All 2 conditions are taken together here: test, other." in pooled.text
    assert 'href="?condition=other"' in pooled.html
    one = visit(path, condition="other")
    assert "taken together" not in one.text
    assert 'href="?condition=other" aria-current="true"' in one.html
    for page in ("words", "contents", "questions"):
        assert f'href="/results/study/{page}/?condition=other"' in one.html


@pytest.mark.parametrize("condition", ["", "test", "other"])
def test_the_numbers_of_the_pages_are_of_the_condition(crowd, visit, condition):
    trials = recount.counted(crowd)
    own = of(trials, condition) if condition else trials
    right, n = counts(words(own))
    query = {"condition": condition} if condition else {}
    assert f"{right} of {n} answers about words are correct" in visit(**query).text
    assert visit("words/", **query).tables[0][-1][3:5] == [str(right), str(n)]
    rows = visit("questions/", **query).tables[0][1:]
    asked = {t.question.index for t in own}
    assert {int(row[0]) for row in rows} >= asked
    shown = sum(int(row[-1]) for row in rows if row[-1].isdecimal())
    assert shown == len(own)
    fusafusa = counts(words(own, "fusafusa"))
    text = visit("words/fusafusa/", **query).text
    assert f"({fusafusa[0]} of {fusafusa[1]} answers)" in text.replace("( ", "(")
    for column in visit("contents/", **query).tables[0][0][1:]:
        right, n = counts([t for t in words(own) if t.question.content.name == column])
        assert f"overall ({right} of {n})" in visit("contents/", **query).text


def test_a_word_has_a_table_of_votes_for_each_condition(crowd, visit):
    page = visit("words/fusafusa/")
    assert len(page.tables) == 4
    for table, condition in zip(page.tables, ["test", "other"] * 2, strict=True):
        rows = [row[0] for row in table if row[0].endswith(condition)]
        assert len(rows) == 3
    assert len(visit("words/fusafusa/", condition="other").tables) == 2


def test_photographs_link_to_the_questions_of_all_conditions(crowd, visit):
    html = visit("contents/").html
    assert "/results/study/questions/?word=fusafusa&amp;content=content0" in html
    rows = visit("questions/", word="fusafusa", content="content0").tables[0][1:]
    assert [row[3] for row in rows] == ["test", "other"]
    assert "/questions/?word=" not in visit("contents/", condition="test").html


def test_a_question_names_its_condition_and_leads_to_the_other(crowd, visit):
    page = visit("questions/0/")
    assert "photograph content0, condition test" in page.text
    assert "The same question in another condition: other" in page.text
    catch = crowd.questions.catches().first()
    text = visit(f"questions/{catch.index}/").text
    mixed = crowd.design == "within"
    assert ("all conditions mixed" in text) == mixed
    assert any(item.endswith(", other") for item in visit(f"questions/{catch.index}/").items) == (
        mixed
    )


def test_side_by_side(crowd, visit):
    comparison = comparison_of(crowd)
    page = visit("conditions/")
    (table,) = page.tables
    assert table[0][:4] == ["Word", "test", "other", "other minus test"]
    for row, shown in zip(comparison.rows, table[1:-1], strict=True):
        for estimate, cell in zip(row.estimates, shown[1:3], strict=True):
            assert f"{estimate.correct} of {estimate.n}, chance 33%" in cell
        (contrast,) = row.contrasts
        points = recount.percent(Fraction(abs(contrast.difference.value)))[:-1]
        sign = "+" if contrast.difference.value > 0 else "−"
        assert shown[3].startswith("0" if points == "0" else f"{sign}{points}")
        unit = "people" if crowd.design == "within" else "answers"
        assert shown[3].endswith(f"{contrast.difference.n} {unit}")
    assert table[-1][0] == "All words"
    assert ("sign test" in page.html) == (crowd.design == "within")
    assert ("Newcombe" in page.html) == (crowd.design == "between")
    turned = visit("conditions/", baseline="other").tables[0]
    assert turned[0][:4] == ["Word", "other", "test", "test minus other"]


def test_side_by_side_without_answers(visit):
    make_conditions("other", slug="study")
    page = visit("conditions/")
    assert "No answers yet." in page.text
    assert page.tables == []


def test_side_by_side_of_a_single_person(visit):
    study = make_conditions("other", slug="study", contents=1)
    factories.add_people(study, 1, skill=1.0)
    Study.objects.update(status="closed")
    page = visit("conditions/")
    assert "not estimable: an interval needs at least two people" in page.text
    assert "not estimable: nobody answered the conditions differently" in page.text


def test_side_by_side_in_japanese(crowd, admin_client):
    with translation.override("ja"):
        html = admin_client.get(
            "/results/study/conditions/", headers={"accept-language": "ja"}
        ).content.decode()
    assert "条件によって差があるか" in html
    assert "ふさふさ" in html
