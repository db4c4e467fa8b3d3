from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from PIL import Image

from generation.fetch import Fetcher, FetchError, Limits
from generation.photographs import PhotographError, decode
from tests.generation.fakes.web import Web, serving
from tests.generation.fakes.web_pictures import FILES, PHOTOGRAPH

LATE = "Wed, 21 Oct 2099 07:28:00 GMT"
QUICK = {"delay": 0.0, "backoff": 0.001}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def fetcher(web: Web) -> Iterator[Callable[..., Fetcher]]:
    """Opens a Fetcher that may reach the fake web; its arguments are limits."""
    opened = []

    def fetcher(**limits: float) -> Fetcher:
        opened.append(Fetcher(allow=frozenset({web.netloc}), limits=Limits(**{**QUICK, **limits})))
        return opened[-1]

    yield fetcher
    for one in opened:
        one.__exit__(None, None, None)


def refusal(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    return caught.value


def test_a_photograph_and_its_origin(web):
    with Fetcher(allow=frozenset({web.netloc})) as fetcher:
        fetched = fetcher.fetch(web.url("/good.jpg"))
    assert fetched.data == PHOTOGRAPH
    assert 150_000 < len(PHOTOGRAPH) < 250_000
    assert fetched.final_url == web.url("/good.jpg")
    assert (fetched.status, fetched.content_type) == (200, "image/jpeg")
    assert set(fetched.headers) == {"Date"}
    assert decode(fetched.data).size == (600, 400)


def test_the_collector_says_its_name_and_asks_for_bytes_as_they_are(web):
    agent, allow = "study/2 (+mailto:a@example.org)", frozenset({web.netloc})
    with Fetcher(user_agent=agent, allow=allow, limits=Limits(**QUICK)) as fetcher:
        fetched = fetcher.fetch(web.url("/echo"))
    assert b"User-Agent: study/2 (+mailto:a@example.org)\n" in fetched.data
    assert b"Accept-Encoding: identity" in fetched.data
    assert fetched.headers["ETag"] == '"1"'
    assert "X-Other" not in fetched.headers


def test_no_cookie_is_kept(web, fetcher):
    once = fetcher()
    once.fetch(web.url("/cookie"))
    assert once.fetch(web.url("/cookie")).data == b""


@pytest.mark.parametrize(
    ("path", "size", "colour"),
    [
        ("/moving.gif", (40, 40), (255, 0, 0)),
        ("/palette.png", (40, 40), (255, 255, 255)),
        ("/turned.jpg", (40, 48), None),
        ("/page.html", (600, 400), None),
    ],
)
def test_odd_images_decode(web, fetcher, path, size, colour):
    decoded = decode(fetcher().fetch(web.url(path)).data)
    assert (type(decoded), decoded.mode, decoded.size) == (Image.Image, "RGB", size)
    assert colour is None or decoded.getpixel((0, 0)) == colour


def test_print_colours_come_out_on_screen(web, fetcher):
    r, g, b = decode(fetcher().fetch(web.url("/printed.jpg")).data).getpixel((20, 20))
    assert r > 200
    assert max(g, b) < 60


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/html.jpg", "expected an image .*, got an HTML page"),
        ("/drawing.svg", "expected an image .*, got an SVG drawing"),
        ("/truncated.jpg", "expected a whole image, got a damaged one"),
        ("/huge.png", "expected at most 20 megapixels"),
        ("/empty.jpg", "expected an image, got an empty file"),
    ],
)
def test_what_is_no_image_arrives_and_is_refused_by_the_decoder(web, fetcher, path, message):
    fetched = fetcher().fetch(web.url(path))
    assert fetched.data == FILES[path][1]
    with pytest.raises(PhotographError, match=message):
        decode(fetched.data)


@pytest.mark.parametrize(
    ("status", "for_good", "asked"),
    [(404, True, 1), (410, True, 1), (403, True, 1), (204, True, 1), (500, False, 1)]
    + [(code, False, 3) for code in (429, 502, 503, 504)],
)
def test_a_status_other_than_200(web, fetcher, status, for_good, asked):
    error = refusal(fetcher(), web.url(f"/status/{status}"))
    assert (error.for_good, error.status) == (for_good, status)
    assert str(error).startswith(f"expected status 200, got {status}")
    assert web.count(f"/status/{status}") == asked


@pytest.mark.parametrize("path", ["/flaky/503", "/flaky/429", "/busy/0", "/broken"])
def test_a_passing_failure_is_tried_again(web, fetcher, path):
    assert fetcher().fetch(web.url(path)).data == PHOTOGRAPH
    assert web.count(path) == (3 if "flaky" in path else 2)


@pytest.mark.parametrize(("seconds", "total"), [("61", 600.0), ("30", 5.0), (LATE, 600.0)])
def test_a_wait_that_is_too_long_is_a_failure_for_now(web, fetcher, seconds, total):
    error = refusal(fetcher(total=total), web.url(f"/busy/{quote(seconds)}"))
    assert (error.for_good, error.status) == (False, 429)
    assert len(web.asked) == 2


@pytest.mark.parametrize("wish", ["soon", "-1"])
def test_a_wait_that_nobody_understands_is_our_own(web, fetcher, wish):
    assert fetcher().fetch(web.url(f"/busy/{wish}")).data == PHOTOGRAPH


def test_a_host_that_hangs_up_always_fails_for_now():
    with serving() as web:
        netloc, url = web.netloc, web.url("/good.jpg")
    with Fetcher(allow=frozenset({netloc}), limits=Limits(**QUICK)) as fetcher:
        error = refusal(fetcher, url)
    assert not error.for_good
    assert "got a broken connection or none" in str(error)


@pytest.mark.parametrize("path", ["/drip", "/headerdrip", "/endless"])
def test_the_wall_clock_ends_what_never_ends(web, fetcher, path):
    patient = fetcher(total=0.3, size=10**12)
    error = refusal(patient, web.url(path))
    assert not error.for_good
    assert str(error) == "expected the whole answer within 0.3 s, got a part of it"
    assert patient.fetch(web.url("/good.jpg")).data == PHOTOGRAPH


def test_the_wall_clock_ends_a_handshake_that_never_ends():
    def drip(listening: socket.socket) -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as client:
            client.sendall(b"\x16\x03\x03\x40\x00")  # the head of a TLS record of 16 KB
            while True:
                client.sendall(b"\x02")
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        netloc = f"127.0.0.1:{listening.getsockname()[1]}"
        pool.submit(drip, listening)
        limits = Limits(**QUICK, total=1.0)
        with Fetcher(allow=frozenset({netloc}), limits=limits) as fetcher:
            error = refusal(fetcher, f"https://{netloc}/a.jpg")
    assert not error.for_good
    assert "expected the whole answer within 1 s" in str(error)


def test_a_host_without_tls_is_not_read_over_https(web, fetcher):
    error = refusal(fetcher(), f"https://{web.netloc}/good.jpg")
    assert not error.for_good
    assert "expected TLS and a valid certificate from 127.0.0.1" in str(error)
    assert web.asked == []


def test_silence_ends_with_the_read_timeout(web, fetcher):
    error = refusal(fetcher(read=0.1), web.url("/slow/20"))
    assert not error.for_good
    assert str(error) == "expected data from 127.0.0.1, got none for 0.1 s"


@pytest.mark.parametrize("path", ["/endless", "/large", "/bomb", "/good.jpg"])
def test_more_bytes_than_the_cap_are_too_many(web, fetcher, path):
    error = refusal(fetcher(size=100_000), web.url(path))
    assert error.for_good
    assert str(error) == "expected at most 0.1 MB, got more"


def test_the_cap_itself_is_allowed(web, fetcher):
    limited = fetcher(size=len(PHOTOGRAPH))
    assert limited.fetch(web.url("/good.jpg")).data == PHOTOGRAPH
    assert refusal(fetcher(size=len(PHOTOGRAPH) - 1), web.url("/good.jpg")).for_good


def test_content_encodings(web, fetcher):
    once = fetcher()
    assert once.fetch(web.url("/gzipped")).data == PHOTOGRAPH
    assert once.fetch(web.url("/encoded/identity")).data == PHOTOGRAPH
    assert refusal(once, web.url("/encoded/gzip")).for_good
    brotli = refusal(once, web.url("/encoded/br"))
    assert brotli.for_good
    assert str(brotli) == "expected an image as it is or gzipped, got the encoding 'br'"
    assert not refusal(once, web.url("/halfgzipped")).for_good


def test_one_picture_under_ten_addresses_from_sixteen_threads(web, fetcher):
    urls = [web.url(f"/copy/{number}.jpg") for number in range(10)] * 4
    once = fetcher()
    with ThreadPoolExecutor(16) as pool:
        fetched = list(pool.map(once.fetch, urls))
    assert {one.data for one in fetched} == {PHOTOGRAPH}
    assert [one.final_url for one in fetched] == urls
    assert web.count("/robots.txt") == 1
