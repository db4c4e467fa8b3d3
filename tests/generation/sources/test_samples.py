from __future__ import annotations

import io

import pytest
from PIL import Image

from generation.sources import Found, Samples, SourceError
from generation.sources.samples import CONTENTS, TEXTURES, Photograph


def box(found: Found) -> tuple[int, ...]:
    return tuple(map(int, found.url.partition("?box=")[2].split(",")))


@pytest.mark.parametrize("texture", TEXTURES)
def test_crops_are_squares_inside_the_regions(texture):
    results = Samples(count=40).search(texture).results
    regions = TEXTURES[texture].regions
    with TEXTURES[texture].open() as photograph:
        width, height = photograph.size
    for left, top, right, bottom in regions:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for left, top, right, bottom in map(box, results):
        assert right - left == bottom - top >= 32
        assert any(
            r[0] <= left and r[1] <= top and right <= r[2] and bottom <= r[3] for r in regions
        )


def test_a_seed_decides_the_crops_and_they_differ():
    first = Samples(count=12).search("gravel")
    assert first == Samples(count=12).search("gravel")
    assert first.results[:5] == Samples(count=5).search("gravel").results
    assert first != Samples(count=12, seed=1).search("gravel")
    assert len({found.url for found in first.results}) == 12
    assert first.next_cursor is None


@pytest.mark.parametrize("texture", TEXTURES)
def test_every_crop_says_whose_it_is(texture):
    for found in Samples(count=2).search(texture).results:
        assert found.title
        assert found.creator
        assert found.page_url.startswith("https://")
        assert found.licence in ("CC0 1.0", "public domain")
        assert found.licence_url.startswith("https://creativecommons.org/publicdomain/")


def test_a_crop_is_that_part_of_its_photograph():
    found = Samples(count=1).search("gravel").results[0]
    crop = Image.open(io.BytesIO(Samples().read(found)))
    expected = TEXTURES["gravel"].open().crop(box(found))
    assert crop.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", CONTENTS)
def test_the_contents_are_squares_of_free_photographs(name):
    photograph, (left, top, right, bottom) = CONTENTS[name]
    width, height = photograph.open().size
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left == bottom - top
    assert photograph.licence[0] in ("CC0 1.0", "public domain")


def test_errors_say_what_there_is():
    with pytest.raises(SourceError, match=r"expected one of \['brick', .*'stars'\], got 'velvet'"):
        Samples().search("velvet")
    missing = Photograph("nono.png", "", "", ("", ""), "")
    with pytest.raises(SourceError, match=r"expected nono.png inside scikit-image: pip install"):
        missing.open()
