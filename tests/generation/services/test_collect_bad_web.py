"""Whatever the web gives in place of an image ends as a row with its reason, and nothing else."""

from __future__ import annotations

import hashlib
import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from django.core.management import call_command
from PIL import Image

from generation.models import WebImage, Word
from tests.generation.fakes.providers import served
from tests.generation.fakes.web import Web, serving

pytestmark = pytest.mark.django_db

PRIVATE = "http://pictures.example/a.jpg"


class Case(NamedTuple):
    """Where a result leads, and what has to become of its row."""

    address: str  # a path of the fake web, or a whole address
    state: str
    reason: str = ""  # its beginning
    size: tuple[int, int] | None = None


def to(address: str) -> str:
    return f"/to/{quote(address, safe='')}"


ANY = "expected an image (JPEG, PNG, WEBP, GIF, BMP, TIFF), got "
CASES = [
    Case("/status/404", "gone", "expected status 200, got 404 Not Found"),
    Case("/endless", "gone", "expected at most 1 MB, got more"),
    Case("/large", "gone", "expected at most 1 MB, got more"),
    Case("/bomb", "gone", "expected at most 1 MB, got more"),
    Case("/drip", "failed", "expected the whole answer within 1.5 s, got a part of it"),
    Case("/headerdrip", "failed", "expected the whole answer within 1.5 s, got a part of it"),
    Case(to("http://127.0.0.1/a.jpg"), "gone",
         "robots.txt: expected a public address, got 127.0.0.1 for 127.0.0.1"),
    Case(to("http://169.254.169.254/latest/meta-data/"), "gone",
         "robots.txt: expected a public address, got 169.254.169.254 for 169.254.169.254"),
    Case(PRIVATE, "gone",
         "robots.txt: expected a public address, got 10.1.2.3 for pictures.example"),
    Case("/loop", "gone", "expected at most 5 redirects, got more"),
    Case("/tag/noai", "gone", "expected leave to collect, got X-Robots-Tag 'noai'"),
    Case("/html.jpg", "rejected", f"{ANY}an HTML page"),
    Case("/drawing.svg", "rejected", f"{ANY}an SVG drawing"),
    Case("/empty.jpg", "rejected", "expected an image, got an empty file"),
    Case("/truncated.jpg", "rejected", "expected a whole image, got a damaged one: "),
    Case("/huge.png", "rejected", "expected at most 20 megapixels, got many more"),
    # Good, though odd: the first frame, sRGB, alpha on white, upright.
    Case("/moving.gif", "ok", size=(40, 40)),
    Case("/printed.jpg", "ok", size=(40, 40)),
    Case("/palette.png", "ok", size=(40, 40)),
    Case("/turned.jpg", "ok", size=(40, 48)),
    Case("/copy/0.jpg", "ok", size=(600, 400)),
    *(Case(f"/copy/{number}.jpg", "rejected", "the same picture as another one of this word")
      for number in range(1, 10)),
]  # fmt: skip
COLOURS = {"/moving.gif": (255, 0, 0), "/palette.png": (255, 255, 255)}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def collect(web: Web, settings, monkeypatch) -> str:
    """What the command says; `pictures.example` has a private address."""
    urls = [case.address if ":" in case.address else web.url(case.address) for case in CASES]
    lookup = socket.getaddrinfo

    def resolve(host: str, *arguments: object, **options: object) -> list[tuple[object, ...]]:
        if host == "pictures.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 80))]
        return lookup(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    settings.FETCH_ALLOW, settings.FETCH_POLITE = [web.netloc], False
    settings.FETCH_SECONDS, settings.FETCH_MEGABYTES = 1.5, 1.0
    said = io.StringIO()
    with served(count=len(urls), image_url=lambda n: urls[n]) as providers:
        settings.SOURCES = {"openverse": providers.settings("openverse")}
        call_command("collect", provider=["openverse"], stdout=said)
    return said.getvalue()


def test_each_ends_as_a_row_with_its_reason(web, media, settings, monkeypatch):
    word = Word.objects.create(text="ふさふさ", reading="fusafusa", phrases={"en": ["fur"]})
    said = collect(web, settings, monkeypatch)
    rows = list(WebImage.objects.order_by("rank"))
    assert len(rows) == len(CASES)
    for row, case in zip(rows, CASES, strict=True):
        assert (row.word, row.state) == (word, case.state), f"{case.address}: {row.reason}"
        assert row.reason.startswith(case.reason)
        assert bool(row.reason) == (case.state != "ok")
        assert bool(row.file) == bool(row.sha256) == (case.state == "ok")
        if case.size:
            check_picture(row, case)
    refused = [row for row in rows if row.state != "ok"]
    assert f"{len(refused)} not kept" in said
    assert "1 expected status 200, got 404 Not Found" in said
    assert "9 the same picture as another one of this word" in said
    # What was refused has left no file.
    kept = {row.file.name for row in rows if row.state == "ok"}
    assert {str(p.relative_to(media)) for p in media.rglob("*") if p.is_file()} == kept


def check_picture(row: WebImage, case: Case) -> None:
    """The stored file is plain: RGB, of the size that people see, without metadata."""
    data = Path(row.file.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == row.sha256
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.size) == ("RGB", case.size)
        assert (row.width, row.height) == case.size
        assert not image.getexif()
        assert "icc_profile" not in image.info
        corner, middle = image.getpixel((0, 0)), image.getpixel((20, 20))
    assert COLOURS.get(case.address, corner) == corner
    if case.address == "/printed.jpg":  # yellow and magenta ink
        assert middle[0] > 200
        assert max(middle[1:]) < 60
