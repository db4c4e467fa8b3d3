"""A researcher goes from a web image to those of similar style."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.generation.services.test_similar import images  # noqa: F401  a fixture

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "light"), (1280, "en", "dark")]
)
def test_from_image_to_image(desk, images, width, language, scheme):  # noqa: F811
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto(f"/admin/generation/webimage/{images[0].pk}/change/")
    similar = page.locator(".similar .stimuli-grid a")
    expect(similar).to_have_count(7)
    expect(similar.first).to_have_text("zara 0.98")
    found = Axe().run(page, context=".similar")
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(".similar-scope a").last.click()
    expect(similar).to_have_count(3)
    expect(page.locator(".similar-scope [aria-current]")).to_have_text(
        {"en": "of fusa only", "ja": "fusa のみ"}[language]
    )
    similar.first.click()
    expect(page).to_have_url(re.compile(f"/admin/generation/webimage/{images[2].pk}/change/$"))
