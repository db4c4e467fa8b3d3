"""Downloads in a real browser: what is saved is what the page counts, with and without progress."""

import csv

import pytest
from playwright.sync_api import expect
from pyarrow import parquet

from analysis.views import made as views
from survey.models import Trial
from tests.analysis.factories import add_people
from tests.e2e.test_accessibility import assert_accessible

pytestmark = pytest.mark.e2e

SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def answered(study):
    add_people(study, 3)
    return study


@pytest.fixture
def slow(desk):
    """A page for which every download is a long one."""

    def open_page():
        page = desk()
        page.route(
            "**/analysis/exports.js",
            lambda route: route.fulfill(
                response=(found := route.fetch()),
                body=found.text().replace("SLOW_ROWS = 60_000", "SLOW_ROWS = 0"),
            ),
        )
        page.goto("/results/textures/data/")
        return page

    return open_page


def rows(download):
    with open(download.path(), encoding="utf-8", newline="") as file:  # noqa: PTH123
        return list(csv.DictReader(file))


def assert_whole(download):
    assert download.suggested_filename == "textures-answers.csv"
    found = rows(download)
    stored = Trial.objects.answered()
    assert len(found) == stored.count()
    correct = sum(int(row["correct"]) for row in found if row["kind"] == "word")
    assert correct == stored.filter(question__kind="word", chosen__is_target=True).count()


def test_a_plain_link(desk, answered):
    page = desk()
    page.goto("/results/textures/data/")
    with page.expect_download() as found:
        page.get_by_role("link", name="answers.csv").click()
    assert_whole(found.value)
    expect(page.get_by_role("progressbar")).to_be_hidden()


def test_a_long_download_shows_its_progress_and_saves_the_same(slow, answered):
    page = slow()
    with page.expect_download() as found:
        page.get_by_role("link", name="answers.csv").click()
    assert_whole(found.value)
    expect(page.get_by_role("status").last).to_have_text("Done.")


@pytest.mark.parametrize("name", ["answers.parquet", "psych-ds.zip"])
def test_other_files_are_saved_under_their_names(slow, answered, name):
    page = slow()
    with page.expect_download() as found:
        page.get_by_role("link", name=name).click()
    assert found.value.suggested_filename == f"textures-{name}"


def test_a_download_that_breaks_off_is_not_kept(slow, answered):
    page = slow()
    headers = {"Content-Disposition": 'attachment; filename="x.csv"', "X-Rows": "27"}
    page.route("**/answers.csv", lambda route: route.fulfill(body="a\r\nb\r\n", headers=headers))
    page.get_by_role("link", name="answers.csv").click()
    expect(page.get_by_role("status").last).to_contain_text("broke off")
    expect(page.get_by_role("progressbar")).to_be_hidden()


def test_a_long_download_can_be_cancelled(slow, answered):
    page = slow()
    page.route("**/answers.csv", lambda _route: None)  # nothing comes
    page.get_by_role("link", name="answers.csv").click()
    expect(page.get_by_role("status").last).to_have_text("The file is being made…")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


def test_a_large_file_is_made_while_one_waits_and_then_fetched(
    desk, answered, monkeypatch, request
):
    monkeypatch.setattr(views, "LARGE_ROWS", 1)
    page = desk()
    page.goto("/results/textures/data/")
    page.evaluate("globalThis.isTheSame = false")
    page.get_by_role("button", name="Make answers.parquet").click()
    expect(page.get_by_text("manage.py worker")).to_be_visible()
    assert_accessible(page)
    page.evaluate("globalThis.isTheSame = true")
    request.getfixturevalue("worker")
    link = page.get_by_role("link", name="Download answers.parquet")
    expect(link).to_be_visible()
    assert page.evaluate("globalThis.isTheSame")
    assert_accessible(page)
    assert page.evaluate(SIDEWAYS) <= 0
    with page.expect_download() as found:
        link.click()
    assert found.value.suggested_filename == "textures-answers.parquet"
    assert parquet.read_table(found.value.path()).num_rows == Trial.objects.answered().count()


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_the_page_is_for_everybody(desk, answered, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto("/results/textures/data/")
    assert_accessible(page)
    assert page.evaluate(SIDEWAYS) <= 0
