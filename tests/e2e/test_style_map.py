"""A researcher sees which words overlap, and the image behind each point."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from generation.models import Word
from generation.services.style_map import draw_style_map
from tests.generation.desk import make_images

pytestmark = pytest.mark.e2e

PAGE = "/admin/generation/word/style-map/"


@pytest.fixture
def words(live_server, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    names = [("ふさふさ", "fusafusa"), ("ざらざら", "zarazara"), ("つるつる", "tsurutsuru")]
    made = [Word.objects.create(text=text, reading=reading) for text, reading in names]
    for number, word in enumerate(made):
        make_images(word, 8, first=100 * number)
    draw_style_map()
    return made


@pytest.fixture
def style_map(desk, words):
    """The page with its points drawn: `style_map("?words=zarazara", width=390)`."""

    def open_map(query: str = "", **options):
        page = desk(**options)
        page.goto(PAGE + query)
        expect(page.locator(".map-zoom")).to_be_visible()
        return page

    return open_map


def drawn(page) -> int:
    """How many points are on the map; rings are not."""
    return page.evaluate(
        "document.querySelector('#map').data.filter(t => t.customdata && t.visible)"
        ".reduce((n, t) => n + t.x.length, 0)"
    )


def place(page, number: int = 0, word: int = 0) -> tuple[float, float, int]:
    """Where an image is on the screen, and its key."""
    x, y, key = page.evaluate(
        """([word, number]) => {
            const map = document.querySelector('#map');
            map.scrollIntoView({block: 'center'});
            const [trace, layout, box] =
                [map.data[word], map._fullLayout, map.getBoundingClientRect()];
            return [
                box.x + layout.xaxis._offset + layout.xaxis.d2p(trace.x[number]),
                box.y + layout.yaxis._offset + layout.yaxis.d2p(trace.y[number]),
                trace.customdata[number].image,
            ];
        }""",
        [word, number],
    )
    return x, y, key


def link(page):
    return page.locator(".picture-page")


def at(key: int) -> re.Pattern[str]:
    return re.compile(f"/webimage/{key}/change/$")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "language"), [(390, "ja"), (390, "en"), (1280, "ja"), (1280, "en")]
)
def test_the_page_is_accessible_and_fits(style_map, width, language, scheme):
    page = style_map(width=width, language=language, color_scheme=scheme)
    assert drawn(page) == 24
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".map-picture img")).to_have_js_property("complete", True)
    found = Axe().run(page, context=".style-map")
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_pointing_shows_an_image_and_clicking_keeps_it(style_map):
    page = style_map()
    x, y, first = place(page)
    page.mouse.move(x, y)
    expect(link(page)).to_have_attribute("href", at(first))
    expect(page.locator(".picture-word")).to_have_text("ふさふさ")
    expect(page.locator(".map-picture img")).to_have_js_property("naturalWidth", 48)
    page.mouse.click(x, y)
    x, y, other = place(page, word=1)
    page.mouse.move(x, y)
    expect(link(page)).to_have_attribute("href", at(other))
    page.mouse.move(2, 2)
    expect(link(page)).to_have_attribute("href", at(first))
    link(page).click()
    expect(page).to_have_url(at(first))


def test_the_arrow_keys_go_from_image_to_image(style_map):
    page = style_map("?words=zarazara")
    page.locator("#map").focus()
    seen = set()
    for key in ["ArrowLeft"] * 9 + ["ArrowRight"] * 9 + ["ArrowUp"] * 9 + ["ArrowDown"] * 9:
        page.keyboard.press(key)
        seen.add(link(page).get_attribute("href"))
        expect(page.locator(".picture-word")).to_have_text("ざらざら")
    assert len(seen) > 4
    last = link(page).get_attribute("href")
    for key in "++":
        page.keyboard.press(key)
    low, high = page.evaluate("document.querySelector('#map').layout.xaxis.range")
    assert high - low < 1
    page.keyboard.press("0")
    low, high = page.evaluate("document.querySelector('#map').layout.xaxis.range")
    assert high - low > 2
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(last)))


def test_words_are_left_out_and_the_address_keeps_it(style_map):
    page = style_map()
    page.get_by_role("button", name="No word").click()
    assert drawn(page) == 0
    page.get_by_role("checkbox", name="zarazara").press("Space")
    assert drawn(page) == 8
    expect(page).to_have_url(re.compile(r"\?words=zarazara$"))
    expect(page.locator(".map-table tbody tr:visible")).to_have_count(1)
    page.reload()
    expect(page.locator(".map-zoom")).to_be_visible()
    assert drawn(page) == 8
    expect(page.locator(".map-table tbody tr:visible")).to_have_count(1)
    page.get_by_role("button", name="All words").click()
    assert drawn(page) == 24
    expect(page).to_have_url(re.compile(r"style-map/$"))


def test_the_colours_follow_the_theme(style_map):
    page = style_map(color_scheme="light")
    ink = "document.querySelector('#map').data[0].marker.line.color"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ink} !== '{light}'")


def test_a_tap_on_a_phone_without_webgl(style_map, words):
    page = style_map(width=390, has_touch=True, is_mobile=True)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.reload()
    expect(page.locator(".map-zoom")).to_be_visible()
    assert page.evaluate("document.querySelector('#map').data[0].type") == "scatter"
    x, y, key = place(page, 3)
    page.touchscreen.tap(x, y)
    expect(link(page)).to_have_attribute("href", at(key))


def test_points_that_do_not_come_are_told(desk, words):
    page = desk()
    page.route("**/style-map/points/", lambda route: route.abort())
    page.goto(PAGE)
    expect(page.locator("#map")).to_have_text(re.compile("could not be loaded"))
    expect(page.locator(".map-table tbody tr:visible")).to_have_count(3)
