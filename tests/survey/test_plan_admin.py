"""The plan on its study's page in the admin."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.urls import reverse

import storage
from generation.models import StylisedImage
from survey.models import Amendment, AnalysisPlan
from survey.services import integrity
from survey.services.lifecycle import go_live
from survey.services.plan import write_plan
from tests.survey.studies import make_conditions, make_study
from tests.survey.test_admin import form_of, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    return make_study(contents=2, status="draft")


def page_of(study):
    return reverse("admin:survey_study_change", args=[study.pk])


def plan_of(page):
    """What a browser would send of the plan's form, as it was opened."""
    formset = next(
        each.formset
        for each in page.context["inline_admin_formsets"]
        if each.formset.prefix == "plan"
    )
    data = {}
    for form in formset.forms:
        data |= {b.html_name: b.value() for b in form if b.value() not in (None, False)}
    return data | {bound.html_name: bound.value() for bound in formset.management_form}


def sent(page):
    """What a browser would send of the whole page."""
    html = page.content.decode()
    data = form_of(page) | {k: v for k, v in plan_of(page).items() if f'name="{k}"' in html}
    return {name: value for name, value in data.items() if value is not None}


def save(client, study, status=None, **plan):
    page = client.get(page_of(study))
    data = sent(page)
    data |= {f"plan-0-{name}": value for name, value in plan.items()}
    if status:
        data["status"] = status
    response = client.post(page_of(study), data, follow=True)
    study.refresh_from_db()
    return text(response)


def test_a_study_is_saved_without_a_plan(admin_client, draft):
    page = save(admin_client, draft)
    assert "was changed successfully" in page
    assert not AnalysisPlan.objects.exists()


def test_a_plan_is_written_and_frozen_with_one_click(admin_client, draft):
    page = save(
        admin_client, draft, status="live", outcome="named", words=["fusafusa", "mofumofu"],
        people=30, agreement_z=-3, hypotheses="Fur is seen.",
    )  # fmt: skip
    plan = AnalysisPlan.objects.get()
    assert draft.status == "live"
    assert plan.words == ["fusafusa", "mofumofu"]
    assert (plan.people, plan.alpha, plan.agreement_z) == (30, 0.05, -3)
    assert plan.hypotheses == "Fur is seen."
    assert f"The analysis plan is frozen, SHA-256 {plan.sha256}" in page


@pytest.mark.django_db(transaction=True)
def test_images_are_read_before_the_transaction_and_told_at_the_status(
    admin_client, draft, monkeypatch, restore_media
):
    """A transaction would keep everybody else from writing into SQLite."""
    seen = []

    def watched(file: str) -> str:
        seen.append(connection.in_atomic_block)
        return storage.digest(file)

    integrity._known.clear()
    monkeypatch.setattr(integrity, "digest", watched)
    file = StylisedImage.objects.first().file.name
    restore_media.delete(file)
    page = save(admin_client, draft, status="live")
    assert f"1 images are missing or changed, as {file}." in page
    assert draft.status == "draft"
    assert seen
    assert not any(seen)


def test_what_is_wrong_is_said_at_the_field_and_nothing_goes_live(admin_client, draft):
    page = save(admin_client, draft, status="live", people=30, alpha=0.6, failed_catches=5)
    assert "Expected a number greater than 0 and less than 0.5, got 0.6." in page
    assert "Expected at most 2, the catch questions that a person answers, got 5." in page
    assert draft.status == "draft"
    assert not AnalysisPlan.objects.exists()


def test_a_plan_offers_its_words_as_they_are_written(admin_client, draft):
    word = draft.questions.exclude(word=None).first().word
    assert f"{word.text} ({word.reading})" in admin_client.get(page_of(draft)).text


def test_a_plan_names_words_that_the_study_has_no_longer(admin_client, draft):
    write_plan(study=draft, people=30, outcome="named", words=["fusafusa"])
    draft.questions.filter(word__reading="fusafusa").delete()
    page = save(admin_client, draft, status="live")
    assert "got fusafusa." in page
    assert draft.status == "draft"


def test_going_live_without_a_plan_is_said(admin_client, draft):
    page = save(admin_client, draft, status="live")
    assert draft.status == "live"
    assert "This study went live without an analysis plan" in page
    page = admin_client.get(page_of(draft)).content.decode()
    assert 'name="plan-0-people"' not in page


def test_conditions_are_offered(admin_client):
    study = make_conditions("other", status="draft")
    save(admin_client, study, outcome="conditions", baseline="other", people=9)
    assert AnalysisPlan.objects.get().baseline == "other"


def test_a_frozen_plan_is_read_and_not_edited(admin_client, draft):
    write_plan(study=draft, people=30)
    opened = admin_client.get(page_of(draft))
    stale = sent(opened)
    go_live(study=draft)
    plan = AnalysisPlan.objects.get()
    page = admin_client.get(page_of(draft))
    assert 'name="plan-0-people"' not in page.content.decode()
    assert plan.sha256 in page.content.decode()
    del stale["status"]
    fresh = form_of(page)
    stale |= {"status": fresh["status"], "plan-0-people": 12, "plan-0-alpha": 0.4}
    told = text(admin_client.post(page_of(draft), stale, follow=True))
    assert "The plan is frozen: what you changed of it is not stored." in told
    deleted = stale | {"plan-0-DELETE": "on"}
    admin_client.post(page_of(draft), deleted)
    assert AnalysisPlan.objects.get() == plan
    assert AnalysisPlan.objects.values().get()["people"] == 30


def test_a_study_that_is_live_is_still_edited(admin_client, draft):
    write_plan(study=draft, people=30)
    go_live(study=draft)
    page = admin_client.get(page_of(draft))
    data = sent(page) | {"quota": 31}
    told = text(admin_client.post(page_of(draft), data, follow=True))
    draft.refresh_from_db()
    assert draft.quota == 31
    assert "not stored" not in told


def test_an_amendment_is_written_once_by_who_is_there(admin_client, draft):
    add = reverse("admin:survey_amendment_add")
    plan = write_plan(study=draft, people=30)
    given = {"plan": plan.pk, "what": "20 people", "why": "no money"}
    assert "Select a valid choice" in text(admin_client.post(add, given))
    go_live(study=draft)
    assert f"{add}?plan={plan.pk}" in text(admin_client.get(page_of(draft)))
    assert admin_client.post(add, given | {"why": ""}).status_code == 200
    assert admin_client.post(add, given).status_code == 302
    row = Amendment.objects.get()
    assert (row.what, row.why, row.by_name) == ("20 people", "no money", "admin")
    change = reverse("admin:survey_amendment_change", args=[row.pk])
    assert "no money" in text(admin_client.get(change))
    assert admin_client.post(change, given | {"why": "other"}).status_code == 403
    delete = reverse("admin:survey_amendment_delete", args=[row.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert "20 people" in text(admin_client.get(reverse("admin:survey_amendment_changelist")))


def test_staff_without_permission_see_no_plan(client, draft):
    client.force_login(get_user_model().objects.create_user("reader", is_staff=True))
    assert client.get(page_of(draft)).status_code == 403
    assert client.get(reverse("admin:survey_amendment_add")).status_code == 403


def test_the_log_of_looks_opens_and_is_read_only(admin_client, draft):
    assert admin_client.get(reverse("admin:survey_peek_changelist")).status_code == 200
    assert admin_client.get(reverse("admin:survey_peek_add")).status_code == 403
