"""An admin drops photographs in, cuts them, marks an object, and watches the stimuli come."""

from __future__ import annotations

import base64
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from generation.models import ContentImage, StylisedImage
from generation.services.contents import keep_content
from generation.services.masks import set_mask
from jobs.engines.inline import Engine
from jobs.worker import Worker
from tests.generation.pictures import encoded, noise
from tests.generation.rows import make_clusters, make_recipe

pytestmark = pytest.mark.e2e

SEVERAL = "/admin/generation/contentimage/add-several/"

# A drag from the desktop, as far as a page can tell.
DROP = """([files]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  document.querySelector(".drop").dispatchEvent(new DragEvent("drop", options));
}"""


def cup(width: int = 120, height: int = 80) -> Image.Image:
    """A dark thing in the middle of a bright table."""
    image = Image.new("RGB", (width, height), (235, 225, 205))
    box = (width * 0.3, height * 0.2, width * 0.7, height * 0.8)
    ImageDraw.Draw(image).ellipse(box, fill=(60, 30, 20))
    return image


def drop(page: Page, files: dict[str, bytes]) -> None:
    named = [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    page.evaluate(DROP, [named])


def work() -> None:
    Worker(Engine(), batch_size=4).run(until_empty=True)


def row(page: Page, file: str):
    return page.locator(".row").filter(has_text=file)


def test_from_files_to_stimuli_without_a_reload(desk):
    make_clusters(2)
    make_recipe()
    page = desk()
    page.goto("/admin/generation/contentimage/")
    page.get_by_role("link", name="Add several").click()
    page.locator("#credit").fill("Hanako")
    data = encoded(cup())
    drop(page, {"My Cup.png": data, "page.png": b"<html>", "middle.png": data})
    expect(page.locator(".row")).to_have_count(3)
    first = row(page, "My Cup.png")
    expect(first.get_by_label("Name")).to_have_value("my-cup")
    expect(first.get_by_label("Credit")).to_have_value("Hanako")
    expect(first.locator(".row-file")).to_have_text("My Cup.png · 1 kB · 120 x 80 px")
    cut(page, "My Cup.png")
    page.get_by_role("button", name="Add them all").click()
    expect(page.locator(".told")).to_contain_text("2 added; 1 not, for the reasons beside them.")
    expect(row(page, "page.png").locator(".row-error")).to_contain_text("got an HTML page.")
    expect(row(page, "Added: my-cup")).to_have_count(1)
    content, middle = (ContentImage.objects.get(name=name) for name in ("my-cup", "middle"))
    with Image.open(content.file.path) as stored:
        assert stored.tobytes() == cup().crop((14, 5, 86, 77)).tobytes()
    with Image.open(middle.file.path) as stored:
        assert stored.tobytes() == cup().crop((20, 0, 100, 80)).tobytes()
    row(page, "page.png").get_by_role("button", name="Remove").click()
    page.get_by_role("link", name="Go on: objects and stimuli").click()
    page.get_by_role("link", name="Mark the object my-cup").click()
    mark(page)
    content.refresh_from_db()
    with Image.open(content.mask.path) as mask:  # the table, what was painted over, and the cup
        assert [mask.getpixel(at) for at in ((2, 2), (32, 36), (36, 55))] == [0, 0, 255]
    make(page)


def cut(page: Page, file: str) -> None:
    """The square of 72 px at 14, 5, by keyboard."""
    page.get_by_role("button", name=f"Cut…: {file}").click()
    said = page.locator(".crop-said")
    expect(said).to_have_text("Square of 80 px, 20 from the left, 0 from above")
    for key in ("-", "-", "Shift+ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    expect(said).to_have_text("Square of 72 px, 14 from the left, 5 from above")
    page.get_by_role("button", name="Take it").click()


def mark(page: Page) -> None:
    """The proposal less a stroke of the brush."""
    expect(page.locator(".mask-said")).to_contain_text("This is a proposal")
    page.get_by_role("radio", name="remove").check()
    paint(page, (0.4, 0.5), (0.5, 0.5))
    page.get_by_role("button", name="Store the mask").click()
    expect(page).to_have_url(re.compile(r"stimuli/\?content="))
    expect(page.get_by_text("mask made by somebody")).to_be_visible()


def make(page: Page) -> None:
    """Everything, which shows without a reload."""
    page.get_by_label("all words").check()
    page.get_by_role("button", name="Make them").click()
    counts = page.locator(".made-counts")
    expect(counts).to_have_text("0 of 4 done, 4 queued")
    page.evaluate("window.isSame = true")
    work()
    expect(counts).to_have_text("4 of 4 done")
    shown = page.locator(".made-images img")
    expect(shown).to_have_count(4)
    sources = shown.evaluate_all("images => images.map((image) => image.getAttribute('src'))")
    assert set(sources) == {image.file.url for image in StylisedImage.objects.all()}
    assert page.evaluate("window.isSame")


def test_a_picture_that_is_there_is_linked(desk):
    content, _ = keep_content(name="coffee", image=cup(80, 80))
    page = desk()
    page.goto(SEVERAL)
    drop(page, {"again.png": encoded(cup(80, 80), "BMP")})
    page.get_by_role("button", name="Add them all").click()
    error = page.locator(".row-error")
    expect(error).to_contain_text("This picture is there already: coffee.")
    link = error.get_by_role("link", name="See coffee")
    expect(link).to_have_attribute("href", f"/admin/generation/contentimage/{content.pk}/change/")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()


def paint(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A stroke of the mouse, between places given as shares of the picture's sides."""
    box = page.locator(".mask-stage canvas").bounding_box()
    assert box is not None
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=4)
    page.mouse.up()


def test_what_the_server_did_not_get_is_kept_and_sent_again(desk):
    page = desk()
    page.goto(SEVERAL)
    drop(page, {"cup.png": encoded(cup())})
    page.get_by_label("Name").fill("mug")
    page.route(f"**{SEVERAL}", lambda route: route.abort())
    page.get_by_role("button", name="Add them all").click()
    error = page.locator(".row-error")
    expect(error).to_contain_text("The server was not reached")
    page.unroute_all()
    keep_content(name="mug", image=noise(1))
    page.get_by_role("button", name="Try again").click()
    expect(error).to_have_text("Content image with this Name already exists.")
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name").fill("cup")
    page.context.clear_cookies()
    page.get_by_role("button", name="Try again").click()
    expect(error).to_contain_text("you are signed out")
    assert set(ContentImage.objects.values_list("name", flat=True)) == {"mug"}
    expect(page.get_by_label("Name")).to_have_value("cup")


def test_large_and_empty_files_are_not_sent(desk):
    page = desk()
    page.goto(SEVERAL)
    page.evaluate("document.querySelector('#several').dataset.maxBytes = 100")
    drop(page, {"large.png": encoded(cup()), "empty.png": b""})
    expect(page.locator(".row-error")).to_have_text(
        ["The file is larger than 64 MB.", "The file is empty, or a folder."]
    )
    expect(page.get_by_role("button", name="Add them all")).to_be_hidden()


def test_the_square_follows_the_pointer(desk):
    page = desk(has_touch=True)
    page.goto(SEVERAL)
    drop(page, {"cup.png": encoded(cup(600, 400))})
    page.get_by_role("button", name="Cut…").click()
    frame, said = page.locator(".crop-frame"), page.locator(".crop-said")
    box = frame.bounding_box()
    assert box is not None
    scale = 400 / box["width"]
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 50 - 60 / scale, box["y"] + 90, steps=3)
    page.mouse.up()
    expect(said).to_have_text("Square of 400 px, 40 from the left, 0 from above")
    corner = page.locator(".crop-corner").bounding_box()
    assert corner is not None
    page.mouse.move(corner["x"] + 20, corner["y"] + 20)
    page.mouse.down()
    page.mouse.move(corner["x"] + 20 - 100 / scale, corner["y"] + 20 - 100 / scale, steps=3)
    page.mouse.up()
    expect(said).to_have_text("Square of 300 px, 40 from the left, 0 from above")
    page.get_by_role("button", name="Whole photograph").click()
    expect(said).to_have_text("The whole photograph, 600 x 400 px")
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("button", name="Add them all").click()
    expect(page.locator(".told")).to_have_text("1 added.")
    assert (ContentImage.objects.get().width, ContentImage.objects.get().height) == (600, 400)


def test_two_fingers_resize_the_square(desk):
    page = desk(width=390, has_touch=True)
    page.goto(SEVERAL)
    drop(page, {"cup.png": encoded(cup(600, 400))})
    page.get_by_role("button", name="Cut…").click()
    box = page.locator(".crop-frame").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def spread(*shares: float) -> None:
        """Two fingers, so far apart, as shares of the largest square."""
        for number, share in enumerate(shares):
            away = share * box["width"] / 2
            points = [{"x": x - away, "y": y, "id": 0}, {"x": x + away, "y": y, "id": 1}]
            kind = "touchMove" if number else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    said = page.locator(".crop-said")
    spread(0.8, 0.6, 0.4)
    expect(said).to_have_text("Square of 200 px, 200 from the left, 100 from above")
    spread(0.6, 0.9)  # from beside it
    expect(said).to_have_text("Square of 300 px, 150 from the left, 50 from above")


def test_a_mask_by_keyboard(desk):
    content, _ = keep_content(name="cup", image=cup(80, 80))
    half = Image.new("L", (80, 80))
    half.paste(255, (0, 0, 40, 80))
    set_mask(content=content, image=half)
    page = desk()
    page.goto(f"/admin/generation/contentimage/{content.pk}/mask/")
    said = page.locator(".mask-said")
    expect(said).to_have_text("This is the mask that is stored. 50 % is object")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    page.locator(".mask-stage canvas").focus()
    page.keyboard.press("i")
    page.keyboard.press("e")
    for _ in range(10):
        page.keyboard.press("]")
        page.keyboard.press("ArrowRight")
    expect(said).to_have_text("56, 40 of 80 x 80")
    page.keyboard.press("Space")
    expect(said).to_have_text(re.compile("^4[45] % is object"))
    page.keyboard.press("u")
    expect(said).to_have_text("Undone. 50 % is object")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Store the mask").click()
    expect(page).to_have_url(re.compile("/change/"))
    content.refresh_from_db()
    with Image.open(content.mask.path) as mask:
        assert [mask.getpixel((x, y)) for x, y in ((10, 10), (70, 10), (56, 40))] == [0, 255, 0]
    page.go_back()
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Store the mask").click()
    expect(said).to_have_text("Nothing is marked yet: paint the object first.")


def test_what_a_segmenter_says_is_quoted(desk, settings):
    settings.FOREGROUND_SEGMENTER = "generation.nono"
    content, _ = keep_content(name="cup", image=cup(80, 80))
    page = desk()
    page.goto(f"/admin/generation/contentimage/{content.pk}/mask/")
    said = page.locator(".mask-said")
    expect(said).to_contain_text("mark the object by hand, or upload a mask")
    expect(said.locator("[lang=en]")).to_contain_text("TEXTURESTUDY_SEGMENTER: expected")


def test_a_stored_photograph_is_cut_on_its_page(desk):
    content, _ = keep_content(name="cup", image=cup())
    page = desk()
    page.goto(f"/admin/generation/contentimage/{content.pk}/change/")
    page.get_by_role("button", name="Cut to a square").click()
    page.keyboard.press("Shift+ArrowLeft")
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(".messagelist")).to_contain_text("The photograph was cut.")
    content.refresh_from_db()
    with Image.open(content.file.path) as stored:
        assert stored.tobytes() == cup().crop((10, 0, 90, 80)).tobytes()


def test_without_javascript_it_is_a_form(desk):
    page = desk(java_script_enabled=False)
    page.goto(SEVERAL)
    files = {"cup.png": encoded(cup()), "page.png": b"<html>"}
    page.locator("#files").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files.items()]
    )
    page.get_by_role("button", name="Add them").click()
    expect(page.locator(".came .warning")).to_contain_text("got an HTML page.")
    page.get_by_role("link", name="Go on: objects and stimuli").click()
    expect(page.locator(".photographs")).to_contain_text("cup")
    page.goto(f"/admin/generation/contentimage/{ContentImage.objects.get().pk}/mask/")
    expect(page.locator(".mask-editor")).to_be_hidden()
    expect(page.get_by_role("button", name="Upload it")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_every_page_is_accessible(desk, width, language, scheme):
    make_clusters(2)
    make_recipe()
    page = desk(width=width, language=language, color_scheme=scheme)

    def check() -> None:
        found = Axe().run(page, context=".contents")
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    page.goto(SEVERAL)
    drop(page, {"cup.png": encoded(cup()), "a-very-long-name-" * 6 + ".png": b"<html>"})
    expect(page.locator(".row")).to_have_count(2)
    page.locator("[data-crop]").first.click()
    check()
    page.locator("[data-act=leave]").click()
    page.locator("[data-add]").click()
    expect(page.locator(".row[data-state=added]")).to_have_count(1)
    check()
    page.locator("[data-remove]:visible").click()
    page.locator("[data-go]").click()
    page.locator("[name=for]").check()
    page.locator(".make .button").click()
    expect(page.locator(".made-counts")).to_be_visible()
    StylisedImage.objects.first().item.job.items.update(state="failed", error="no light")
    page.reload()
    check()
    page.locator(".photographs .button").click()
    expect(page.locator(".mask-said")).to_contain_text("%")
    check()
