"""Who may see the results, what is there, in which languages, and at which price."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from analysis import frames, urls
from survey.models import Study
from tests.accounts import make_account
from tests.analysis import factories
from tests.survey.studies import make_conditions
from texturestudy.roles import Role

pytestmark = pytest.mark.django_db

# The page and how many queries it takes; two of each are the session and the user.
PAGES = {
    "": 8,
    "words/": 7,
    "words/fusafusa/": 8,
    "contents/": 7,
    "confusion/": 7,
    "compatibility/": 8,
    "machine/": 8,
    "models/": 9,
    "people/": 7,
    "timing/": 7,
    "sample-size/": 7,
    "attribution/": 10,
    "data/": 7,
    "questions/": 7,
    "questions/0/": 8,
    "questions/3/": 8,
}
# The page of a study of several conditions.
CONDITIONS = {page: count for page, count in PAGES.items() if page != "questions/3/"} | {
    "conditions/": 7,
    "?condition=other": 8,
    "words/?condition=other": 7,
    "words/fusafusa/?condition=other": 8,
}


@pytest.fixture
def study():
    return factories.make_study(contents=2, words=3)


def address(page):
    return f"/results/study/{page}"


def test_every_page_is_listed_above():
    names = {page.split("/")[0] + ("/x" if page.count("/") == 2 else "") for page in PAGES}
    names |= {page.split("/")[0] for page in CONDITIONS if page == "conditions/"}
    files = [each for each in urls.urlpatterns if not str(each.pattern).endswith("/")]
    # These have tests of their own.
    apart = ("peek", "stimulus", "stamp", "person", "work", "work-again", "make", "made")
    others = [each for each in urls.urlpatterns if each.name in apart]
    assert len(names) == len(urls.urlpatterns) - len(files) - len(others)


@pytest.mark.parametrize("page", PAGES)
def test_only_its_own_researchers_and_admins_may_see(client, study, page):
    assert client.get(address(page)).headers["Location"].startswith("/admin/login/")
    client.force_login(make_account(None))
    assert client.get(address(page)).headers["Location"].startswith("/admin/login/")
    other = make_account(Role.RESEARCHER, "other", of=Study.objects.create(slug="other"))
    client.force_login(other)
    response = client.get(address(page))
    assert response.status_code == 403
    assert "Only a study’s own researchers and admins see its results." in response.text
    for user in (make_account(Role.RESEARCHER, of=study), make_account(Role.ADMIN)):
        client.force_login(user)
        assert client.get(address(page)).status_code == 200


@pytest.mark.parametrize("page", CONDITIONS)
@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ADMIN])
def test_no_role_takes_more_than_twelve_queries(client, page, role):
    study = make_conditions("other", "third", slug="study")
    factories.add_people(study, 2)
    client.force_login(make_account(role, of=study if role == Role.RESEARCHER else None))
    assert queries(client, page) <= 12


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_read_only(admin_client, study, page):
    assert admin_client.post(address(page)).status_code == 405


@pytest.mark.parametrize(
    "url",
    [f"/results/other/{page}" for page in PAGES]
    + ["/results/study/words/kirakira/", "/results/study/questions/8/"],
)
def test_what_is_not_there(admin_client, study, url):
    assert admin_client.get(url).status_code == 404


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("language", "name"), [("ja", "質感の調査"), ("en", "Textures")])
def test_both_languages(admin_client, study, page, language, name):
    factories.add_people(study, 2)
    response = admin_client.get(address(page), headers={"accept-language": language})
    html = response.content.decode()
    assert f'<html lang="{language}">' in html
    assert f"– {name}</title>" in html
    with translation.override(language):
        assert f">{translation.gettext('Photographs')}</a>" in html
    assert ("写真" in html) == (language == "ja")


def queries(client, page):
    """Of a page whose study the process knows."""
    client.get(address(page))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(page)).status_code == 200
    return len(captured)


@pytest.mark.parametrize("page", PAGES)
def test_queries_do_not_grow_with_people(admin_client, study, page):
    factories.add_people(study, 2)
    few = queries(admin_client, page)
    factories.add_people(study, 10, seed=1)
    assert few == queries(admin_client, page) == PAGES[page] <= 12


@pytest.mark.parametrize("page", PAGES)
def test_a_process_that_knows_nothing_reads_a_study_by_four_queries(admin_client, study, page):
    factories.add_people(study, 2)
    known = queries(admin_client, page)
    frames.forget()
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(address(page))
    # The times' page reads as well what was measured beside them.
    assert len(captured) - known == (6 if page == "timing/" else 4)


@pytest.mark.parametrize("page", CONDITIONS)
def test_queries_do_not_grow_with_conditions(admin_client, page):
    study = make_conditions("other", "third", slug="study")
    factories.add_people(study, 2)
    few = queries(admin_client, page)
    factories.add_people(study, 10, seed=1)
    assert few == queries(admin_client, page) == CONDITIONS[page] <= 12


def test_side_by_side_is_for_staff_alone_and_read_only(client, admin_client):
    make_conditions("other", slug="study")
    assert client.get(address("conditions/")).headers["Location"].startswith("/admin/login/")
    assert admin_client.post(address("conditions/")).status_code == 405


@pytest.mark.parametrize("page", ["", "words/", "contents/", "questions/"])
def test_a_study_without_questions(admin_client, page):
    Study.objects.create(slug="study")
    html = admin_client.get(address(page)).content.decode()
    assert "This study has no questions yet." in html
    assert "manage.py compose --study study" in html
    assert "data-chart" not in html


@pytest.mark.parametrize("page", ["", "words/", "contents/"])
@pytest.mark.parametrize(
    ("status", "message"),
    [("draft", "No answers yet: this study is a draft."), ("live", "No answers yet.</h2>")],
)
def test_no_answers_yet(admin_client, page, status, message):
    study = factories.make_study(status=status)
    factories.add_people(study, 3, answered=0.0)
    factories.add_people(study, 3, origin="bot")
    html = admin_client.get(address(page)).content.decode()
    assert message in html
    assert "http://testserver/s/study/" in html
    assert "data-chart" not in html


def test_a_closed_study_without_counted_answers_names_those_that_are_not(admin_client):
    study = factories.make_study(status="closed")
    html = admin_client.get(address("")).content.decode()
    assert "No answers: this study is closed." in html
    assert "Share this link" not in html
    assert "not counted here" not in html
    factories.add_people(study, 3, origin="bot")
    assert "not counted here" in admin_client.get(address("")).content.decode()


def test_the_results_lead_to_the_studys_page(admin_client, study):
    html = admin_client.get(address("")).content.decode()
    assert f'href="/admin/survey/study/{study.pk}/change/"' in html


@pytest.mark.parametrize("page", ["words/fusafusa/", "questions/", "questions/0/", "questions/3/"])
def test_questions_can_be_looked_at_before_the_first_answer(admin_client, study, page):
    html = admin_client.get(address(page)).content.decode()
    assert "not estimable: no answers yet" in html


@pytest.mark.parametrize("page", PAGES)
def test_simulated_people_are_named_on_every_page(admin_client, page):
    def html():
        return admin_client.get(address(page)).content.decode()

    study = factories.make_study(counted_origins=["live", "bot"])
    factories.add_people(study, 2, origin="live")
    assert "simulated." not in html()
    factories.add_people(study, 1, origin="bot")
    assert "1 of 3 people is simulated." in html()
    factories.add_people(study, 1, origin="bot", seed=1)
    assert "2 of 4 people are simulated." in html()
    assert "people in these results are simulated" not in html()
    study.counted_origins = ["bot"]
    study.save()
    assert "All 2 people in these results are simulated." in html()
    study.counted_origins = ["live"]
    study.save()
    assert "simulated." not in html()
