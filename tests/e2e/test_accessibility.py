import pytest
from axe_playwright_python.sync_playwright import Axe

from survey.models import Study
from tests.e2e import walk

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
    for number in range(8):
        if number < 2:
            assert_accessible(page)
        walk.choose(page, 0)
        if number < 2:
            assert_accessible(page)
        walk.submit(page)
        if number == 1:
            page.goto("/s/textures/")
            assert_accessible(page)
            walk.submit(page)
    assert_accessible(page)
    Study.objects.update(status="closed")
    page.goto("/s/textures/")
    assert_accessible(page)
