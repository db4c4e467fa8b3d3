from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest

from generation.sources import Filters, Found, LocalSource, SourceError, UrlList
from tests.generation.pictures import encoded, noise


def written(folder: Path, text: str, encoding: str = "utf-8") -> UrlList:
    path = folder / "images.csv"
    path.write_text(text, encoding=encoding)
    return UrlList(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("spelling", ["licence", "license"])
def test_a_row_is_an_image_of_the_web(tmp_path, encoding, spelling):
    source = written(
        tmp_path,
        f"url,title,creator,{spelling},{spelling}_url,page_url,note\r\n"
        "https://example.org/1.jpg,毛並み,山田,CC BY 4.0,https://example.org/by,https://example.org/1,x\r\n"
        "https://example.org/2.jpg\r\n"
        "https://example.org/1.jpg,again\r\n",
        encoding,
    )
    page = source.search("fusafusa")
    assert page.results == (
        Found(
            url="https://example.org/1.jpg", title="毛並み", creator="山田", licence="CC BY 4.0",
            licence_url="https://example.org/by", page_url="https://example.org/1",
        ),
        Found(url="https://example.org/2.jpg"),
    )  # fmt: skip
    assert page.next_cursor is None
    assert page.results[0].raw["note"] == "x"
    assert isinstance(source, LocalSource)
    with pytest.raises(SourceError, match=r"expected an image of .* folder, got 'https:"):
        source.read(page.results[0])


def test_a_path_is_read_beside_the_file(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "毛 1.png").write_bytes(encoded(noise(1)))
    source = written(tmp_path, "path,url\nmore/毛 1.png,\n,http://example.org/2.jpg\n")
    local, web = source.search("any").results
    assert source.read(local) == encoded(noise(1))
    assert web.url == "http://example.org/2.jpg"


def test_the_query_selects_the_rows_of_its_word(tmp_path):
    decomposed = normalize("NFD", "ざらざら")
    assert decomposed != "ざらざら"
    source = written(
        tmp_path,
        f"url,word\nhttp://x.org/1,ふさふさ\nhttp://x.org/2,{decomposed}\nhttp://x.org/3,\n",
    )
    assert [found.url for found in source.search("ざらざら").results] == ["http://x.org/2"]
    assert source.search("もふもふ").results == ()


@pytest.mark.parametrize(("licence", "kept"), [("any", 3), ("known", 2), ("derivatives", 1)])
def test_licences_are_filtered_as_told(tmp_path, licence, kept):
    text = (
        "url,licence\nhttp://x.org/1,CC BY-SA 4.0\nhttp://x.org/2,CC BY-NC-ND 4.0\nhttp://x.org/3\n"
    )
    page = written(tmp_path, text).search("fur", filters=Filters(licence=licence, min_side=500))
    assert len(page.results) == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file\na.png\n", r"expected a column 'url' or 'path', got \['file'\]"),
        ("", r"expected a column 'url' or 'path', got \[\]"),
        ("url,path\nhttp://x.org/1,\n,\n", "row 2: expected a url or a path, got neither"),
        ("url,path\nhttp://x.org/1,a.png\n", "row 1: expected a url or a path, got both"),
        ("url\nftp://x.org/1\n", "row 1: expected a URL of http or https, got 'ftp:"),
        ("url\nhttp:///1\n", "row 1: expected a URL of http or https"),
        ("path\n../elsewhere.png\n", "row 1: expected a path below"),
        ("path\n/etc/passwd\n", "row 1: expected a path below"),
        ("path\nlink.png\n", "row 1: expected a path below"),
        ("path\nnono.png\n", "row 1: expected a file, there is none at"),
    ],
)
def test_a_row_that_cannot_be_meant_is_named(tmp_path, text, message):
    folder = tmp_path / "list"
    folder.mkdir()
    (tmp_path / "elsewhere.png").write_bytes(b"")
    (folder / "link.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(SourceError, match=message):
        written(folder, text).search("fur")


def test_what_is_no_csv_in_utf_8_is_refused(tmp_path):
    with pytest.raises(SourceError, match="expected a CSV file in UTF-8"):
        written(tmp_path, "url,title\nhttp://x.org/1,毛並み\n", "cp932").search("fur")
    with pytest.raises(SourceError, match=r"expected a CSV file of images, got 'nono\.csv'"):
        UrlList("nono.csv")


def test_nothing_outside_the_folder_is_read(tmp_path):
    (tmp_path / "list").mkdir()
    outside = tmp_path / "outside.png"
    outside.write_bytes(encoded(noise(3)))
    with pytest.raises(SourceError, match="expected a path below"):
        written(tmp_path / "list", "url\n").read(Found(url=outside.as_uri()))
