"""Who comes, how, again, and too late: the landing page's rules; and what follows the questions."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from survey.forms import new_ticket
from survey.models import Familiarity, Participant, Study, Withdrawal
from tests.survey.studies import client_of, finish, make_participant, make_study
from tests.survey.test_views import start, ticket_of, url

pytestmark = pytest.mark.django_db

PROLIFIC = {"PROLIFIC_PID": "5f0a", "STUDY_ID": "st1", "SESSION_ID": "se1"}


def text(response):
    return response.content.decode()


def silence(**past):
    Participant.objects.update(seen_at=timezone.now() - timedelta(**past))


def begin(client, **data):
    """Open the landing page with these parameters, and press its button."""
    page = client.get(url("landing"), data)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text(page)))
    return client.post(url("landing"), hidden)


def test_the_recruiters_parameters_come_in_and_do_not_stay_in_the_address(client):
    make_study(completion_url="https://example.org/done?cc={code}&p={PROLIFIC_PID}")
    assert begin(client, **PROLIFIC, other="x").url == url("consent")
    person = Participant.objects.get()
    assert person.recruiter_id == "5f0a"
    assert person.recruiter == {"STUDY_ID": "st1", "SESSION_ID": "se1"}
    assert "the site that sent you here" in text(client.get(url("consent")))


def test_the_way_back_to_the_recruiter_carries_the_code():
    study = make_study(completion_url="https://example.org/done?cc={code}&p={PROLIFIC_PID}")
    person = finish(make_participant(study))
    Participant.objects.update(recruiter_id="a&b")
    page = text(client_of(person).get(url("done")))
    expected = f"https://example.org/done?cc={person.completion_code}&amp;p=a%26b"
    assert f'href="{expected}"' in page


def test_one_person_of_the_recruiter_is_one_participant_in_any_browser(client):
    make_study()
    begin(client, **PROLIFIC)
    begin(Client(), **PROLIFIC)
    assert Participant.objects.count() == 1
    begin(Client(), **(PROLIFIC | {"PROLIFIC_PID": "other"}))
    assert Participant.objects.count() == 2


def test_another_person_of_the_recruiter_does_not_go_on_for_the_one_before(client):
    make_study()
    begin(client, **PROLIFIC)
    page = client.get(url("landing"), PROLIFIC | {"PROLIFIC_PID": "other"})
    assert "Continue where I stopped" not in text(page)
    begin(client, **(PROLIFIC | {"PROLIFIC_PID": "other"}))
    assert Participant.objects.count() == 2


@pytest.mark.parametrize(
    ("policy", "hours", "button", "people"),
    [
        ("resume", 23, "Continue where I stopped", 1),
        ("resume", 25, "Start", 2),
        ("restart", 0, "Continue where I stopped", 1),
        ("restart", 1, "Start", 2),
    ],
)
def test_who_comes_back_meets_the_studys_policy(client, policy, hours, button, people):
    make_study(returning=policy)
    start(client)
    silence(hours=hours)
    assert f"<button>{button}</button>" in text(client.get(url("landing")))
    assert start(client).url == url("consent")
    assert Participant.objects.count() == people
    assert Participant.objects.filter(left_at=None).count() == 1


def test_who_may_not_come_back_hears_it(client):
    make_study(returning="block")
    begin(client, **PROLIFIC)
    silence(hours=1)
    page = client.get(url("landing"), PROLIFIC)
    assert "It can be taken only once" in text(page)
    assert "Start anew" not in text(page)
    response = begin(client, **PROLIFIC)
    assert response.status_code == 403
    assert client.get(url("question")).url == url("landing")
    assert Participant.objects.count() == 1


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("resume", "after a break of up to 24 hours"),
        ("restart", "more than 10 minutes you start again"),
        ("block", "more than 10 minutes you cannot go on"),
    ],
)
def test_the_consent_says_what_a_break_leads_to(policy, says):
    study = make_study(returning=policy)
    page = client_of(make_participant(study, ready=False)).get(url("consent"))
    assert says in text(page)


@pytest.mark.parametrize("status", ["live", "closed"])
def test_whoever_has_a_code_finds_the_way_to_delete_from_any_browser(client, status):
    make_study(status=status)
    assert f'href="{url("withdraw")}"' in text(client.get(url("landing")))


def test_not_you_starts_anew_and_gives_up_the_place(client):
    make_study()
    start(client)
    start(client, anew="1")
    first, second = Participant.objects.order_by("pk")
    assert first.left_at is not None
    assert second.left_at is None


def test_a_full_study_says_so_and_a_freed_place_is_given_again(client):
    study = make_study(quota=1)
    person = make_participant(study)
    data = {"ticket": new_ticket()}
    for refused in (client.get(url("landing")), client.post(url("landing"), data)):
        assert refused.status_code == 403
        assert "All places of this study are taken" in text(refused)
    silence(minutes=61)
    assert start(client).url == url("consent")
    late = client_of(person)
    assert late.get(url("question")).url == url("landing")
    assert start(late).status_code == 403
    Participant.objects.exclude(pk=person.pk).delete()
    assert start(late, follow=True).url == url("question")


@pytest.mark.parametrize(
    ("name", "says"), [("opens_at", "not opened yet"), ("closes_at", "closed")]
)
def test_before_and_after_its_dates(client, name, says):
    hours = 1 if name == "opens_at" else -1
    make_study(**{name: timezone.now() + timedelta(hours=hours)})
    page = client.get(url("landing"))
    assert page.status_code == 403
    assert says in text(page)
    assert client.post(url("landing"), {"ticket": "x"}).status_code == 403
    assert not Participant.objects.exists()


def test_texts_of_the_study_in_the_readers_language(client):
    make_study(
        introduction={"en": "Look at wool.", "ja": "羊毛を見てください。"},
        consent_text={"en": "I know\n\nwhat I do.", "ja": "理解しました。"},
    )
    assert "Look at wool." in text(client.get(url("landing")))
    start(client)
    assert "<p>I know</p>" in text(client.get(url("consent")))
    page = client.get(url("consent"), headers={"accept-language": "ja"})
    assert "理解しました。" in text(page)


def test_the_closing_pages_come_between_the_questions_and_the_code():
    study = make_study(asks_familiarity=True, closing=["age", "comment"])
    person = finish(make_participant(study))
    client = client_of(person)
    assert client.get(url("done")).url == url("familiarity")
    page = text(client.get(url("familiarity")))
    assert person.completion_code not in page
    names = re.findall(r'name="(word-\d+)" value="0"', page)
    assert len(names) == 3
    assert client.post(url("familiarity"), {names[0]: "9"}).status_code == 422
    assert client.post(url("familiarity"), {names[0]: "2"}).url == url("about")
    assert Familiarity.objects.get().level == 2
    page = text(client.get(url("about")))
    assert 'name="age"' in page
    assert 'name="vision"' not in page
    assert client.post(url("about"), {"age": "7"}).status_code == 422
    assert client.post(url("about"), {"age": "18-29", "comment": "面白い"}).url == url("done")
    assert person.completion_code in text(client.get(url("done")))
    person.refresh_from_db()
    assert person.about == {"age": "18-29", "comment": "面白い"}


def test_everything_at_the_end_may_be_skipped():
    study = make_study(
        asks_familiarity=True, closing=["age", "vision", "native_language", "comment"]
    )
    client = client_of(finish(make_participant(study)))
    assert client.post(url("familiarity")).url == url("about")
    assert client.post(url("about")).url == url("done")
    assert not Familiarity.objects.exists()


def test_a_withdrawal_by_the_code_of_the_receipt(client):
    person = finish(make_participant(make_study()))
    wrong = client.post(url("withdraw"), {"code": "3333333333"})
    assert wrong.status_code == 422
    assert "No answers belong to this code" in text(wrong)
    assert client.get(url("withdraw")).status_code == 200
    assert Participant.objects.exists()
    assert client.post(url("withdraw"), {"code": person.completion_code}).url == url("withdrawn")
    assert "Your answers are deleted" in text(client.get(url("withdrawn")))
    assert not Participant.objects.exists()
    assert Withdrawal.objects.get().answers == 8
    assert client_of(person).get(url("done")).url == url("landing")


def test_a_withdrawal_from_the_browser_that_was_used():
    person = make_participant(make_study())
    client = client_of(person)
    assert "Delete what I answered in this browser" in text(client.get(url("withdraw")))
    assert client.post(url("withdraw"), {"mine": "1"}).url == url("withdrawn")
    assert not Participant.objects.exists()
    assert "participant-textures" not in {k for k, m in client.cookies.items() if m.value}


def test_nobody_withdraws_without_saying_whom(client):
    make_participant(make_study())
    assert client.post(url("withdraw"), {"mine": "1"}).status_code == 422
    assert Participant.objects.exists()


def test_a_preview_of_any_question_leaves_no_trace(client, admin_client):
    study = make_study(status="draft")
    assert client.get(reverse("survey:preview", args=["textures", 0])).status_code == 302
    for index in range(8):
        page = admin_client.get(reverse("survey:preview", args=["textures", index]))
        assert text(page).count('type="radio"') == 9
        assert f"{index + 1}/8" in text(page)
    assert admin_client.get(reverse("survey:preview", args=["textures", 8])).status_code == 404
    assert not study.participants.exists()


def test_a_preview_of_redrawn_distractors_is_an_example(admin_client):
    make_study(contents=1, words=4, distractors="redrawn", status="draft")
    page = admin_client.get(reverse("survey:preview", args=["textures", 0]))
    assert text(page).count('type="radio"') == 9


def test_no_personal_data_reaches_the_log(client, caplog):
    caplog.set_level("DEBUG")
    make_study()
    begin(client, **PROLIFIC)
    client.post(url("withdraw"), {"code": "SECRETCODE"})
    Study.objects.update(quota=0)
    Client().post(url("landing"), {"ticket": new_ticket()})
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert not any(value in logged for value in [*PROLIFIC.values(), "SECRETCODE", "127.0.0.1"])
    assert ticket_of(client.get(url("landing"))) not in logged
