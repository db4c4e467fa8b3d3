"""The lists of studies and people: what they are narrowed by, and taking somebody's data out."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from survey.admin import people as people_admin
from survey.models import Participant, Study, Trial, Withdrawal
from survey.services import lifecycle
from tests.accounts import make_account
from tests.survey.studies import finish, give, make_participant, make_study, next_trial
from tests.survey.test_admin import text
from texturestudy.roles import Role

pytestmark = pytest.mark.django_db

PEOPLE = reverse("admin:survey_participant_changelist")
STUDIES = reverse("admin:survey_study_changelist")


@pytest.fixture
def study():
    return make_study(contents=2)


def listed(client, address, **query):
    return set(client.get(address, query).context["cl"].queryset)


def test_people_are_found_by_how_far_they_came(admin_client, study):
    done, going, new = (make_participant(study) for _ in range(3))
    finish(done)
    Participant.objects.filter(pk=new.pk).update(consented_at=None)
    gone = make_participant(study)
    Participant.objects.filter(pk=gone.pk).update(left_at=timezone.now())
    long_ago = timezone.now() - timedelta(hours=1)
    Participant.objects.filter(pk=new.pk).update(seen_at=long_ago)
    states = {
        "complete": {done}, "under-way": {going, new}, "left": {gone}, "not-agreed": {new},
        "here": {going, gone},
    }  # fmt: skip
    for state, people in states.items():
        assert listed(admin_client, PEOPLE, state=state) == people, state


def test_people_are_found_by_signs_in_their_answers(admin_client, study):
    careful, hasty = make_participant(study), make_participant(study)
    give(careful, next_trial(careful), response_ms=3000, blurs=0)
    give(hasty, next_trial(hasty), response_ms=300, blurs=2)
    assert listed(admin_client, PEOPLE, sign="fast") == {hasty}
    assert listed(admin_client, PEOPLE, sign="blur") == {hasty}
    for person, is_right in ((careful, True), (hasty, False)):
        trial = person.trials.filter(question__kind="catch").first()
        option = trial.question.options.filter(is_target=is_right).first()
        Trial.objects.filter(pk=trial.pk).update(
            answered_at=timezone.now(), chosen=option, position=0
        )
    assert listed(admin_client, PEOPLE, sign="catch") == {hasty}
    (row,) = admin_client.get(PEOPLE, {"sign": "catch"}).context["cl"].result_list
    assert row.failed_catches == 1


def test_a_code_is_found_however_it_is_written(admin_client, study):
    person = finish(make_participant(study))
    make_participant(study)
    code = person.completion_code
    for written in (code, code.lower(), f"{code[:4]}-{code[4:]}", f" {code[:3]} {code[3:]} "):
        assert listed(admin_client, PEOPLE, q=written) == {person}, written


def withdraw_page(*people):
    query = "&".join(f"pk={person.pk}" for person in people)
    return f"{reverse('admin:survey_participant_withdraw')}?{query}"


def test_withdrawing_says_what_is_deleted_and_asks(admin_client, study):
    goes, stays = finish(make_participant(study)), make_participant(study)
    data = {"action": "take_out", "_selected_action": [goes.pk]}
    asked = admin_client.post(PEOPLE, data)
    assert asked.url == withdraw_page(goes)
    page = text(admin_client.get(asked.url))
    assert "1 person, with all that they answered: 8 answers to questions" in page
    assert goes.completion_code in page
    refused = admin_client.post(asked.url, {"pk": [goes.pk]}, follow=True)
    assert "Nothing is deleted" in text(refused)
    assert Participant.objects.count() == 2
    done = admin_client.post(asked.url, {"pk": [goes.pk], "confirmed": "on"}, follow=True)
    assert "1 person was withdrawn, with 8 answers." in text(done)
    assert Participant.objects.get() == stays
    assert Withdrawal.objects.get().answers == 8
    again = admin_client.post(asked.url, {"pk": [goes.pk], "confirmed": "on"}, follow=True)
    assert "Nobody was chosen who is still there." in text(again)


def test_too_many_at_once_are_told_and_stay(admin_client, study, monkeypatch):
    monkeypatch.setattr(people_admin, "_MOST", 1)
    keys = [make_participant(study).pk for _ in range(2)]
    page = admin_client.post(
        PEOPLE, {"action": "take_out", "_selected_action": keys}, follow=True
    ).text
    assert "Expected at most 1 people at once, got 2: nobody was withdrawn." in page
    address = reverse("admin:survey_participant_withdraw")
    assert admin_client.get(f"{address}?pk={10**30}").status_code == 302


def test_nobody_withdraws_people_of_somebody_else_s_study(client, study):
    person = make_participant(study)
    client.force_login(make_account(Role.RESEARCHER, "other"))
    address = withdraw_page(person)
    client.post(address, {"pk": [person.pk], "confirmed": "on"})
    assert Participant.objects.get() == person
    client.force_login(make_account(Role.RESEARCHER, "own", of=study))
    client.post(address, {"pk": [person.pk], "confirmed": "on"})
    assert not Participant.objects.exists()


def test_the_list_of_people_has_no_query_per_row(admin_client, study, django_assert_num_queries):
    for _ in range(3):
        make_participant(study)
    with django_assert_num_queries(11):
        admin_client.get(PEOPLE)


def test_studies_are_found_by_language_title_and_whose(client):
    owner = make_account(Role.OWNER, "owner")
    client.force_login(owner)
    both = make_study(slug="both", contents=1, title={"ja": "質感の調査"})
    english = Study.objects.create(slug="english", title={"en": "Textures"}, languages=["en"])
    english.researchers.add(owner)
    assert listed(client, STUDIES, language="ja") == {both}
    assert listed(client, STUDIES, language="en") == {both, english}
    assert listed(client, STUDIES, own="1") == {english}
    assert listed(client, STUDIES, q="質感") == {both}
    assert listed(client, STUDIES, q="textur") == {english}
    assert listed(client, STUDIES, q="english") == {english}


@pytest.mark.parametrize("model", ["fault", "withdrawal", "studyversion", "peek", "trial"])
def test_the_lists_are_searched(admin_client, study, model):
    finish(make_participant(study))
    page = admin_client.get(reverse(f"admin:survey_{model}_changelist"), {"q": "textures"})
    assert page.status_code == 200
    assert (model == "studyversion") == ("What changed" in text(page))


def test_duplicating_from_the_list_and_the_page(admin_client, study):
    data = {"action": "duplicate", "_selected_action": [study.pk]}
    page = text(admin_client.post(STUDIES, data, follow=True))
    assert "The new draft textures-2 has the stimuli, design, texts and plan of textures" in page
    response = admin_client.post(reverse("admin:survey_study_duplicate", args=[study.pk]))
    copy = Study.objects.get(slug="textures-3")
    assert response.url == reverse("admin:survey_study_change", args=[copy.pk])
    user = get_user_model().objects.get(username="admin")
    assert set(Study.objects.filter(researchers=user)) == {
        copy,
        Study.objects.get(slug="textures-2"),
    }


def test_a_new_version_of_texts_is_confirmed_and_compared(admin_client, study):
    make_participant(study)
    page = reverse("admin:survey_study_version", args=[study.pk])
    assert "1 person has started" in text(admin_client.get(page))
    step = admin_client.post(page, {"purpose": "texts"}).url
    assert admin_client.post(page, {"purpose": "texts"}).url == step  # what was begun goes on
    name = {"title_0": "質感の調査", "title_1": "New", "languages": ["ja", "en"]}
    texts = admin_client.post(step, name).url
    rules = {
        "consent_version": "1", "abandoned_minutes": "60", "returning": "resume",
        "resume_hours": "24", "counted_origins": ["live"], "quota": "50",
        "recruiter_parameters": "PROLIFIC_PID STUDY_ID SESSION_ID",
    }  # fmt: skip
    review = admin_client.post(texts, rules).url
    told = text(admin_client.get(review))
    assert "en: Textures" in told
    assert "en: New" in told
    assert "1 person is under way" in told
    assert re.search(r"Quota</th>\s*<td>–</td><td>50", told)
    admin_client.post(review, {"_store": "change"})
    study.refresh_from_db()
    assert study.version == 1
    admin_client.post(review, {"_store": "change", "confirmed": "on"})
    study.refresh_from_db()
    assert (study.version, study.composition, study.quota) == (2, 1, 50)
    versions = text(admin_client.get(reverse("admin:survey_study_versions", args=[study.pk])))
    assert "From version 1 to version 2" in versions
    assert "en: New" in versions


def test_more_versions_take_no_more_queries(admin_client, study):
    page = reverse("admin:survey_study_versions", args=[study.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert "Versions" in text(admin_client.get(page))
        return len(captured)

    lifecycle.revise(study=study, values={"contact": "one"})
    lifecycle.revise(study=study, values={"contact": "two"})
    few = queries()
    for contact in "345":
        lifecycle.revise(study=study, values={"contact": contact})
    assert queries() == few
