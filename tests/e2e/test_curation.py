"""A researcher goes through a word's images by keyboard, and clusters them again."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from generation.models import WebImage
from jobs.engines.inline import Engine
from jobs.worker import Worker
from tests.generation.desk import last, make_desk

pytestmark = pytest.mark.e2e


@pytest.fixture
def word(live_server):
    return make_desk(12)


def path(word, name="curate"):
    return f"/admin/generation/word/{word.pk}/{name}/"


def excluded():
    return set(WebImage.objects.exclude(excluded_at=None).values_list("pk", flat=True))


def shown(page):
    """The images of the first cluster, as they stand on the page."""
    cards = page.locator("#cluster-0 .card")
    return [int(card.get_attribute("data-image")) for card in cards.all()]


def work():
    Worker(Engine(), batch_size=1).run(until_empty=True)


def test_excluding_by_keyboard_clustering_again_and_seeing_the_change(desk, word):
    page = desk()
    page.goto(path(word))
    expect(page.locator(".card")).to_have_count(12)
    before = shown(page)
    told, run = page.locator(".told"), page.locator("#next-run")
    expect(run).to_contain_text("would give the clustering that is shown")

    page.locator(f"#image-{before[0]} input").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    expect(told).to_have_text("1 image excluded: text or a logo")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(told).to_have_text("2 ticked")
    page.keyboard.press("x")
    expect(told).to_have_text("2 images excluded")
    assert excluded() == set(before[1:4])
    image = WebImage.objects.get(pk=before[1])
    assert (image.excluded_by.username, image.excluded_why) == ("admin", "text or a logo")
    expect(page.locator("#cluster-0 .excluded-count")).to_have_text("3")
    expect(run).to_contain_text("3 of the clustering shown would be missing")

    page.keyboard.press("u")
    expect(told).to_have_text("Undone.")
    assert excluded() == {before[1]}
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")  # the first of the two again, now with nothing ticked
    expect(told).to_have_text("1 image included")
    assert excluded() == set()
    page.keyboard.press("x")
    expect(told).to_have_text("1 image excluded")
    expect(page.locator(".facts .note")).to_contain_text("by admin")
    assert excluded() == {before[1]}

    page.locator(".again summary").click()
    page.get_by_label("Clusters", exact=True).fill("3")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.locator(".job")).to_contain_text("Waiting for the worker")
    work()
    page.get_by_role("link", name="Show what came of it").click()
    expect(page.locator(".cluster")).to_have_count(4)  # three, and what was left out
    expect(page.locator(f"#unclustered #image-{before[1]}.is-excluded")).to_be_visible()
    assert sum(c.members.count() for c in last(word).clusters.all()) == 11

    page.get_by_role("link", name="Side by side").click()
    expect(page.locator(".pair")).to_have_count(3)
    expect(page.locator(".is-gone")).to_have_text("excluded")
    expect(page.locator("h1")).to_contain_text("side by side")


def test_a_decision_that_was_not_stored_is_taken_back_and_said(desk, word):
    page = desk()
    page.goto(path(word))
    first = shown(page)[0]
    page.locator(f"#image-{first} input").focus()
    page.context.set_offline(True)
    page.keyboard.press("x")
    expect(page.locator(".told")).to_contain_text("Not stored")
    expect(page.locator(".card.is-excluded")).to_have_count(0)
    page.context.set_offline(False)
    page.keyboard.press("x")
    expect(page.locator(".told")).to_have_text("1 image excluded")
    assert excluded() == {first}


def test_letters_that_are_typed_decide_nothing(desk, word):
    page = desk()
    page.goto(path(word))
    page.get_by_label("Reason").fill("")
    page.get_by_label("Reason").press_sequentially("six exits")
    assert excluded() == set()
    page.get_by_role("button", name="Exclude").click()
    expect(page.locator(".told")).to_have_text("1 image excluded: six exits")


def test_from_an_image_to_those_of_its_style(desk, word):
    page = desk()
    page.goto(path(word))
    first = shown(page)[0]
    page.locator(f"#image-{first} input").focus()
    page.keyboard.press("s")
    similar = page.locator(".similar-dialog .stimuli-grid a")
    expect(similar).to_have_count(11)
    key = similar.first.get_attribute("data-image")
    similar.first.click()
    expect(page.locator(".similar-dialog")).to_be_hidden()
    expect(page.locator(f"#image-{key} input")).to_be_focused()


def test_without_a_script_the_page_works_as_forms(desk, word):
    page = desk(java_script_enabled=False)
    page.goto(path(word))
    first = shown(page)[0]
    page.locator(f"#image-{first} input").check(force=True)
    page.get_by_label("Reason").fill("blurred")
    page.get_by_role("button", name="Exclude").click()
    expect(page.locator(".messagelist")).to_contain_text("1 image excluded: blurred")
    assert excluded() == {first}
    expect(page.locator(f"#image-{first}.is-excluded")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(390, "ja"), (1280, "en")])
def test_the_desk_is_accessible_and_fits(desk, word, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    before = last(word)
    first = WebImage.objects.order_by("pk").first()
    page.goto(path(word))
    page.locator(f"#image-{first.pk} input").focus()
    page.keyboard.press("1")
    expect(page.locator(".card.is-excluded")).to_have_count(1)
    expect(page.locator(".told")).not_to_be_empty()
    check(page, ".desk")
    page.locator(".again summary").click()
    page.locator(".parameters button").click()
    expect(page.locator(".job[data-open]")).to_be_visible()
    work()
    page.goto(path(word, "compare"))
    expect(page.locator(".pair")).to_have_count(2)
    check(page, ".desk")
    assert last(word) != before


def check(page, context):
    found = Axe().run(page, context=context)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
