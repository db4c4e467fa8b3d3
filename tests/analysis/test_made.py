"""Files that the worker makes: whole, of known answers, restartable, and gone after some days."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analysis import frames, made, work
from analysis.exports import ExportError
from analysis.frames import Selection
from analysis.made import Wish, ask, find
from analysis.models import MadeFile
from analysis.views import made as views
from generation.services.store import store
from jobs.models import Item, Job
from jobs.services import leases, tidy
from jobs.services.work import run
from storage import StorageError
from storage.local import LocalStorage
from survey.models import Study
from survey.services.withdraw import withdraw
from tests.accounts import make_account
from tests.analysis import factories
from tests.analysis.exports.test_pages import body
from texturestudy.roles import Role

pytestmark = pytest.mark.django_db

NAMES = ("parquet", "psych_ds", "stimuli", "report")


@pytest.fixture
def study(db):
    study = factories.make_study(contents=1, words=2)
    factories.add_people(study, 3)
    return study


@pytest.fixture
def large(monkeypatch):
    """Everything is too large for a reply."""
    for name in ("LARGE_ROWS", "LARGE_IMAGES", "QUICK_ANSWERS"):
        monkeypatch.setattr(views, name, 1)


def do_all():
    """As a worker does."""
    while True:
        batch, ids = leases.claim(limit=8)
        if not ids:
            return
        run(batch=batch, ids=ids)


def page(client):
    return client.get("/results/study/data/", headers={"accept-language": "en"}).text


def press(client, name, query=""):
    response = client.post(f"/results/study/make/{name}/{query}", headers={"accept-language": "en"})
    assert response["Location"] == f"/results/study/data/{query}"


def content(client, made_file):
    response = client.get(f"/results/study/made/{made_file.pk}/")
    assert f'filename="study-{made_file.name}"' in response["Content-Disposition"]
    return body(response)


def test_small_files_are_made_while_one_waits(admin_client, study):
    text = page(admin_client)
    assert "/results/study/make/" not in text
    assert 'answers.parquet" download' in text


def test_large_files_are_made_by_the_worker(admin_client, study, large):
    text = page(admin_client)
    for name in NAMES:
        assert f'action="/results/study/make/{name}/"' in text
        press(admin_client, name)
        press(admin_client, name)  # asked twice is made once
    assert Item.objects.counts()["queued"] == 4
    assert "No worker is running, so this waits. Start one: manage.py worker" in page(admin_client)
    frames.forget()
    do_all()
    assert Item.objects.counts()["done"] == 4
    text = page(admin_client)
    assert text.count("Download ") == 4
    assert "9 answers" in text
    files = {row.name: row for row in MadeFile.objects.all()}
    table = pyarrow.parquet.read_table(io.BytesIO(content(admin_client, files[made.PARQUET])))
    assert table.num_rows == 9
    with zipfile.ZipFile(io.BytesIO(content(admin_client, files[made.PSYCH_DS]))) as folder:
        assert folder.testzip() is None
    direct = body(admin_client.get("/results/study/stimuli.zip"))
    assert content(admin_client, files[made.STIMULI]) == direct
    report = content(admin_client, files[made.HTML]).decode()
    assert '<html lang="en">' in report
    assert "The mixed model" in report


def test_the_filters_of_the_page_hold(admin_client, study, large):
    factories.add_people(study, 2, origin="pilot")
    press(admin_client, "parquet", "?origin=pilot")
    do_all()
    assert MadeFile.objects.get().answers == 6
    assert "Download answers.parquet" not in page(admin_client)  # of all others


def test_a_file_says_of_when_it_is_and_is_made_anew(admin_client, study, large):
    press(admin_client, "parquet")
    do_all()
    assert "there are others now" not in page(admin_client)
    factories.add_people(study, 1, seed=9)
    assert "there are others now" in page(admin_client)
    press(admin_client, "parquet")
    do_all()
    assert "there are others now" not in page(admin_client)
    assert [row.answers for row in MadeFile.objects.all()] == [12, 9]


def test_who_withdraws_is_in_no_file(
    admin_client, study, large, django_capture_on_commit_callbacks
):
    press(admin_client, "parquet")
    press(admin_client, "stimuli")
    do_all()
    row = MadeFile.objects.get(name=made.PARQUET)
    path = Path(row.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(participant=study.participants.first())
    assert not path.exists()
    assert list(MadeFile.objects.values_list("name", flat=True)) == [made.STIMULI]
    assert admin_client.get(f"/results/study/made/{row.pk}/").status_code == 404


def test_who_withdraws_while_it_is_made_is_not_offered(admin_client, study, large, monkeypatch):
    press(admin_client, "parquet")
    write = made._WRITE[made.PARQUET]

    def slowly(*given):
        write(*given)
        withdraw(participant=study.participants.first())

    monkeypatch.setitem(made._WRITE, made.PARQUET, slowly)
    do_all()
    row = MadeFile.objects.get()
    assert admin_client.get(f"/results/study/made/{row.pk}/").status_code == 404
    assert "/results/study/made/" not in page(admin_client)


def test_a_killed_worker_s_file_is_made_by_the_next(study, monkeypatch):
    item, new = ask(Wish(study=study, name=made.PARQUET, selection=Selection()))
    assert new
    batch, ids = leases.claim(limit=1)

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("analysis.made.MadeFile.save", killed)
        with pytest.raises(SystemExit):
            run(batch=batch, ids=ids)
    assert not MadeFile.objects.exists()
    leases.give_back(leases.held(batch))
    do_all()
    assert MadeFile.objects.get().item == item


def test_a_file_that_would_not_be_right_is_not_made(admin_client, study, large, monkeypatch):
    def damaged(*_):
        raise ExportError("images/a.png (stored as b.png)")

    monkeypatch.setitem(made._WRITE, made.STIMULI, damaged)
    press(admin_client, "stimuli")
    do_all()
    assert Item.objects.get().state == "failed"
    assert "images/a.png (stored as b.png)" in page(admin_client)
    assert "Try again" in page(admin_client)


def test_a_report_is_its_reader_s(admin_client, client, study, large):
    press(admin_client, "report")
    do_all()
    row = MadeFile.objects.get()
    client.force_login(make_account(Role.RESEARCHER, of=study))
    assert client.get(f"/results/study/made/{row.pk}/").status_code == 404
    assert "Download report.html" not in page(client)


def test_who_may_ask_and_for_what(client, admin_client, study):
    address = "/results/study/make/parquet/"
    assert client.post(address)["Location"].startswith("/admin/login/")
    assert client.get("/results/study/made/1/")["Location"].startswith("/admin/login/")
    assert admin_client.get(address).status_code == 405
    assert admin_client.post("/results/study/make/votes/").status_code == 404
    assert admin_client.post("/results/nothing/make/parquet/").status_code == 404
    assert admin_client.get("/results/study/made/1/").status_code == 404


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ADMIN])
def test_the_page_takes_few_queries_however_many_files_are_under_way(client, study, large, role):
    client.force_login(make_account(role, of=study if role == Role.RESEARCHER else None))
    for name in NAMES:
        client.post(f"/results/study/make/{name}/")
    with CaptureQueriesContext(connection) as captured:
        assert page(client).count("data-computation") == 4
    assert len(captured) <= 12


def test_numbers_that_no_row_has_are_asked_about_in_vain(admin_client, study):
    address = f"/results/study/work/?of={10**30}&of=-1&of=x"
    assert admin_client.get(address).json() == {}


def test_a_file_that_is_not_stored_any_more_is_not_there(admin_client, study):
    ask(Wish(study=study, name=made.PARQUET, selection=Selection()))
    do_all()
    row = MadeFile.objects.get()
    default_storage.delete(row.file.name)
    assert admin_client.get(f"/results/study/made/{row.pk}/").status_code == 404


def test_files_go_after_some_days(study, django_capture_on_commit_callbacks):
    wish = Wish(study=study, name=made.PARQUET, selection=Selection())
    ask(wish)
    do_all()
    path = Path(MadeFile.objects.get().file.path)
    with django_capture_on_commit_callbacks(execute=True):
        tidy.remove_old_jobs()
    assert path.exists()
    week_ago = timezone.now() - timedelta(days=8)
    Item.objects.update(finished_at=week_ago)
    Job.objects.update(created_at=week_ago)
    with django_capture_on_commit_callbacks(execute=True):
        tidy.remove_old_jobs()
    assert not path.exists()
    assert find([wish], frames.load(study)) == [made.Found(None, None, None, False)]


def test_who_withdraws_is_not_told_of_a_file_that_cannot_be_removed(
    study, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    ask(Wish(study=study, name=made.PARQUET, selection=Selection()))
    do_all()

    def away(_storage: object, name: str) -> None:
        raise StorageError("the bucket does not answer")

    monkeypatch.setattr(LocalStorage, "delete", away)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(participant=study.participants.first())
    assert not MadeFile.objects.exists()
    assert "the bucket does not answer" in caplog.text


def test_what_no_row_knows_is_swept(study, monkeypatch):
    ask(Wish(study=study, name=made.PARQUET, selection=Selection()))
    do_all()
    kept = MadeFile.objects.get().file
    stray, _ = store("made", b"stray", ".zip")
    tidy.tidy()
    assert default_storage.exists(stray)  # its row may be on the way
    monkeypatch.setattr(work, "FILES_KEPT", timedelta(seconds=-60))
    tidy.tidy()
    assert not default_storage.exists(stray)
    assert default_storage.exists(kept.name)


def test_a_study_goes_with_its_files(study, django_capture_on_commit_callbacks):
    ask(Wish(study=study, name=made.STIMULI, selection=Selection()))
    do_all()
    path = Path(MadeFile.objects.get().file.path)
    with django_capture_on_commit_callbacks(execute=True):
        MadeFile.objects.filter(study=study).delete()
    assert not path.exists()


def test_the_command_can_leave_a_report_to_the_worker(study, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    call_command("report", "study", "--no-wait", "--no-mixed")
    said = capsys.readouterr().out
    assert "/admin/jobs/job/" in said
    assert "/results/study/data/" in said
    do_all()
    assert Study.objects.get().made_files.get().name == made.HTML
    assert list(tmp_path.iterdir()) == []
