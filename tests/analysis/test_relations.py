"""Words with words, photographs with textures, the machine with people: figures and pages."""

from collections import Counter

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from analysis import frames, relation_charts, relations
from analysis.frames import Selection
from analysis.relations.predictions import stimulus_rows, votes_of
from analysis.stats import NotEstimable, Reason
from analysis.stats.prediction import RankCorrelation
from generation.models import StylisedImage
from survey.models import Participant, Study, Trial
from tests.analysis import factories
from tests.analysis.measures import measure
from tests.analysis.pages import Page
from tests.survey.studies import finish, make_conditions, make_participant
from tests.survey.studies import make_study as compose_study

pytestmark = pytest.mark.django_db

PAGES = ["confusion/", "compatibility/", "machine/"]
QUERIES = 12


def selected_of(study, **selection):
    origins = frozenset(study.counted_origins)
    return frames.load(study).select(Selection(origins=origins, **selection))


def counted(study):
    trials = Trial.objects.answered().filter(
        participant__study=study,
        participant__origin__in=study.counted_origins,
        question__kind="word",
    )
    return list(
        trials.select_related("question__word", "chosen__stylised__cluster__clustering__word")
    )


@pytest.fixture
def visit(admin_client):
    def get(page, language="en", **query):
        response = admin_client.get(
            f"/results/study/{page}", query, headers={"accept-language": language}
        )
        assert response.status_code == 200
        return Page(response.content.decode())

    return get


def recounted_pairs(study):
    """Picks and exposures by asked word and offered word, one trial after the other."""
    picks, exposures = Counter(), Counter()
    for trial in counted(study):
        asked = trial.question.word.reading
        picks[asked, trial.chosen.stylised.cluster.word.reading] += 1
        options = {option.pk: option for option in trial.question.options.all()}
        for pk in trial.grid:
            exposures[asked, options[pk].stylised.cluster.word.reading] += 1
    return picks, exposures


def assert_confusions(study):
    found = relations.confusions(selected_of(study))
    picks, exposures = recounted_pairs(study)
    shown = {(p.asked.reading, p.chosen.reading): (p.picks, p.exposures) for p in found.pairs}
    assert {key: pair for key, pair in shown.items() if pair[1]} == {
        key: (picks[key], n) for key, n in exposures.items()
    }
    for lure in found.lures:
        own = [k for k in exposures if k[1] == lure.word.reading and k[0] != k[1]]
        assert lure.picks == sum(picks[k] for k in own)
        assert lure.exposures == sum(exposures[k] for k in own)
    assert found.answers == sum(picks.values())


def test_confusions_are_those_of_the_answers(crowd):
    assert_confusions(crowd)


def test_confusions_with_redrawn_distractors(db):
    study = compose_study(slug="study", words=4, distractors="redrawn", options=6)
    for _ in range(3):
        finish(make_participant(study))
    assert any(not q.is_fixed for q in frames.load(study).layout.asked)
    assert_confusions(study)


def test_the_strongest_confusion_is_not_one_pick_of_one():
    study = factories.make_study(contents=2, words=3)
    factories.add_people(study, 6, skill=0.3)
    found = relations.confusions(selected_of(study))
    lows = [pair.interval.low for pair in found.strongest]
    assert lows == sorted(lows, reverse=True)
    assert all(pair.picks and not pair.is_own for pair in found.strongest)
    assert found.guessing == 1 / 9


def test_the_page_of_confusions(crowd, visit):
    page = visit("confusion/")
    picks, exposures = recounted_pairs(crowd)
    table, lures = page.tables
    readings = [cell.split(" ")[0] for cell in table[0][1:]]
    for row in table[1:]:
        asked = row[0].split(" ")[0]
        for chosen, cell in zip(readings, row[1:], strict=True):
            n = exposures[asked, chosen]
            told = f"{picks[asked, chosen]}/{n}" if n else "–"
            assert cell.split(" ")[-1] == told
    found = relations.confusions(selected_of(crowd))
    for pair in found.strongest:
        told = f"were taken for {pair.asked.text} ({pair.asked.reading}) in {pair.picks} of"
        assert told in page.text.replace("  ", " ")
    assert len(lures) == len(found.lures) + 1


def test_counts_or_picks_per_exposure(admin_client, visit):
    study = factories.make_study()
    factories.add_people(study, 4, skill=0.5)
    assert "Words were not offered equally often" in visit("confusion/", show="counts").text
    assert "percentage of the exposures" in visit("confusion/").text
    assert admin_client.get("/results/study/confusion/?show=other").status_code == 404


def test_the_confusion_chart_leaves_its_diagonal_uncoloured():
    study = factories.make_study()
    factories.add_people(study, 4, skill=0.6)
    found = relations.confusions(selected_of(study))
    chart = relation_charts.confusion_chart(found, as_counts=False)
    heat, pale, deep, own = chart.figure["data"]
    z = [list(row) for row in heat["z"]]
    assert [z[i][i] for i in range(3)] == [None] * 3
    assert len(own["text"]) == len(chart.figure["layout"]["shapes"]) == 3
    rates = [pair.rate for pair in found.pairs if not pair.is_own]
    assert heat["zmax"] == max(rates)
    assert [v for row in z for v in row if v is not None] == rates
    assert len(chart.rows) == 9
    assert len(pale["text"]) + len(deep["text"]) == len(rates)
    assert [z[y][x] > heat["zmax"] / 2 for x, y in zip(deep["x"], deep["y"], strict=True)] == [
        True
    ] * len(deep["text"])
    counts = relation_charts.confusion_chart(found, as_counts=True).figure["data"][0]
    assert counts["zmax"] == max(pair.picks for pair in found.pairs if not pair.is_own)


def test_votes_and_accuracies_are_those_of_the_answers(crowd):
    measure()
    selected = selected_of(crowd)
    found = relations.suitability(selected, relations.read_measures(selected.frame.layout))
    votes = Counter()
    asked = Counter()
    for trial in counted(crowd):
        word, image = trial.question.word, trial.chosen.stylised
        own = image.cluster.word == word
        key = word.reading, trial.question.content.name, image.cluster.index if own else None
        votes[key] += 1
        asked[key[:2]] += 1
    for table in found.words:
        for line in table.lines:
            for content, cell in zip(table.contents, line.cells, strict=True):
                key = table.word.reading, content.name, line.cluster
                assert (cell.votes, cell.answers) == (votes[key], asked[key[:2]])
                assert (cell.colour_distance is None) == (line.cluster is None)
        assert table.answers == sum(n for key, n in asked.items() if key[0] == table.word.reading)
    assert found.answers == sum(votes.values())


def test_the_page_of_compatibility(visit):
    study = factories.make_study(contents=3, words=6)
    factories.add_people(study, 6, skill=0.6)
    measure()
    page = visit("compatibility/", word="zarazara")
    assert "Which images of ざらざら (zarazara) suit which photograph?" in page.text
    accuracies, votes, correlations, images = page.tables
    assert len(accuracies) == 7
    assert len(votes) == 1 + 3 + 1
    assert len(correlations) == 1 + 8
    assert len(images) == 1 + 54
    table = next(
        t
        for t in relations.suitability(
            selected_of(study), relations.read_measures(frames.load(study).layout)
        ).words
        if t.word.reading == "zarazara"
    )
    for line, row in zip(table.lines, votes[1:], strict=True):
        assert [int(cell.split(" ")[0]) for cell in row[1:]] == [
            *(cell.votes for cell in line.cells),
            line.votes,
        ]


def test_distances_and_votes_of_each_image():
    study = factories.make_study(contents=2, words=5)
    factories.add_people(study, 5, skill=0.7)
    measure()
    selected = selected_of(study)
    measures = relations.read_measures(selected.frame.layout)
    rows = stimulus_rows(selected, votes_of(selected), measures)
    votes = Counter(t.chosen.stylised_id for t in counted(study) if t.chosen.is_target)
    assert {row.pk: row.votes for row in rows} == {row.pk: votes[row.pk] for row in rows}
    assert len(rows) == StylisedImage.objects.count()
    assert {row.offers for row in rows} == {5}
    stored = StylisedImage.objects.in_bulk()
    for row in rows:
        image = stored[row.pk]
        assert row.values == (
            image.colour_distance, image.style_distance, image.style_remainder,
            image.content_change,
        )  # fmt: skip
        assert (row.score, row.seen.reading) == (image.recognised, image.recognised_as.reading)


def test_a_measure_that_decides_predicts():
    study = factories.make_study(contents=2, words=6)
    factories.add_people(study, 12, skill=0.9)
    votes = Counter(t.chosen.stylised_id for t in counted(study) if t.chosen.is_target)
    for image in StylisedImage.objects.all():
        image.colour_distance, image.style_distance = -float(votes[image.pk]), 1.0
        image.save()
    selected = selected_of(study)
    found = relations.predictions(selected, relations.read_measures(selected.frame.layout))
    colour, style, *others = [each.predicted.shares for each in found]
    assert colour.rho == pytest.approx(-1)
    assert colour.within.p < 0.01
    assert style == NotEstimable(Reason.VALUES_ALIKE)
    assert set(others) == {NotEstimable(Reason.FEWER_THAN_FIVE_VALUES)}
    assert isinstance(found[0].predicted.accuracy, RankCorrelation)


def test_what_is_measured_again_is_read_again():
    study = factories.make_study(contents=2, words=6)
    factories.add_people(study, 6)
    measure()
    selected = selected_of(study)

    def rho():
        measures = relations.read_measures(selected.frame.layout)
        return relations.predictions(selected, measures)[0].predicted.shares.rho

    before = rho()
    assert rho() == before
    measure(seed=1)
    assert rho() != before


def test_one_condition_counts_its_own_images_alone():
    study = make_conditions("other", slug="study")
    factories.add_people(study, 3, skill=0.6)
    measure()
    both, other = selected_of(study), selected_of(study, condition="other")
    measures = relations.read_measures(both.frame.layout)
    all_rows = stimulus_rows(both, votes_of(both), measures)
    rows = stimulus_rows(other, votes_of(other), measures)
    assert {row.condition for row in all_rows} == {"test", "other"}
    assert {row.condition for row in rows} == {"other"}
    tables = relations.suitability(other, measures).words
    stored = {row.pk: row for row in rows}
    for table in tables:
        cell = table.lines[0].cells[0]
        own = [
            row
            for row in stored.values()
            if (row.word, row.content, row.cluster)
            == (table.word, table.contents[0], table.lines[0].cluster)
        ]
        assert [row.values[0] for row in own] == [cell.colour_distance]
        assert cell.votes == sum(row.votes for row in own)


@pytest.mark.parametrize("page", PAGES)
def test_conditions_and_filters(visit, page):
    study = make_conditions("other", slug="study")
    factories.add_people(study, 3, skill=0.6)
    measure()
    assert "data-chart" in visit(page, condition="other").html


def test_the_machine_and_people():
    study = factories.make_study(contents=2, words=5)
    factories.add_people(study, 8, skill=0.8)
    measure()
    selected = selected_of(study)
    found = relations.machine(selected, relations.read_measures(selected.frame.layout))
    assert len(found.rows) == 30
    assert found.unscored == 0
    assert found.taken == sum(
        image.recognised_as == image.cluster.word
        for image in StylisedImage.objects.select_related("cluster__clustering__word")
    )
    for word in found.words:
        own = [row for row in found.rows if row.word == word.word]
        assert word.votes == sum(row.votes for row in own)
        assert word.score == pytest.approx(np.mean([row.score for row in own]))
        assert word.stimuli == len(own) == 6
    for apart, sign in ((found.machine_alone, 1), (found.people_alone, -1)):
        assert apart
        widths = [each.difference * sign for each in apart]
        assert widths == sorted(widths, reverse=True)
        assert min(widths) >= 0.25
    assert found.of_words.n == 5


def test_the_page_of_the_machine(visit):
    study = factories.make_study(contents=2, words=5)
    factories.add_people(study, 8, skill=0.8)
    measure()
    StylisedImage.objects.filter(pk=StylisedImage.objects.first().pk).update(recognised=None)
    page = visit("machine/")
    assert "1 image has no score and is left out." in page.text
    correlations, images, words = page.tables
    assert len(correlations) == 4
    assert len(images) == 1 + 29
    assert len(words) == 1 + 5
    assert any("machine" in item and "people" in item for item in page.items)


def test_the_machine_has_not_looked(visit):
    study = factories.make_study()
    factories.add_people(study, 2)
    page = visit("machine/")
    assert "The machine has not looked at these images yet." in page.text
    assert "python manage.py recognise" in page.text
    assert page.tables == []


def test_images_without_distances(visit):
    study = factories.make_study()
    factories.add_people(study, 2)
    page = visit("compatibility/")
    assert "None of these images has stored distances." in page.text
    assert len(page.tables) == 2


@pytest.mark.parametrize("page", PAGES)
def test_p_values_are_guarded(visit, page):
    study = factories.make_study(contents=2, words=5)
    factories.add_people(study, 5, skill=0.6)
    measure()
    hidden = visit(page)
    Study.objects.update(status="closed")
    shown = visit(page)
    if page != "confusion/":
        assert "p values are hidden while answers come in" in hidden.text
        assert "<i>p</i>" not in hidden.html
        assert "<i>p</i>" in shown.html
    assert "p values are hidden" not in shown.text


@pytest.mark.parametrize("page", PAGES)
def test_one_person(visit, page):
    study = factories.make_study(contents=1, words=2, options=6)
    factories.add_people(study, 1, skill=1.0)
    measure()
    page = visit(page)
    assert "nan" not in page.text.lower()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("answered", [0.05, 0.3])
def test_few_answers(visit, page, answered):
    study = factories.make_study(contents=2, words=6)
    factories.add_people(study, 2, answered=answered, seed=3)
    measure()
    assert "nan" not in visit(page).text.lower().split()


@pytest.mark.parametrize("page", PAGES)
def test_no_answers(visit, page):
    factories.make_study()
    measure()
    found = visit(page)
    assert "No answers yet." in found.text
    assert "data-chart" not in found.html


@pytest.mark.parametrize("page", PAGES)
def test_no_questions(visit, page):
    Study.objects.create(slug="study")
    assert "This study has no questions yet." in visit(page).text


@pytest.mark.parametrize("page", PAGES)
def test_in_japanese(visit, page):
    study = factories.make_study(contents=2, words=5)
    factories.add_people(study, 5, skill=0.6)
    measure()
    with translation.override("ja"):
        html = visit(page, language="ja").html
    assert '<html lang="ja">' in html
    assert "ふさふさ" in html
    assert "The same figures" not in html


@pytest.mark.parametrize("page", PAGES)
def test_queries_do_not_grow(admin_client, page):
    study = factories.make_study(contents=2, words=5)
    measure()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(f"/results/study/{page}").status_code == 200
        return len(captured)

    factories.add_people(study, 2)
    frames.forget()
    few = queries()
    factories.add_people(study, 10, seed=1)
    frames.forget()
    assert few == queries() <= QUERIES
    assert queries() < few


def test_left_out_people_do_not_count():
    study = factories.make_study(counted_origins=["live"])
    factories.add_people(study, 3)
    factories.add_people(study, 3, origin="preview", seed=1)
    found = relations.confusions(selected_of(study))
    assert found.answers == 3 * 6
    assert found.people == Participant.objects.filter(origin="live").count()


def test_unknown_word(admin_client):
    study = factories.make_study()
    factories.add_people(study, 2)
    assert admin_client.get("/results/study/compatibility/?word=kirakira").status_code == 404
