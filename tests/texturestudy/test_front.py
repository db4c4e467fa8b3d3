"""The admin's front page: what there is to do, and how everything stands."""

import json
import shutil
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation

from jobs.models import Item
from jobs.services.ask import Wanted, ask
from jobs.services.work import do_now
from jobs.services.workers import Presence
from storage import StorageError
from survey.models import Fault, Study
from tests.accounts import make_account
from tests.analysis.factories import add_people, make_study
from texturestudy import doctor, front
from texturestudy.roles import Role
from texturestudy.work import DOCTOR

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


@pytest.fixture
def study():
    study = make_study(contents=1, words=3, quota=30)
    add_people(study, 3)
    add_people(study, 2, answered=0.5, seed=1)
    add_people(study, 4, origin="bot", seed=2)
    old = study.participants.filter(origin="live").first()
    study.participants.filter(pk=old.pk).update(started_at=timezone.now() - timedelta(days=2))
    return study


def test_nothing_yet(admin_client):
    html = admin_client.get(INDEX).text
    assert "There is no study yet." in html
    assert "Nothing is queued" in html
    assert "It was not checked yet" in html
    assert "To look at" not in html


def test_the_page_of_an_app_lists_what_it_has(study, admin_client):
    html = admin_client.get("/admin/survey/").text
    assert reverse("admin:survey_study_changelist") in html
    assert "There is no study yet." not in html


def test_a_list_without_a_row_says_why(admin_client):
    nothing = admin_client.get(reverse("admin:generation_word_changelist")).text
    assert "There is nothing here yet." in nothing
    assert f'<a href="{reverse("admin:generation_word_add")}">Add the first</a>' in nothing
    faults = reverse("admin:survey_fault_changelist")
    assert "Add the first" not in admin_client.get(faults).text
    assert "Nothing fits this search" in admin_client.get(f"{faults}?q=x").text


def test_live_people_are_counted_and_those_of_today(study):
    (shown,) = front.studies(make_account(Role.ADMIN))
    assert (shown.today, shown.complete) == (4, 3)


def test_live_studies_come_first_and_only_those_of_the_researcher(study):
    user = make_account(Role.RESEARCHER, of=study)
    Study.objects.create(slug="elsewhere", status="live")
    draft = Study.objects.create(slug="draft")
    draft.researchers.add(user)
    assert [each.slug for each in front.studies(user)] == ["study", "draft"]


def test_what_a_researcher_does_not_see(client, study):
    client.force_login(make_account(Role.RESEARCHER, of=study))
    ask(kind=DOCTOR, items=[Wanted(key="all")])
    html = client.get(INDEX).text
    assert "Textures" in html
    assert "check the installation" not in html
    assert "Check everything now" not in html
    assert client.post(reverse("admin:check")).status_code == 403


def texts(user) -> str:
    return " ".join(each.text for each in front.warnings(user))


def test_warnings(study, monkeypatch):
    admin, other = make_account(Role.ADMIN), make_account(Role.RESEARCHER)
    assert front.warnings(admin) == []
    Fault.objects.create(study=study, file="x.png", expected="0" * 64)
    ask(kind=DOCTOR, items=[Wanted(key="a"), Wanted(key="b")])
    Item.objects.filter(key="a").update(state="failed", error="Error: no")
    usage = shutil.disk_usage(".")._replace(free=12 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "1 image of a study is missing" in texts(admin)
    assert "1 piece of work failed." in texts(admin)
    assert "manage.py worker" in texts(admin)
    assert "Only 12 MB are free" in texts(admin)
    assert texts(other) == ("No worker is running, so this waits. Start one: manage.py worker")
    with Presence(engine="inline", slots=1):
        assert texts(other) == ""


def test_work_under_way_says_how_far_it_is(admin_client):
    job = ask(kind=DOCTOR, items=[Wanted(key=str(n)) for n in range(4)], about="four")
    Item.objects.filter(key="0").update(state="done", finished_at=timezone.now(), outcome="[]")
    html = admin_client.get(INDEX).text
    assert reverse("admin:jobs_job_change", args=[job.pk]) in html
    assert "1 / 4" in html


def test_each_sees_of_the_work_what_is_theirs(admin_client, client):
    researcher = make_account(Role.RESEARCHER)
    client.force_login(researcher)
    own = ask(kind=DOCTOR, items=[Wanted(key="own")], about="of mine", asked_by=researcher)
    ask(kind=DOCTOR, items=[Wanted(key="other")], about="of another")
    part = reverse("admin:under_way")
    response = client.get(part)
    assert reverse("admin:jobs_job_change", args=[own.pk]) in response.text
    assert "of another" not in response.text
    assert "of another" in admin_client.get(part).text
    tag = {"HTTP_IF_NONE_MATCH": response["ETag"]}
    assert client.get(part, **tag).status_code == 304
    own.items.update(state="done")
    assert "Nothing is queued" in client.get(part, **tag).text


def test_everything_is_checked_by_a_job(admin_client, monkeypatch):
    def found() -> str:
        raise doctor.Trouble("it is not there")

    monkeypatch.setattr(doctor, "CHECKS", {"one": lambda: "fine", "two": found})
    for _ in range(2):
        assert admin_client.post(reverse("admin:check")).status_code == 302
    assert "It is being checked." in admin_client.get(INDEX).text
    item = Item.objects.get()
    do_now(kind=DOCTOR, item=Wanted(key="all"))
    html = admin_client.get(INDEX).text
    assert "1 check found something wrong." in html
    assert "<strong>two</strong>: it is not there" in html
    assert "✓ one: fine" in html
    assert "more than a week ago" not in html
    Item.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert "more than a week ago" in admin_client.get(INDEX).text
    item.refresh_from_db()
    assert json.loads(item.outcome) == [["one", True, "fine"], ["two", False, "it is not there"]]


def test_a_check_tells_of_a_storage_that_is_away(admin_client, monkeypatch):
    def away() -> str:
        raise StorageError("the bucket does not answer")

    monkeypatch.setattr(doctor, "CHECKS", {"files": away, "totals": lambda: "fine"})
    item = do_now(kind=DOCTOR, item=Wanted(key="all"))
    assert json.loads(item.outcome) == [
        ["files", False, "the bucket does not answer"], ["totals", True, "fine"],
    ]  # fmt: skip


def test_how_large_the_images_are(study, settings, tmp_path, monkeypatch):
    cache.clear()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.png").write_bytes(b"12345")
    (tmp_path / "b.png").write_bytes(b"123")
    monkeypatch.setattr(front.default_storage, "location", str(tmp_path), raising=False)
    shown = front.disk()
    assert shown.images == 8
    assert shown.database > 10_000
    assert 0 < shown.free <= shown.total


def test_in_japanese(admin_client, study):
    html = admin_client.get(INDEX, headers={"accept-language": "ja"}).text
    assert "システムの点検" in html
    with translation.override("ja"):
        assert "待っている仕事も、進行中の仕事もありません。" in html


def test_queries_do_not_grow(admin_client, study, django_assert_max_num_queries):
    for number in range(5):
        Study.objects.create(slug=f"s{number}")
    with django_assert_max_num_queries(14):
        admin_client.get(INDEX)
    for number in range(5):
        ask(kind=DOCTOR, items=[Wanted(key=f"{number}")])
    with django_assert_max_num_queries(16):
        admin_client.get(INDEX)
