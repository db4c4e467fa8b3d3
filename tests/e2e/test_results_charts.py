"""Saving charts in a real browser: pictures on white, and numbers that are the table's."""

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import expect

from generation.models import Word
from tests.analysis.factories import add_people
from tests.e2e.test_accessibility import assert_accessible
from tests.survey.studies import make_conditions

pytestmark = pytest.mark.e2e

SKILL = {"fusafusa": 0.9, "zarazara": 0.5, "mofumofu": 0.1}


@pytest.fixture
def answered(study):
    add_people(study, 5, skill=SKILL)
    return study


def saved(page, kind, number=0):
    button = page.locator(f"[data-as={kind}]").nth(number)
    expect(page.locator("[data-chart] .main-svg").first).to_be_visible()
    with page.expect_download() as found:
        button.click()
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def table(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def total(rows, column):
    return sum(int(row[column]) for row in rows)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_png_is_large_and_on_white_in_every_theme(desk, answered, scheme):
    page = desk(color_scheme=scheme)
    page.goto("/results/textures/words/")
    name, data = saved(page, "png")
    assert name == "textures-words-accuracy.png"
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    assert picture.width == 3 * 900
    corners = [(0, 0), (picture.width - 1, 0), (0, picture.height - 1)]
    assert {picture.getpixel(corner) for corner in corners} == {(255, 255, 255)}
    dark = picture.convert("L").crop((0, 0, picture.width, 3 * 64)).point(lambda v: 255 * (v < 90))
    assert dark.getbbox() is not None  # the title
    colours = {colour for _n, colour in picture.getcolors(picture.width * picture.height)}
    assert (0x8C, 0xC0, 0xDE) in colours  # bars as in the light


def test_both_themes_save_the_same_svg_with_its_title(desk, answered):
    found = []
    for scheme in ("light", "dark"):
        page = desk(color_scheme=scheme)
        page.goto("/results/textures/words/")
        name, data = saved(page, "svg")
        assert name == "textures-words-accuracy.svg"
        text = "".join(ElementTree.fromstring(data).itertext())
        assert "Accuracy of each word" in text
        assert "Textures" in text
        assert "fusafusa ふさふさ" in text
        assert b"var(" not in data
        found.append(re.sub(rb"(clip|legend|g)[0-9a-f]{6}\w*|id=\"[^\"]*\"", b"", data))
    assert found[0] == found[1]


def test_the_csv_of_the_words_is_the_table(desk, answered):
    page = desk()
    page.goto("/results/textures/words/")
    name, data = saved(page, "csv")
    assert name == "textures-words-accuracy.csv"
    rows = table(data)
    assert list(rows[0]) == ["word", "correct", "n", "accuracy", "low", "high", "chance"]
    foot = page.locator("tfoot td").all_inner_texts()
    assert (total(rows, "correct"), total(rows, "n")) == (int(foot[2]), int(foot[3]))
    shown = [cells.split("\t") for cells in page.locator("tbody tr").all_inner_texts()]
    for row, cells in zip(rows, shown, strict=True):
        assert row["word"] == cells[0]
        assert f"{float(row['accuracy']):.0%}" == cells[1]
        assert f"{100 * float(row['low']):.0f}–{float(row['high']):.0%}" == cells[2]
        assert f"{float(row['chance']):.0%}" == cells[5]


def test_each_photograph_has_files_of_its_own_that_add_up(desk, answered):
    page = desk()
    page.goto("/results/textures/words/")
    everything = int(page.locator("tfoot td").nth(3).inner_text())
    page.goto("/results/textures/contents/")
    files = [saved(page, "csv", number) for number in range(2)]
    assert [name for name, _ in files] == [
        "textures-contents-content0.csv",
        "textures-contents-content1.csv",
    ]
    assert sum(total(table(data), "n") for _, data in files) == everything


def test_the_csv_of_conditions(desk, live_server):
    add_people(make_conditions("other"), 4)
    page = desk()
    page.goto("/results/textures/conditions/")
    rows = table(saved(page, "csv")[1])
    cells = " ".join(page.locator("tbody td").all_inner_texts())
    for row in rows:
        assert f"{row['correct']} of {row['n']}, chance" in cells
    assert {row["condition"] for row in rows} == {"test", "other"}


def test_text_in_a_csv_runs_as_no_formula(desk, answered):
    Word.objects.filter(reading="fusafusa").update(text='=HYPERLINK("x")')
    page = desk(language="ja")
    page.goto("/results/textures/words/")
    rows = table(saved(page, "csv")[1])
    assert rows[0]["word"] == '\'=HYPERLINK("x")'


def test_by_keyboard_and_with_a_name(desk, answered):
    page = desk()
    page.goto("/results/textures/words/")
    button = page.get_by_role("button", name="CSV: Accuracy of each word")
    button.focus()
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    assert found.value.suggested_filename.endswith(".csv")


def test_targets_are_large_enough_for_a_finger(desk, answered):
    page = desk(width=390, has_touch=True, is_mobile=True)
    page.goto("/results/textures/contents/")
    for button in page.locator(".save button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44


def test_without_javascript_the_table_is_there_and_no_button(desk, answered):
    page = desk(java_script_enabled=False)
    page.goto("/results/textures/words/")
    expect(page.locator(".save")).to_be_hidden()
    expect(page.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_for_everybody(desk, answered, width, language, scheme):
    page = desk(width=width, language=language, color_scheme=scheme)
    for path in ("words/", "contents/"):
        page.goto(f"/results/textures/{path}")
        assert_accessible(page)


def test_on_paper_charts_are_as_in_the_light(desk, answered):
    page = desk(color_scheme="dark")
    page.goto("/results/textures/words/")
    bar = page.locator(".barlayer .point path").first
    expect(bar).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(bar).to_have_css("fill", "rgb(140, 192, 222)")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(bar).not_to_have_css("fill", "rgb(140, 192, 222)")
