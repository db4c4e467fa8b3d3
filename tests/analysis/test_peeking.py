"""Who sees p values while answers come in, and what the log says of it."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from analysis import frames
from analysis.peeking import Access, p_values, peeks
from audit.errors import LogError
from survey.models import Peek, Study
from survey.services.lifecycle import close, go_live, revise
from survey.services.peeking import WINDOW, peek
from tests.analysis.factories import add_people, make_study
from tests.survey.studies import make_study as compose_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    study = make_study(contents=2, words=3)
    add_people(study, 3)
    return study


@pytest.fixture
def staff():
    return get_user_model().objects.create_superuser("matsuo")


@pytest.fixture
def client(staff):
    client = Client()
    client.force_login(staff)
    return client


ADDRESS = "/results/study/peek/"


def test_p_values_are_hidden_until_the_study_is_over(study, staff):
    assert not p_values(study, staff).shown
    study.status = "draft"
    assert not p_values(study, staff).shown
    study.status = "closed"
    assert p_values(study, staff).access == Access.OVER
    study.status, study.closes_at = "live", timezone.now() - timedelta(minutes=1)
    assert p_values(study, staff).shown
    study.closes_at = timezone.now() + timedelta(minutes=1)
    assert not p_values(study, staff).shown


def test_a_look_opens_them_to_who_looks_for_an_hour(study, staff):
    other = get_user_model().objects.create_user("yanai", is_staff=True)
    row = peek(study=study, user=staff)
    assert (row.answers_then, row.people_then) == (24, 3)
    assert (row.user_name, row.why, row.until - row.at) == ("matsuo", "confirmed", WINDOW)
    shown = p_values(study, staff)
    assert (shown.access, shown.until, shown.peeks) == (Access.PEEKING, row.until, (row,))
    assert not p_values(study, other).shown
    assert not p_values(study, AnonymousUser()).shown
    assert not p_values(Study.objects.create(slug="other"), staff).shown


def test_it_is_over_after_that(study, staff, monkeypatch):
    row = peek(study=study, user=staff)
    monkeypatch.setattr(timezone, "now", lambda: row.until - timedelta(seconds=1))
    assert p_values(study, staff).shown
    assert peek(study=study, user=staff) == row
    monkeypatch.setattr(timezone, "now", lambda: row.until)
    assert not p_values(study, staff).shown
    assert peek(study=study, user=staff) != row
    assert [each.at for each in peeks(study)] == [row.at, row.until]


def test_only_counted_answers_are_in_the_log(study, staff):
    add_people(study, 2, origin="pilot", seed=1)
    add_people(study, 4, answered=0.0, seed=2)
    row = peek(study=study, user=staff)
    assert (row.answers_then, row.people_then) == (24, 3)


def test_nobody_peeks_at_a_study_that_is_over(study, staff):
    study.status = "closed"
    study.save()
    assert peek(study=study, user=staff) is None
    assert not Peek.objects.exists()


def test_simulated_answers_alone_are_shown_until_the_first_person(staff):
    study = make_study(counted_origins=["live", "bot"])
    assert p_values(study, staff).access == Access.HIDDEN
    add_people(study, 2, origin="bot")
    add_people(study, 2, origin="pilot", seed=1)
    assert p_values(study, staff).access == Access.SIMULATED
    assert (
        p_values(study, staff, counted=frames.people(frames.counted(study))).access
        == Access.SIMULATED
    )
    add_people(study, 1, seed=2)
    assert p_values(study, staff).access == Access.HIDDEN
    assert (
        p_values(study, staff, counted=frames.people(frames.counted(study))).access == Access.HIDDEN
    )
    assert p_values(study, staff, counted=frames.People(0, 0)).access == Access.HIDDEN


def test_the_queries_of_a_page(study, staff, django_assert_num_queries):
    with django_assert_num_queries(1):
        p_values(study, staff, counted=frames.People(3, 0))
    with django_assert_num_queries(1):
        p_values(study, staff)


def test_the_log_is_written_once(study, staff):
    row = peek(study=study, user=staff)
    row.answers_then = 0
    for change in (row.save, row.delete, Peek.objects.all().delete):
        with pytest.raises(LogError):
            change()
    with pytest.raises(LogError):
        Peek.objects.update(answers_then=0)
    values = {"study": study, "answers_then": 1, "people_then": 1, "at": row.at}
    for wrong in ({"until": row.at}, {"until": row.at - WINDOW, "user_name": "matsuo"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Peek.objects.create(**values, **wrong)
    staff.delete()
    row = Peek.objects.get()
    assert (row.user, row.user_name, row.answers_then) == (None, "matsuo", 24)


def test_a_study_that_was_over_and_takes_answers_again_is_in_the_log():
    study = compose_study(slug="study")
    close(study=study)
    go_live(study=study)
    assert not Peek.objects.exists()  # nothing was there to be seen
    add_people(study, 2)
    go_live(study=study)
    revise(study=study, values={"closes_at": timezone.now() + timedelta(days=1)})
    assert not Peek.objects.exists()
    close(study=study)
    go_live(study=study)
    row = Peek.objects.get()
    assert (row.why, row.user_name, row.answers_then, row.people_then) == ("reopened", "", 16, 2)
    assert row.until == row.at
    revise(study=study, values={"closes_at": timezone.now() - timedelta(days=1)})
    assert Peek.objects.count() == 1
    revise(study=study, values={"closes_at": None})
    assert [each.why for each in peeks(study)] == ["reopened"] * 2


def test_staff_alone_may_look(study):
    for user in (None, get_user_model().objects.create_user("somebody")):
        client = Client()
        if user:
            client.force_login(user)
        for call in (client.get, client.post):
            assert call(ADDRESS).headers["Location"].startswith("/admin/login/")
    assert not Peek.objects.exists()


def test_the_button_logs_and_leads_back(study, client, staff):
    page = client.get(ADDRESS, {"next": "/results/study/words/?condition=x"})
    html = page.content.decode()
    assert page.status_code == 200
    assert 'name="next" value="/results/study/words/?condition=x"' in html
    assert not Peek.objects.exists()
    response = client.post(ADDRESS, {"next": "/results/study/words/?condition=x"})
    assert response.headers["Location"] == "/results/study/words/?condition=x"
    assert Peek.objects.get().user == staff
    client.post(ADDRESS)
    assert Peek.objects.count() == 1
    # Who looks already is not asked again.
    assert client.get(ADDRESS).headers["Location"] == "/results/study/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/",
        "//example.org/",
        "javascript:alert(1)",
        "/\\example.org",
        "",
        "http:///x",
    ],
)
def test_it_never_leads_elsewhere(study, client, elsewhere):
    response = client.post(ADDRESS, {"next": elsewhere})
    assert response.headers["Location"] == "/results/study/"


def test_no_look_without_the_token_of_the_form(study, staff):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post(ADDRESS).status_code == 403
    assert not Peek.objects.exists()


def test_what_is_not_there_and_other_methods(study, client):
    assert client.post("/results/nothing/peek/").status_code == 404
    assert client.put(ADDRESS).status_code == 405


def fragment(study, user):
    request = RequestFactory().get("/results/study/words/?condition=x&language=ja")
    context = {"study": study, "p": p_values(study, user)}
    return render_to_string("analysis/_p_hidden.html", context, request)


def test_the_fragment_explains_and_offers_the_button(study, staff):
    html = fragment(study, staff)
    assert "p values are hidden while answers come in" in html
    assert 'action="/results/study/peek/"' in html
    assert "csrfmiddlewaretoken" in html
    assert 'value="/results/study/words/?condition=x&amp;language=ja"' in html
    peek(study=study, user=staff)
    assert "You look at p values before the study is over, until" in fragment(study, staff)
    study.status = "closed"
    assert fragment(study, staff).strip() == ""
