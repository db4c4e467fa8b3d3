"""Who answered, and how carefully: the list of people, and the page of one."""

from itertools import chain

import numpy as np
import pytest
from django.utils import timezone

from analysis import frames
from analysis.people import Flag, State, Wanted, compared, crowd, listed, person_rows
from analysis.people_text import columns, threshold
from analysis.person import compared as figures
from analysis.person import strip
from analysis.stats.careless import Rules
from analysis.stats.intervals import NotEstimable
from generation.models import Recipe
from survey.models import Familiarity, Participant, Trial
from tests.analysis import factories
from tests.analysis.pages import Page
from tests.survey.studies import make_conditions

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    """Nine people who look, of whom one is too fast; one who left, and one without an answer."""
    study = factories.make_study(contents=2, words=4)
    factories.add_people(study, 9, skill=0.8)
    Trial.objects.filter(participant__study=study).update(response_ms=2000, load_ms=100, blurs=0)
    pass_catches(study)
    hasty = study.participants.order_by("pk").first()
    hasty.trials.update(response_ms=300)
    (left,) = factories.add_people(study, 1, answered=0.4, seed=3)
    pass_catches(study)
    Participant.objects.filter(pk=left.pk).update(left_at=timezone.now())
    factories.add_people(study, 1, answered=0.0, seed=4)
    return study


def pass_catches(study):
    """Everybody has found the photograph so far."""
    for question in study.questions.filter(kind="catch"):
        target = question.options.get(is_target=True)
        question.trials.answered().update(chosen=target)


def of(study, **selection):
    return crowd(frames.load(study).select(frames.Selection(**selection)))


def rows(crowd, **wanted):
    return person_rows(crowd, listed(crowd, Wanted(**wanted)))


def test_the_flagged_come_first(study):
    found = rows(of(study))
    assert len(found) == 11
    hasty = study.participants.order_by("pk").first().pk
    assert (found[0].pk, found[0].flags) == (hasty, (Flag.TOO_FAST,))
    others = [row.pk for row in found if not row.flags]
    assert others == sorted(others)


def test_a_row_counts_what_is_stored(study):
    for row in rows(of(study)):
        stored = Trial.objects.filter(participant=row.pk, question__kind="word").answered()
        assert row.answers == stored.count()
        if row.answers:
            assert row.score.correct == stored.filter(chosen__is_target=True).count()
            assert row.score.interval.low <= row.score.accuracy <= row.score.interval.high
        else:
            assert isinstance(row.score, NotEstimable)


def test_states_are_a_partition(study):
    everybody = of(study)
    by_state = {state: [row.pk for row in rows(everybody, state=state)] for state in State}
    assert [len(pks) for pks in by_state.values()] == [9, 1, 1]
    assert sorted(chain.from_iterable(by_state.values())) == sorted(everybody.people.pk.tolist())


def test_rules_and_their_absence_are_a_partition(study):
    everybody = of(study)
    assert [row.pk for row in rows(everybody, rule="any")] == [
        row.pk for row in rows(everybody, rule=Flag.TOO_FAST)
    ]
    assert len(rows(everybody, rule="any")) + len(rows(everybody, rule="none")) == 11


def test_what_is_not_known_comes_last_in_either_direction(study):
    everybody = of(study)
    for sort in ("time", "-time", "accuracy", "-accuracy"):
        assert rows(everybody, sort=sort)[-1].answers == 0
    assert rows(everybody, sort="time")[0].median_ms == 300
    up = [row.score.accuracy for row in rows(everybody, sort="accuracy")[:-1]]
    assert up == sorted(up)
    down = [row.score.accuracy for row in rows(everybody, sort="-accuracy")[:-1]]
    assert down == sorted(up, reverse=True)


def test_the_headline_with_and_without_the_flagged(study):
    everybody = of(study)
    comparison = compared(everybody)
    assert comparison.everybody.people == 10
    assert comparison.unflagged.people == 9
    assert comparison.flagged == 1
    assert dict(comparison.by_rule)[Flag.TOO_FAST] == 1
    shares = [row.score.accuracy for row in rows(everybody) if row.answers]
    assert comparison.everybody.mean.mean == pytest.approx(np.mean(shares))
    assert comparison.unflagged.mean.mean == pytest.approx(np.mean(shares[1:]))


def test_nobody_is_hidden_by_the_rules_that_leave_them_out(study):
    shown = rows(of(study, rules=Rules()))
    assert len(shown) == 11
    assert [row.is_counted for row in shown[:2]] == [False, True]
    only_complete = of(study, keeps_incomplete=False)
    assert len(rows(only_complete)) == 11
    assert compared(only_complete).everybody.people == 9


def test_a_flag_of_somebody_of_another_origin_is_not_counted(study):
    factories.add_people(study, 2, origin="bot", skill=0.0, seed=9)
    everybody = of(study)
    assert len(rows(everybody)) == 11
    assert dict(compared(everybody).by_rule)[Flag.MISSED_CATCHES] == 0
    bots = of(study, origins=frozenset({"bot"}))
    assert dict(compared(bots).by_rule)[Flag.MISSED_CATCHES] == 2


def test_a_person_among_everybody(study):
    everybody = of(study)
    index = int(np.flatnonzero(everybody.careless.too_fast)[0])
    found = {figure.name: figure for figure in figures(everybody, index)}
    assert found["time"].own == 300
    assert found["time"].everybody.median == 2000
    assert found["time"].below == 0
    assert found["time"].strip.place == 0
    assert found["fast"].own == 1
    assert found["fast"].strip.place == 1
    assert found["accuracy"].everybody.n == 10


def test_a_strip_shows_where_somebody_stands():
    drawn = strip(np.array([1.0, 2.0, 3.0, 3.0]), 2.0, is_log=False)
    assert (drawn.low, drawn.high, drawn.place, drawn.x) == (1, 3, 0.5, 80)
    assert drawn.bars[0] == 0.5
    assert drawn.bars[-1] == 1
    assert strip(np.array([1.0, 10.0, 100.0]), 10.0, is_log=True).place == pytest.approx(0.5)
    assert strip(np.array([2.0, 2.0]), 2.0, is_log=False) is None
    assert strip(np.array([0.0, 2.0]), 2.0, is_log=True) is None


def test_a_rule_that_is_not_used_says_so():
    never = Rules(0.0, float("inf"), 2**63 - 1, 0.0, 0.0, float("-inf"))
    assert {threshold(flag, never) for flag in Flag} == {"not used"}
    assert threshold(Flag.TOO_FAST, Rules()) == "20 % or more of the answers took less than 1000 ms"


def test_a_heading_leads_to_the_other_direction():
    assert columns("-flags")["flags"].link == "flags"
    assert columns("-flags")["flags"].direction == "descending"
    assert columns("-flags")["accuracy"].link == "accuracy"
    assert columns("accuracy")["accuracy"].link == "-accuracy"


def page(client, path, **query):
    response = client.get(f"/results/study/{path}", query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_is_a_page(admin_client, study):
    found = Page(page(admin_client, "people/"))
    rules, people = found.tables
    assert rules[1][0] == "» too fast"
    assert rules[1][2] == "1"
    assert people[1][1] == "» too fast"
    assert len(people) == 12
    assert "Everybody" in found.text
    assert "Without the flagged people" in found.text
    assert "P values on this page" not in found.text


def test_the_list_is_filtered_by_its_address(admin_client, study):
    html = page(admin_client, "people/", rule="any", sort="-time")
    assert len(Page(html).tables[1]) == 2
    assert "1 of 11 people" in Page(html).text
    person = study.participants.order_by("pk").first().pk
    assert f"/results/study/people/{person}/?rule=any&amp;sort=-time" in html
    assert "Nobody has this flag" in page(admin_client, "people/", rule=Flag.LONG_RUN)


def test_one_person(admin_client, study):
    person = study.participants.order_by("pk").first()
    word = study.questions.exclude(word=None).first().word
    Familiarity.objects.create(participant=person, word=word, level=2)
    person.recruiter_id, person.about = "secret-id", {"age": "33", "comment": "secret"}
    person.save()
    trial = person.trials.order_by("order").first()
    trial.screen = {"viewport_width": 390, "viewport_height": 844, "pixel_ratio": 3}
    trial.save()
    html = page(admin_client, f"people/{person.pk}/")
    found = Page(html)
    answers = found.tables[-1]
    assert len(answers) == 11
    catches = [row for row in answers if "catch question" in row[1]]
    assert len(catches) == 2
    for row, stored in zip(answers[1:], person.trials.order_by("order"), strict=True):
        assert row[0] == str(stored.order + 1)
        assert row[4].endswith("correct" if stored.chosen.is_target else "wrong")
        assert row[8] == str(stored.position + 1)
    assert "secret" not in html
    assert "390 × 844, ratio 3" in found.text
    assert "I know it well" in found.text
    assert "» too fast 20 % or more" in found.text


def test_stepping_follows_the_list(admin_client, study):
    order = [row.pk for row in rows(of(study), sort="-accuracy")]
    html = page(admin_client, f"people/{order[1]}/", sort="-accuracy")
    assert f'rel="prev" href="/results/study/people/{order[0]}/?sort=-accuracy"' in html
    assert f'href="/results/study/people/{order[2]}/?sort=-accuracy"' in html
    assert "2 of 11 in the list" in html
    assert 'rel="prev"' not in page(admin_client, f"people/{order[0]}/", sort="-accuracy")


def test_somebody_without_answers(admin_client, study):
    nobody = study.participants.order_by("pk").last()
    html = page(admin_client, f"people/{nobody.pk}/")
    assert "No answers yet." in html
    assert "data-chart" not in html


def test_somebody_of_an_origin_that_is_not_chosen(admin_client, study):
    (bot,) = factories.add_people(study, 1, origin="bot", seed=7)
    assert "is not among those whose answers you look at" in page(admin_client, f"people/{bot.pk}/")


def test_one_person_alone(admin_client):
    study = factories.make_study()
    (person,) = factories.add_people(study, 1)
    text = Page(page(admin_client, "people/")).text
    assert "an interval needs at least two people" in text
    page(admin_client, f"people/{person.pk}/")


def test_people_of_one_condition_each(admin_client):
    study = make_conditions("other", design="between", slug="study")
    for recipe in Recipe.objects.all():
        factories.add_people(study, 3, condition=recipe)
    assert len(Page(page(admin_client, "people/")).tables[1]) == 7
    assert len(Page(page(admin_client, "people/", condition="other")).tables[1]) == 4
