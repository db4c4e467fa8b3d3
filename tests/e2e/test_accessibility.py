import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.models import Study
from tests.e2e import walk
from tests.factories import add_members

pytestmark = pytest.mark.e2e


def assert_accessible(page):
    results = Axe().run(page)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "light"), (1280, "en", "dark")]
)
def test_every_page_of_the_questionnaire(open_context, study, width, language, scheme):
    page = open_context(width=width, language=language, color_scheme=scheme).new_page()
    walk.to_practice(page, assert_accessible)
    walk.choose(page, (walk.unchanged(page) + 1) % 9)
    walk.submit(page)
    assert_accessible(page)
    walk.choose(page, walk.unchanged(page))
    walk.submit(page)
    assert_accessible(page)
    walk.go_on(page)
    assert_accessible(page)
    walk.press_until_told(page, lambda: walk.press_next(page))
    assert_accessible(page)
    walk.choose(page, 0)
    assert_accessible(page)
    page.context.set_offline(True)
    walk.press_next(page)
    expect(page.get_by_role("status")).not_to_be_empty()
    assert_accessible(page)
    page.context.set_offline(False)
    walk.wait_until_stored(page)
    page.goto("/s/textures/")
    assert_accessible(page)
    walk.submit(page)
    broken = page.locator(".cell img").first.get_attribute("src")
    page.route(f"**{broken}*", lambda route: route.abort())
    page.reload()
    expect(page.locator(".missing:visible")).to_have_count(1)
    assert_accessible(page)
    page.unroute_all()
    for _ in range(7):
        walk.answer(page, 0)
    assert_accessible(page)
    Study.objects.update(status="closed")
    page.goto("/s/textures/")
    assert_accessible(page)


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_credits_with_long_names(open_context, study, width, language, scheme):
    long = "https://example.org/" + "a-very-long-name-of-a-picture-" * 8
    add_members(creator="N" * 200, title="T" * 200, licence="CC BY 4.0", page_url=long)
    add_members(creator="Anna", first=2)
    page = open_context(width=width, language=language, color_scheme=scheme).new_page()
    page.goto("/s/textures/")
    with page.expect_navigation():
        page.get_by_role("link", name={"ja": "画像の出典", "en": "Image credits"}[language]).click()
    assert_accessible(page)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    with page.expect_navigation():
        page.get_by_role("button").last.click()
    assert page.url.endswith("/s/textures/")
