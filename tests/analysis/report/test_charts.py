"""Bars as SVG, and cells as colours."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report import svg
from analysis.report.heat import shade


def drawn(rows, **given):
    texts = {"name": "c", "title": "Title", "summary": "Summary", "chance": "chance 33%"} | given
    return ET.fromstring(svg.bars(rows, **texts))


def bar(**fields):
    given = {"label": "ふさふさ", "share": 0.5, "low": 0.25, "high": 0.75, "note": "50%"}
    return svg.Bar(**(given | {"chance": 1 / 3} | fields))


def dashed(root):
    return [line for line in root.iter("line") if line.get("stroke-dasharray")]


def test_lengths_are_shares():
    root = drawn([bar(), bar(share=1.0, low=0.9, high=1.0), bar(share=0.0, low=0.0, high=0.1)])
    half, whole, none = (float(rect.get("width")) for rect in root.iter("rect"))
    assert (2 * half, none) == (whole, 0)
    title, summary = root.find("title"), root.find("desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {summary.get('id')}"
    (chance,) = dashed(root)
    left = float(next(root.iter("rect")).get("x"))
    assert float(chance.get("x1")) == pytest.approx(left + whole / 3, abs=0.1)


def test_bars_of_other_chance_levels_have_marks_of_their_own():
    root = drawn([bar(), bar(chance=0.5), bar(share=None, chance=0.0)])
    assert len(dashed(root)) == 2
    assert not any(text.text == "chance 33%" for text in root.iter("text"))


def test_nothing_to_draw_has_its_name_and_note():
    root = drawn([bar(share=None, note="–")])
    assert list(root.iter("rect")) == []
    assert {"ふさふさ", "–"} <= {text.text for text in root.iter("text")}


def test_labels_are_text():
    root = drawn([bar(label='<script>"&')], title="<b>")
    assert root.find("title").text == "<b>"
    assert any(text.text == '<script>"&' for text in root.iter("text"))


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("fusafusa ふさふさ", "fusafusa ふさふさ"),
        ("a-photograph-with-a-long-name", "a-photograph-with-a…"),
        ("ながいながいながいことば", "ながいながいながい…"),
    ],
)
def test_long_labels_are_cut_and_kept_whole_beside(label, shown):
    root = drawn([bar(label=label)])
    text = next(each for each in root.iter("text") if each.text == shown)
    assert (text.findtext("title") == label) == (label != shown)


@given(st.floats(0, 1))
def test_numbers_are_readable_on_every_colour(share):
    found = shade(share)

    def light(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(found.background), light(found.ink)))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_ends_of_the_colours():
    assert (shade(0.0).background, shade(1.0).background) == ("#ffffff", "#0072b2")
    assert shade(2.0) == shade(1.0)
