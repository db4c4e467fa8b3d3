from __future__ import annotations

import pytest

from generation.sources import Folder, Found, SourceError
from tests.generation.pictures import encoded, noise


@pytest.fixture
def root(tmp_path):
    """A folder of words: fusafusa with two images, one of them deeper, and a text."""
    folder = tmp_path / "images" / "fusafusa"
    (folder / "more").mkdir(parents=True)
    (folder / "b.png").write_bytes(encoded(noise(1)))
    (folder / "more" / "毛 1.JPG").write_bytes(encoded(noise(2), "JPEG"))
    (folder / "notes.txt").write_text("no image")
    (folder / "folder.png").mkdir()
    return tmp_path / "images"


def manifest(root, text: str, encoding: str = "utf-8") -> None:
    (root / "fusafusa" / "manifest.csv").write_text(text, encoding=encoding)


def test_images_are_found_in_order_and_read_back(root):
    page = Folder(root).search("fusafusa")
    assert [found.title for found in page.results] == ["b", "毛 1"]
    assert page.next_cursor is None
    assert {found.licence for found in page.results} == {""}
    assert Folder(root).read(page.results[1]) == encoded(noise(2), "JPEG")
    assert len(Folder(root).search("").results) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_manifest_says_where_images_came_from(root, encoding):
    manifest(
        root,
        "path,title,creator,licence,licence_url,page_url,note\r\n"
        "more/毛 1.JPG,毛並み,山田,CC BY 4.0,https://example.org/by,https://example.org/1,x\r\n",
        encoding,
    )
    plain, told = Folder(root).search("fusafusa").results
    assert plain == Found(url=plain.url, title="b")
    assert told == Found(
        url=told.url,
        title="毛並み",
        page_url="https://example.org/1",
        creator="山田",
        licence="CC BY 4.0",
        licence_url="https://example.org/by",
    )


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("file,title\nb.png,B\n", "utf-8", r"expected a column 'path', got \['file', 'title'\]"),
        ("", "utf-8", r"expected a column 'path', got \[\]"),
        ("title,path\nB,b.png\nC\n", "utf-8", "row 2: expected a path, got none"),
        ("path,title\nb.png,毛並み\n", "cp932", "expected a CSV file in UTF-8"),
        ("path\n../../elsewhere.png\n", "utf-8", "expected a path below"),
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused(root, text, encoding, message):
    manifest(root, text, encoding)
    with pytest.raises(SourceError, match=message):
        Folder(root).search("fusafusa")


def test_nothing_outside_the_root_is_read(root, tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(encoded(noise(3)))
    for query in ("..", "/etc", "fusafusa/../.."):
        with pytest.raises(SourceError, match="expected a path below"):
            Folder(root).search(query)
    with pytest.raises(SourceError, match="expected a path below"):
        Folder(root).read(Found(url=outside.as_uri()))
    (root / "fusafusa" / "link.png").symlink_to(outside)
    with pytest.raises(SourceError, match="expected a path below"):
        Folder(root).search("fusafusa")


def test_links_inside_the_root_are_followed(root):
    (root / "zarazara").mkdir()
    (root / "zarazara" / "link.png").symlink_to(root / "fusafusa" / "b.png")
    (found,) = Folder(root).search("zarazara").results
    assert Folder(root).read(found) == encoded(noise(1))


def test_a_folder_that_is_not_there(root):
    with pytest.raises(SourceError, match="expected a folder 'mofumofu' in"):
        Folder(root).search("mofumofu")
    with pytest.raises(SourceError, match="expected a folder of images, got 'nono'"):
        Folder("nono")
