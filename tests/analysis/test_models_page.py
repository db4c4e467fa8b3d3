"""The page of models: its figures are those of the statistics, and its states are told."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analysis import computations, computed, formats, frames
from analysis.frames import Selection
from analysis.models import Computation
from analysis.stats import agreement, luce, mixed, reliability
from analysis.work import CHOICES, MIXED
from jobs.models import Item
from jobs.services import leases
from jobs.services.ask import cancel
from jobs.services.workers import Presence
from survey.models import Study, Trial
from tests.analysis import factories
from tests.analysis.pages import Page
from tests.survey.studies import make_conditions

pytestmark = pytest.mark.django_db

ADDRESS = "/results/study/models/"
WORK = "/results/study/work/"
SKILL = {"fusafusa": 0.95, "zarazara": 0.6, "mofumofu": 0.3}


@pytest.fixture
def study():
    return factories.make_study(contents=2, words=3)


@pytest.fixture
def answered(study):
    """People who differ, and words that differ."""
    for seed, shift in enumerate((-0.3, -0.1, 0.0, 0.0, 0.1, 0.3)):
        skill = {word: min(0.98, max(0.02, share + shift)) for word, share in SKILL.items()}
        factories.add_people(study, 3, skill=skill, seed=seed)
    return study


def html(client, address=ADDRESS, **headers):
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def answers(study, **selection):
    return frames.load(study).select(Selection(**selection)).answers


@pytest.fixture
def stuck(monkeypatch):
    """What is asked for waits: no answers are few enough for a page."""
    monkeypatch.setattr(computations, "QUICK_ANSWERS", 0)


def test_the_mixed_model_is_that_of_the_answers(admin_client, answered):
    answered.status = "closed"
    answered.save()
    model = mixed.mixed_model(answers(answered))
    fixed = mixed.mixed_model(answers(answered), contents=True)
    page = Page(html(admin_client))
    effect = model.intercept
    assert f"that is {formats.decimals(effect.value)} above chance" in page.text
    assert f"z = {formats.decimals(effect.z)}, p {formats.p_relation(effect.p)}" in page.text
    assert "108 answers of 18 people." in page.text
    spread, words, contents = page.tables[:3]
    assert [row[1] for row in spread[1:]] == [
        formats.decimals(sd) for sd in (model.sd_person, model.sd_word, model.sd_question)
    ]
    best = max(model.words, key=lambda word: word.accuracy)
    assert words[1][:3] == [
        f"{answers(answered).words[best.word]} ふさふさ",
        formats.percent(best.accuracy, 36),
        formats.interval(best.interval, 36),
    ]
    assert [row[0].split()[0] for row in words[1:]] == ["fusafusa", "zarazara", "mofumofu"]
    assert [int(row[5]) for row in words[1:]] == [36] * 3
    assert [row[3] for row in contents[1:]] == [formats.decimals(e.value) for e in fixed.contents]
    test = mixed.content_test(model, fixed)
    assert f"χ²(1) = {formats.decimals(test.statistic)}, p {formats.p_relation(test.p)}" in (
        page.text
    )


def test_p_values_are_hidden_while_answers_come_in(admin_client, answered):
    page = Page(html(admin_client))
    assert "p values are hidden" in page.text
    assert "χ²(1) = " in page.text
    assert "z = " not in page.text
    assert not re.search(r"\bp [=<] ", page.text)


def test_agreement_and_reliability_are_those_of_the_answers(admin_client, answered):
    page = Page(html(admin_client))
    table = page.tables[3]
    for row, by in zip(table[1:], agreement.By, strict=True):
        found = agreement.agreement(answers(answered), by)
        assert row[1] == " ".join(
            [
                formats.decimals(found.alpha),
                f"{formats.decimals(found.alpha_interval.low)} –"
                f" {formats.decimals(found.alpha_interval.high)}",
            ]
        )
        assert row[6:] == ["6", "18"]
    found = reliability.reliability(answers(answered))
    assert formats.decimals(found.random.mean) in page.text
    assert f"correlate with r = {formats.decimals(found.odd_even_r)}." in page.text
    assert "Of 18 people who answered everything." in page.text


def test_strengths_are_in_closed_form_where_all_saw_the_same(admin_client, answered):
    page = Page(html(admin_client))
    assert "In closed form" in page.text
    by_question = luce.strengths_by_question(answers(answered))
    strongest = max(
        value
        for asked, found in zip(answers(answered).questions, by_question, strict=True)
        for item, value in zip(found.items, found.values.tolist(), strict=True)
        if asked.content == 0 and item.role == luce.Role.TARGET
    )
    table = page.tables[4]
    assert table[1][4] == formats.decimals(strongest)
    assert len(table) == 1 + 3 * 9
    assert [row[2] for row in table[1:]] == ["target"] * 9 + ["lure"] * 18
    votes = sum(int(row[6]) for row in table[1:])
    assert votes == (answers(answered).content == 0).sum()


def test_strengths_over_a_photograph_are_fitted(admin_client, answered):
    page = Page(html(admin_client, f"{ADDRESS}?strengths=content"))
    assert "By Luce’s model, fitted with a small penalty" in page.text
    found = luce.strengths_by_content(answers(answered))[0]
    table = page.tables[4]
    assert len(table) == 1 + len(found.items)
    assert {row[3] for row in table[1:]} == {formats.decimals(v) for v in found.values.tolist()}
    assert admin_client.get(f"{ADDRESS}?strengths=grid").status_code == 404


def test_every_chart_has_its_numbers(admin_client, answered):
    context = admin_client.get(ADDRESS).context
    charts = [context["words_chart"], context["agreement_chart"]]
    charts += [chart for _photograph, chart in context["photographs"]]
    assert [len(chart.rows) for chart in charts] == [3, 8, 27, 27]
    assert all(len(row) == len(chart.columns) for chart in charts for row in chart.rows)
    assert all(
        chart.title and "The table has the same figures" in chart.summary for chart in charts
    )


def draw(trial, options=6):
    """Leave of the trial's grid the targets, the chosen image and others up to `options`."""
    targets = trial.question.options.filter(is_target=True).values_list("pk", flat=True)
    kept = {*targets, trial.chosen_id}
    others = [pk for pk in trial.grid if pk not in kept]
    trial.grid = [*kept, *others[: options - len(kept)]]
    trial.position = trial.grid.index(trial.chosen_id)
    trial.save()


def test_redrawn_distractors(admin_client, study):
    study.distractors = Study.Distractors.REDRAWN
    study.options = 6
    study.save()
    factories.add_people(study, 12, skill=SKILL)
    for trial in Trial.objects.filter(question__kind="word"):
        draw(trial)
    page = Page(html(admin_client))
    assert "not estimable: people were offered different images" in page.text
    assert "By Luce’s model, fitted with a small penalty" in page.text
    context = admin_client.get(ADDRESS).context
    assert [len(each.targets.lines) for each, _chart in context["photographs"]] == [9, 9]
    asked = html(admin_client, f"{ADDRESS}?strengths=question")
    assert asked.count("not estimable: people were offered different images") == 3 + 2


@pytest.mark.parametrize(("people", "skill"), [(1, 0.5), (1, 1.0), (2, 1.0), (3, 0.0), (2, 0.5)])
def test_little_that_can_be_estimated(admin_client, study, people, skill):
    factories.add_people(study, people, skill=skill)
    page = Page(html(admin_client))
    assert Computation.objects.count() == 2
    assert "not estimable" in page.text
    assert "nan" not in page.text.lower().split()


def test_one_photograph_and_one_word(admin_client):
    study = factories.make_study(contents=1, words=2, clusters=2, options=4)
    factories.add_people(study, 5, skill={"fusafusa": 0.8, "zarazara": 0.4})
    page = Page(html(admin_client))
    assert "not estimable: only one photograph was asked about" in page.text
    assert "not estimable: each word was asked on one photograph" in page.text


def test_a_singular_fit_is_said(admin_client, study):
    factories.add_people(study, 6, skill=0.5)
    model = mixed.mixed_model(answers(study))
    assert model.singular
    page = Page(html(admin_client))
    assert "The fit is singular." in page.text
    assert ("The spread between people is estimated as 0." in page.text) == (
        "person" in model.singular
    )


def test_a_condition_has_figures_of_its_own(admin_client):
    study = make_conditions("other", slug="study")
    factories.add_people(study, 6, skill=0.6)
    assert "72 answers of 6 people." in Page(html(admin_client)).text
    only = Page(html(admin_client, f"{ADDRESS}?condition=other")).text
    assert "36 answers of 6 people." in only
    assert Computation.objects.count() == 4


def test_no_answers_begin_nothing(admin_client, study):
    assert "No answers yet.</h2>" in html(admin_client)
    assert not Computation.objects.exists()


def test_what_is_under_way_is_told(admin_client, answered, stuck):
    page = html(admin_client)
    assert page.count("data-computation=") == 2
    assert page.count("<progress") == 2
    assert '<meta http-equiv="refresh"' in page
    assert page.count("No worker is running, so this waits. Start one: manage.py worker") == 2
    assert 'data-chart="' not in page
    items = {item.kind: item for item in Item.objects.all()}
    assert f"/admin/jobs/job/{items[MIXED].job_id}/change/" in page
    with Presence(engine="inline", slots=1):
        assert html(admin_client).count("Waiting for a worker") == 2
        leases.claim(limit=1, items=Item.objects.filter(kind=MIXED))
    began = timezone.now() - timedelta(seconds=20)
    Item.objects.filter(kind=MIXED).update(stage="contents", done=5, total=25, stage_began_at=began)
    Item.objects.filter(kind=CHOICES).update(error="OSError: no room")
    found = told(admin_client, items.values())
    assert found[str(items[MIXED].pk)] == {
        "stage": "Fitting a mean for each photograph (2 of 2)",
        "quote": "",
        "detail": "5 of 25, about 80 s left",
    }
    assert found[str(items[CHOICES].pk)] == {
        "stage": "It failed and is tried again:",
        "quote": "OSError: no room",
        "detail": "",
    }


def told(client, items):
    query = "&".join(f"of={item.pk}" for item in items)
    return json.loads(client.get(f"{WORK}?{query}").content)


def test_what_is_over_or_of_others_is_not_under_way(admin_client, answered, stuck):
    html(admin_client)
    first, second = Item.objects.all()
    Item.objects.filter(pk=first.pk).update(state="done")
    assert set(told(admin_client, [first, second])) == {str(second.pk)}
    Item.objects.filter(pk=second.pk).update(key=f"{answered.pk + 1}-all")
    assert told(admin_client, [first, second]) == {}
    assert admin_client.get(f"{WORK}?of=x&of=").content == b"{}"


def test_progress_is_for_staff_alone(client, study):
    assert client.get(WORK).status_code == 302
    assert client.post(f"{WORK}1/again/").status_code == 302


def test_a_failure_is_shown_beside_the_rest_and_tried_again(admin_client, answered, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(computed.COMPUTE, MIXED, lambda *_given: 1 / 0)
        page = html(admin_client)
    assert "The computation failed." in page
    assert '<span lang="en">division by zero</span>' in page
    assert "Krippendorff" in page
    assert 'data-chart="agreement-chart"' in page
    item = Item.objects.get(state="failed")
    again = f"{WORK}{item.pk}/again/"
    assert f'action="{again}"' in page
    assert admin_client.get(again).status_code == 405
    assert admin_client.post(f"{WORK}0/again/").status_code == 404
    there = admin_client.post(again, {"next": "https://elsewhere.example/"})
    assert there["Location"] == ADDRESS
    there = admin_client.post(again, {"next": f"{ADDRESS}?strengths=content"})
    assert there["Location"] == f"{ADDRESS}?strengths=content"
    page = html(admin_client)
    assert "The computation failed." not in page
    assert "108 answers of 18 people." in Page(page).text


def test_what_was_called_off_says_so(admin_client, answered, stuck):
    html(admin_client)
    cancel(Item.objects.filter(kind=MIXED))
    page = html(admin_client)
    assert page.count("This was called off.") == 1
    assert page.count("data-computation=") == 1


def test_old_figures_say_of_when_they_are(admin_client, answered, monkeypatch):
    html(admin_client)
    factories.add_people(answered, 1, skill=0.5, seed=9)
    page = html(admin_client)
    moment = timezone.localtime(Computation.objects.first().read_at)
    assert f"Of {moment:%H:%M}, from 108 answers; there are 114 now." in page
    assert "these figures are renewed once a minute." in page
    assert 'data-again="' in page
    assert "108 answers of 18 people." in Page(page).text
    Item.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    page = html(admin_client)
    assert "108 answers" not in page
    assert "114 answers of 19 people." in Page(page).text


def test_what_is_not_counted_begins_nothing_new(admin_client, answered):
    html(admin_client)
    Item.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    first = set(Computation.objects.values_list("pk", flat=True))
    factories.add_people(answered, 2, origin="preview", seed=20)
    answered.status = "closed"
    answered.save()
    html(admin_client)
    assert set(Computation.objects.values_list("pk", flat=True)) == first


def test_inputs_name_the_answers_and_the_choice(answered):
    def of(**selection):
        return computed.inputs(frames.load(answered).select(Selection(**selection)))

    assert of() == of(origins=frozenset({"live"}))
    everybody = of(origins=frozenset({"live", "pilot"}))
    assert everybody.about != of().about  # the same answers, but as somebody else asks for them
    before = of()
    trial = answered.participants.first().trials.filter(question__kind="word").first()
    other = trial.question.options.exclude(pk=trial.chosen_id).first()
    trial.chosen = other
    trial.save()
    frames.forget()
    assert of().about == before.about
    assert of().sha256 != before.sha256


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        client.get(ADDRESS)
    return len(captured)


@pytest.mark.parametrize("people", [2, 12])
def test_queries(admin_client, study, stuck, people):
    factories.add_people(study, people)
    frames.load(study)
    cold = queries(admin_client)
    # For each it is queued; then both are looked at again.
    assert cold == queries(admin_client) + 14 == 24


def test_in_japanese(admin_client, answered):
    page = html(admin_client, **{"accept-language": "ja"})
    assert "混合モデル" in page
    assert "Krippendorff の α" in page
    assert "108" in page
