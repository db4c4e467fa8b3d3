"""A researcher brings a photograph, and watches its stimuli being made."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from generation.models import ContentImage, StylisedImage
from tests.generation.pictures import encoded, noise
from tests.generation.rows import make_clusters, make_recipe

pytestmark = pytest.mark.e2e


@pytest.fixture
def form(desk):
    """The form for a new photograph, of somebody signed in: `form(width=390, language="ja")`."""
    make_clusters(3)
    make_recipe()

    def open_form(**options):
        page = desk(**options)
        page.clock.install()
        page.goto("/admin/generation/contentimage/add/")
        return page

    return open_form


def upload(page, data: bytes) -> None:
    page.locator("#id_name").fill("coffee")
    file = {"name": "coffee.jpg", "mimeType": "image/jpeg", "buffer": data}
    page.locator("#id_upload").set_input_files(file)
    page.locator("[name=_continue]").click()


def finish(*rows: StylisedImage) -> None:
    content = ContentImage.objects.get()
    for row in rows:
        StylisedImage.objects.filter(pk=row.pk).update(
            file=content.file.name, width=48, height=40, sha256="a" * 64
        )


def test_stimuli_appear_as_they_are_made_and_typing_is_left_alone(form):
    page = form()
    upload(page, encoded(noise(1), "JPEG"))
    counts = page.locator(".made-counts")
    expect(counts).to_have_text("0 of 3 done, 3 queued")
    page.locator("#id_credit").fill("half a na")
    first, *others = StylisedImage.objects.order_by("pk")
    finish(first)
    page.clock.run_for(5_000)
    expect(counts).to_have_text("1 of 3 done, 2 queued")
    expect(page.locator(".made progress")).to_have_js_property("value", 1)
    expect(page.locator(".made-images img")).to_have_count(1)
    expect(page.locator("#id_credit")).to_have_value("half a na")
    expect(page.locator("#id_credit")).to_be_focused()
    finish(*others)
    page.clock.run_for(5_000)
    expect(counts).to_have_text("3 of 3 done")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(20_000)
    assert not [url for url in asked if "/made/" in url]  # nothing is left to wait for


def test_a_bad_file_is_named_beside_its_field(form):
    page = form(language="ja", width=390)
    upload(page, b"<html>")
    error = page.locator(".field-upload .errorlist")
    expect(error).to_have_text(re.compile("写真として使えないファイルです"))
    expect(page.locator("#id_name")).to_have_value("coffee")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_photograph_s_page_is_accessible(form, width, scheme):
    page = form(language="ja", width=width, color_scheme=scheme)
    upload(page, encoded(noise(1), "JPEG"))
    expect(page.locator(".made-counts")).to_have_text("3 枚中 0 枚が完了, 待機中 3 枚")
    found = Axe().run(page, context=".contents")
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
