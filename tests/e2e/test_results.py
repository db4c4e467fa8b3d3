"""The results in a real browser: drawn, readable by everybody, and right."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from generation.models import Recipe
from survey.models import Participant, Trial
from tests.analysis.factories import add_people
from tests.e2e import walk
from tests.factories import add_members
from tests.survey.studies import make_conditions

pytestmark = pytest.mark.e2e

# Each page, and how many charts it has in a study of two photographs.
PAGES = {
    "": 0,
    "words/": 1,
    "words/fusafusa/": 0,
    "contents/": 2,
    "attribution/": 0,
    "attribution/?standing=unknown": 0,
    "attribution/?standing=unsure": 0,
    "questions/": 0,
    "questions/?word=@catch": 0,
    "questions/0/": 0,
}
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def sign_in(open_context, django_user_model):
    """Opens a researcher's page: `sign_in(width=390, language="ja")`."""
    django_user_model.objects.create_superuser("researcher", password="for tests alone")

    def sign(**options):
        page = open_context(**options).new_page()
        page.goto("/admin/login/?next=/")
        page.locator("#id_username").fill("researcher")
        page.locator("#id_password").fill("for tests alone")
        with page.expect_navigation(url=re.compile(r"/$")):
            page.keyboard.press("Enter")
        return page

    return sign


def assert_drawn(page, charts, words):
    expect(page.locator("[data-chart]")).to_have_count(charts)
    for chart in page.locator("[data-chart]").all():
        bars = chart.locator("svg .barlayer .point path")
        expect(bars).to_have_count(words)
        assert all(bar.bounding_box()["width"] > 0 for bar in bars.all())
        assert chart.bounding_box()["width"] <= page.viewport_size["width"]


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [
        (390, "ja", "light"),
        (390, "en", "dark"),
        (1280, "ja", "dark"),
        (1280, "en", "light"),
    ],
)
def test_every_page(sign_in, study, width, language, scheme):
    add_people(study, 4, skill=0.7)
    address = "https://example.org/" + "a-very-long-name-of-a-picture-" * 8
    add_members(creator="N" * 200, title="T" * 200, licence="CC BY 4.0", page_url=address)
    add_members(page_url=address, first=2)
    page = sign_in(width=width, language=language, color_scheme=scheme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for path, charts in PAGES.items():
        page.goto(f"/results/textures/{path}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert_drawn(page, charts, words=3)
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert problems == []


# The pages of a study of two conditions, and how many charts they have.
CONDITIONS = {
    "": 0,
    "?condition=other": 0,
    "words/": 1,
    "words/?condition=other": 1,
    "words/fusafusa/": 0,
    "contents/": 2,
    "questions/": 0,
    "questions/0/": 0,
    "conditions/": 1,
}


@pytest.mark.parametrize(
    ("width", "language", "scheme", "design"),
    [
        (390, "ja", "light", "within"),
        (1280, "en", "dark", "between"),
    ],
)
def test_every_page_of_several_conditions(sign_in, live_server, width, language, scheme, design):
    study = make_conditions("other", design=design)
    recipes = Recipe.objects.all() if design == "between" else [None]
    for recipe in recipes:
        add_people(study, 4, skill=0.7, condition=recipe)
    page = sign_in(width=width, language=language, color_scheme=scheme)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for path, charts in CONDITIONS.items():
        page.goto(f"/results/textures/{path}")
        expect(page.locator("[data-chart]")).to_have_count(charts)
        if path == "conditions/":
            expect(page.locator(".scatterlayer .point")).to_have_count(6)
        assert page.evaluate(SIDEWAYS) <= 0, page.url
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert problems == []


def test_a_condition_is_chosen_by_keyboard_and_kept(sign_in, live_server):
    add_people(make_conditions("other"), 4)
    page = sign_in()
    page.goto("/results/textures/words/")
    other = page.locator(".conditions a", has_text="other")
    for _ in range(30):
        page.keyboard.press("Tab")
        if other.evaluate("link => link === document.activeElement"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(other).to_have_attribute("aria-current", "true")
    with page.expect_navigation():
        page.locator(".tabs a").nth(2).click()
    expect(page).to_have_url(re.compile(r"/contents/\?condition=other$"))
    expect(other).to_have_attribute("aria-current", "true")


def test_charts_follow_the_theme(sign_in, study):
    add_people(study, 4, skill=0.7)
    page = sign_in(color_scheme="light")
    page.goto("/results/textures/words/")
    bar = page.locator(".barlayer .point path").first
    light = bar.evaluate("bar => getComputedStyle(bar).fill")
    page.emulate_media(color_scheme="dark")
    expect(bar).not_to_have_css("fill", light)


def answer(page, *, rightly):
    """Choose a target or a distractor of the question on the page."""
    trial = Trial.objects.get(order=int(walk.figures(page).split("/")[0]) - 1)
    targets = set(trial.question.options.filter(is_target=True).values_list("pk", flat=True))
    walk.answer(page, [option in targets for option in trial.grid].index(rightly))


def card(page, title):
    return page.locator(".card", has=page.get_by_text(title, exact=True))


def test_the_overview_counts_what_a_participant_answered(page, sign_in, study):
    walk.to_first_question(page)
    for number in range(8):
        answer(page, rightly=number % 3 != 0)
    expect(page.locator("output")).to_be_visible()
    stored = list(Participant.objects.get().trials.select_related("chosen", "question"))
    words = [trial.chosen.is_target for trial in stored if trial.question.word_id]
    catches = [trial.chosen.is_target for trial in stored if not trial.question.word_id]
    assert sum(words) + sum(catches) == 5

    results = sign_in()
    results.goto("/results/textures/")
    expect(card(results, "Accuracy")).to_contain_text(
        f"{sum(words)} of {len(words)} answers about words are correct"
    )
    expect(card(results, "Answers")).to_have_text(re.compile(r"Answers\s+8\s+from 1 person"))
    expect(card(results, "Catch questions")).to_contain_text(
        f"{sum(catches)} of {len(catches)} correct"
    )
    row = results.locator("tbody tr", has_text="live")
    expect(row.locator("td")).to_have_text(["1", "1", "100%", "yes"])
