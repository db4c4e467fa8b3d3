"""The people of a study, one of them, their times, and how many a study needs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from analysis import frames
from analysis.people import Flag
from analysis.people import crowd as crowd_of
from survey.models import Familiarity, Participant, Study, Trial
from tests.analysis import factories, recount

pytestmark = pytest.mark.django_db

VOTES = json.loads((Path(__file__).parent / "reference" / "expected-votes.json").read_text())


@pytest.fixture
def study():
    """Six people who took their time, but for the first; each click on cells as they fell."""
    study = factories.make_study(contents=2, words=3)
    people = factories.add_people(study, 6, skill=0.7, seed=3)
    Trial.objects.exclude(chosen=None).update(response_ms=4_000, load_ms=90, blurs=0)
    people[0].trials.exclude(chosen=None).update(response_ms=300)
    return study


def row_of(page, person):
    (row,) = [row for row in page.tables[-1] if row[0] == f"P{person.pk}"]
    return row


def test_everybody_is_listed_with_their_accuracy(study, visit):
    page = visit("people/")
    for person in study.participants.all():
        own = [t for t in recount.counted(study) if t.participant_id == person.pk]
        asked = [t for t in own if t.question.word_id]
        share = sum(t.chosen.is_target for t in asked) / len(asked)
        assert any(f"{share:.0%}" in cell for cell in row_of(page, person))


def test_who_is_too_fast_is_flagged_first_and_counted_all_the_same(study, visit):
    fast = study.participants.earliest("pk")
    page = visit("people/")
    people = [row[0] for row in page.tables[-1] if re.fullmatch(r"P\d+", row[0])]
    assert people[0] == f"P{fast.pk}"
    assert any("too fast" in cell for cell in row_of(page, fast))
    assert len(frames.counted(study).answers) == 36
    everybody = crowd_of(frames.counted(study))
    assert everybody.careless.too_fast.tolist() == [True] + [False] * 5


def test_the_list_can_be_of_those_whom_a_rule_flags(study, visit):
    fast = study.participants.earliest("pk")
    page = visit("people/", rule=Flag.TOO_FAST)
    people = [row[0] for row in page.tables[-1] if re.fullmatch(r"P\d+", row[0])]
    assert people == [f"P{fast.pk}"]


@pytest.mark.parametrize("query", ["rule=tall", "state=gone", "sort=colour"])
def test_what_cannot_be_asked_for_is_not_there(study, admin_client, query):
    assert admin_client.get(f"/results/study/people/?{query}").status_code == 404


def test_a_hundred_are_on_a_page(admin_client):
    study = factories.make_study(contents=1, words=3, catches=False)
    Participant.objects.bulk_create(
        Participant(study=study, language="ja", seed=n, number=n) for n in range(103)
    )
    first, second = (
        admin_client.get(f"/results/study/people/?page={n}").content.decode() for n in (1, 2)
    )
    named = [set(re.findall(r">(P\d+)<", html)) for html in (first, second)]
    assert [len(each) for each in named] == [100, 3]
    assert not named[0] & named[1]


def test_one_person_answer_by_answer(study, visit):
    person = study.participants.earliest("pk")
    word = study.questions.exclude(word=None).first().word
    Familiarity.objects.create(participant=person, word=word, level=2)
    Participant.objects.filter(pk=person.pk).update(recruiter_id="5f2c-secret")
    page = visit(f"people/{person.pk}/")
    assert "5f2c-secret" not in page.html
    assert str(person.token) not in page.html
    rows = [row for row in page.tables[-1] if row and row[0].isdigit()]
    trials = person.trials.order_by("order").select_related("question__content")
    assert len(rows) == len(trials) == 8
    for row, trial in zip(rows, trials, strict=True):
        assert trial.question.content.name in " ".join(row)


def test_somebody_of_another_study_is_not_there(study, admin_client):
    other = Study.objects.create(slug="other")
    stranger = Participant.objects.create(study=other, language="ja", seed=1)
    assert admin_client.get(f"/results/study/people/{stranger.pk}/").status_code == 404
    assert admin_client.get("/results/study/people/999999/").status_code == 404


def test_who_answered_nothing_has_a_page(study, visit):
    person = Participant.objects.create(study=study, language="en", seed=1)
    assert f"P{person.pk}" in visit(f"people/{person.pk}/").text


@pytest.mark.parametrize("page", ["people/", "timing/", "sample-size/"])
def test_nobody_came(visit, page):
    factories.make_study()
    assert "NaN" not in visit(page).html


def test_times_are_those_that_were_stored(study, visit):
    text = visit("timing/").text
    # 30 answers of 4.0 s and 6 of 0.3 s about words.
    assert "Median response time 4.0 s" in text
    assert "0 of 36 answers: given without JavaScript" in text
    Trial.objects.exclude(chosen=None).filter(question__kind="word").update(response_ms=None)
    frames.forget()  # an answer that is stored never changes
    assert "Median response time" not in visit("timing/").text


def test_how_often_images_were_chosen_in_each_position(study, visit):
    answers = frames.counted(study).answers
    counts = np.bincount(answers.position, minlength=9)
    page = visit("timing/")
    (table,) = [t for t in page.tables if t[0][0] == "Position"]
    assert [int(row[1]) for row in table[1:10]] == counts.tolist()


def test_the_people_that_a_word_needs_are_the_references(admin_client):
    """3 of 9 images, 3 photographs, alpha .05, no correction, an accuracy of 60 %."""
    factories.make_study(contents=3, words=4)
    html = admin_client.get(
        "/results/study/sample-size/", {"alpha": "0.05", "words": "1", "accuracy": "60"}
    ).content.decode()
    expected = VOTES["power"]["3of9 a=.05 p1=0.6"]
    row = re.search(r"<tr[^>]*>\s*<th[^>]*>\s*(?:<[^>]+>)*60%.*?</tr>", html, re.DOTALL)
    assert row
    cells = re.sub(r"<[^>]+>", " ", row.group()).split()
    assert str(expected["participants_at_3_contents"]) in cells


def test_a_form_that_cannot_be_says_what_was_expected(study, visit):
    page = visit("sample-size/", alpha="2")
    assert "less than or equal to 0.49" in page.text


def test_with_too_few_people_no_count_is_significant(visit):
    factories.add_people(factories.make_study(contents=1, words=3), 1)
    text = visit("sample-size/").text
    assert "significant from correct" not in text
    assert "answers to a word, if all are complete" in text


def test_how_many_correct_answers_are_significant_now(visit):
    """Of 27 answers at 3 of 9 images: P(14 or more) is 0.036, P(13 or more) 0.079."""
    factories.add_people(factories.make_study(contents=3, words=4), 9)
    text = visit("sample-size/", words="1").text
    assert "27 answers to a word, if all are complete; significant from 14 correct of 27" in text


def test_what_cannot_be_planned_leaves_the_other_values(visit):
    factories.make_study(contents=3, words=4)
    text = visit("sample-size/", words="0", accuracy="70").text
    assert "corrected for 4 words" in text
    assert "at an accuracy of 70%" in text
