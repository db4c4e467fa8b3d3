"""Answers by fetch: the same pages, without loading one."""

import pytest
from django.urls import reverse

from survey.models import Study, Trial
from tests.survey.services.test_integrity import always_fresh  # noqa: F401
from tests.survey.services.test_lifecycle import damage
from tests.survey.studies import (
    client_of,
    finish,
    give,
    make_participant,
    make_study,
    next_trial,
)

pytestmark = pytest.mark.django_db

QUESTION = reverse("survey:question", args=["textures"])


@pytest.fixture
def participant():
    return make_participant(make_study(), language="ja")


def send(participant, shown, client=None, **data):
    client = client or client_of(participant)
    data = {"trial": shown.token, "position": 0, **data}
    response = client.post(QUESTION, data, headers={"accept": "application/json"})
    return response.status_code, response.json()


def test_the_reply_has_the_next_questions(participant):
    first, *others = participant.trials.all()
    status, reply = send(
        participant, first, position=4, response_ms="1200", load_ms="80", blurs="2"
    )
    assert (status, reply["stored"], reply["go"]) == (200, True, None)
    assert [q["trial"] for q in reply["upcoming"]] == [str(t.token) for t in others[:3]]
    first.refresh_from_db()
    assert (first.chosen_id, first.response_ms) == (first.grid[4], 1200)
    assert (first.load_ms, first.blurs) == (80, 2)
    question = reply["upcoming"][0]
    assert (question["number"], question["total"]) == (2, 8)
    assert set(question) == {"trial", "number", "total", "kind", "heading", "cells"}
    assert "選んでください" in question["heading"]
    urls = [cell["url"] for cell in question["cells"]]
    options = others[0].question.options.in_bulk()
    assert urls == [options[pk].image.file.url for pk in others[0].grid]


def test_the_page_has_the_same_questions_as_the_replies(participant):
    page = client_of(participant).get(QUESTION)
    first = page.context["question"]
    assert first["number"] == 1
    _, reply = send(participant, next_trial(participant))
    assert page.context["upcoming"] == reply["upcoming"][:2]


def test_a_replay_changes_nothing_and_says_what_comes_next(participant):
    first, second, *_ = participant.trials.all()
    send(participant, first, position=4)
    status, reply = send(participant, first, position=5)
    assert (status, reply["stored"]) == (200, False)
    assert reply["upcoming"][0]["trial"] == str(second.token)
    first.refresh_from_db()
    assert first.chosen_id == first.grid[4]


def test_after_the_last_answer_it_says_where_to_go(participant):
    *others, last = participant.trials.all()
    for trial in others:
        give(participant, trial)
    for stored in (True, False):
        status, reply = send(participant, last)
        assert (status, reply["stored"]) == (200, stored)
        assert (reply["upcoming"], reply["go"]) == ([], "/s/textures/done/")


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"position": ""}, 422, "画像を 1 枚選んでください。"),
        ({"position": "9"}, 400, "保存できませんでした"),
        ({"trial": "x"}, 400, "保存できませんでした"),
        ({"trial": "00000000-0000-4000-8000-000000000000"}, 403, "別の方のアンケート"),
    ],
)
def test_what_cannot_be_stored(participant, change, status, says):
    got, reply = send(participant, next_trial(participant), **change)
    assert got == status
    assert says in reply["problem"]
    assert reply["go"] == QUESTION
    assert not Trial.objects.answered().exists()


def test_out_of_order_and_out_of_time(participant):
    _, second, *_ = participant.trials.all()
    assert send(participant, second)[0] == 409
    Study.objects.update(status="closed")
    status, reply = send(participant, next_trial(participant))
    assert (status, reply["go"]) == (403, None)
    assert "終了しました" in reply["problem"]
    assert not Trial.objects.answered().exists()


def test_nobody_and_who_left(participant, client):
    trial = next_trial(participant)
    status, reply = send(participant, trial, client=client)
    assert (status, reply["go"]) == (401, "/s/textures/")
    participant.study.participants.update(left_at=participant.started_at)
    assert send(participant, trial)[0] == 410
    assert not Trial.objects.answered().exists()


@pytest.fixture
def always_the_same():
    """Somebody whose first two questions share some images, but not all."""
    study = make_study(words=6)
    return make_participant(study, language="ja", origin="bot", label="bot-1")


def test_a_damaged_image_ahead_does_not_cost_the_answer(always_the_same, restore_media):
    participant = always_the_same
    client = client_of(participant)
    page = client.get(QUESTION)
    first, second = page.context["question"], page.context["upcoming"][0]
    only = {c["url"] for c in second["cells"]} - {c["url"] for c in first["cells"]}
    damage(min(only).removeprefix("/media/"))
    status, reply = send(participant, next_trial(participant), client=client)
    assert (status, reply["stored"], reply["upcoming"]) == (200, True, [])
    assert reply["go"] is None
    page = client.get(QUESTION)
    assert page.status_code == 503
    assert "この質問は今は表示できません" in page.content.decode()


def test_an_answer_takes_two_queries(participant, django_assert_num_queries):
    client = client_of(participant)
    client.get(QUESTION)
    trial = next_trial(participant)
    # open trials with the participant and the study, the answer
    with django_assert_num_queries(2):
        send(participant, trial, client=client)


def test_a_study_that_has_ended_still_shows_the_receipt(participant):
    finish(participant)
    Study.objects.update(status="closed")
    page = client_of(participant).get(reverse("survey:done", args=["textures"]))
    assert participant.completion_code in page.content.decode()
