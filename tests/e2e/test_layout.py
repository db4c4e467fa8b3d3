"""The question page at every size: what is there is seen, reached, and big enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import walk
from tests.survey.studies import make_study

pytestmark = pytest.mark.e2e

_BOXES = """() => {
    const box = (element) => element.getBoundingClientRect();
    const [heading, grid, button] = ["h1 > span", ".grid-of-images", "#survey-form button"]
        .map((selector) => box(document.querySelector(selector)));
    const cells = [...document.querySelectorAll(".cell")].map(box);
    return { heading, grid, button, cells, page: document.documentElement.scrollWidth,
             width: innerWidth, height: innerHeight };
}"""


def open_question(open_context, width: int, height: int, language: str = "en", **options) -> Page:
    page = open_context(language=language, **options).new_page()
    walk.to_first_question(page)
    page.set_viewport_size({"width": width, "height": height})
    return page


@pytest.mark.parametrize(("width", "columns"), [(390, 3), (1280, 4)])
def test_twelve_images_fit(open_context, live_server, width, columns):
    make_study(contents=1, words=4, options=12)
    page = open_context(width=width).new_page()
    walk.to_first_question(page)
    boxes = [cell.bounding_box() for cell in page.locator(".cell").all()]
    assert len(boxes) == 12
    assert sum(abs(box["y"] - boxes[0]["y"]) < 1 for box in boxes) == columns
    assert all(abs(box["width"] - box["height"]) < 1 for box in boxes)
    walk.assert_nothing_scrolls(page)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("width", "height"),
    [(320, 568), (1920, 1080), (844, 390), (640, 400), (195, 422)],
    ids=["small phone", "large screen", "phone on its side", "1280 at 200 %", "390 at 200 %"],
)
@pytest.mark.parametrize("options", [9, 12])
def test_everything_is_reached_and_nothing_overlaps(
    open_context, live_server, width, height, language, options
):
    make_study(contents=1, words=4, options=options)
    page = open_question(open_context, width, height, language)
    for number in (1, 2):
        expect(page.locator(".figures")).to_have_text(f"{number}/5")
        boxes = page.evaluate(_BOXES)
        heading, grid, button = boxes["heading"], boxes["grid"], boxes["button"]
        assert boxes["page"] <= width
        for box in (heading, grid, button):
            assert box["left"] >= 0
            assert box["right"] <= width
        assert 0 <= heading["top"] < heading["bottom"] <= grid["top"]
        assert grid["bottom"] <= button["top"]
        assert button["height"] >= 44
        assert all(cell["width"] >= 44 and cell["height"] >= 44 for cell in boxes["cells"])
        assert grid["height"] >= height / 3
        walk.answer(page, options - 1)


def test_a_small_window_begins_each_question_with_its_text(open_context, live_server):
    make_study(contents=1, words=4)
    page = open_question(open_context, 195, 300)
    walk.answer(page, 8)
    assert page.evaluate("scrollY") == 0
    expect(page.locator("h1")).to_be_in_viewport()


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (320, 568), (195, 422)])
def test_the_notice_covers_nothing_and_moves_no_image(open_context, study, width, height, language):
    page = open_question(open_context, width, height, language)
    page.context.set_offline(True)
    before = page.evaluate(_BOXES)
    walk.choose(page, 0)
    walk.press_next(page)
    notice = page.get_by_role("status")
    expect(notice).not_to_be_empty()
    after = page.evaluate(_BOXES)
    assert width == 195 or after["cells"] == before["cells"]  # zoomed so far, it needs the room
    box = notice.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= after["heading"]["top"]
    assert after["page"] <= width


@pytest.mark.parametrize("forced", ["none", "active"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_selection_and_focus_are_seen(open_context, study, scheme, forced):
    page = open_context(color_scheme=scheme, forced_colors=forced).new_page()
    walk.to_first_question(page)
    cell = page.locator(".cell").nth(5)
    expect(cell.locator(".mark")).to_be_hidden()
    page.keyboard.press("Tab")
    assert _outline(page.locator(".cell").first) == ("dashed", 3)
    walk.choose(page, 5)
    expect(cell.locator(".mark")).to_be_visible()
    assert _outline(cell) == ("solid", 5)
    assert _outline(cell, "::after") == ("none", 0)
    page.keyboard.press("4")
    page.keyboard.press("6")
    assert _outline(cell) == ("solid", 5)
    assert _outline(cell, "::after") == ("dashed", 3)


def _outline(cell, part: str | None = None) -> tuple[str, float]:
    style, width = cell.evaluate(
        """(element, part) => {
            const style = getComputedStyle(element, part);
            return [style.outlineStyle, style.outlineStyle === "none" ? "0" : style.outlineWidth];
        }""",
        part,
    )
    return style, float(width.removesuffix("px"))
