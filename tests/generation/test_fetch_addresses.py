from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from generation.fetch import Fetcher, FetchError, Limits
from tests.generation.fakes.web import Web, serving
from tests.generation.fakes.web_pictures import PHOTOGRAPH

LIMITS = Limits(delay=0, backoff=0.001)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def fetcher(web: Web) -> Iterator[Fetcher]:
    with Fetcher(allow=frozenset({web.netloc}), limits=LIMITS) as fetcher:
        yield fetcher


def refused(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    assert caught.value.for_good
    return str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "0x7f.1",
        "2130706433",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.88.99.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::7f00:1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_an_address_that_is_not_public_is_refused(host):
    with Fetcher(limits=LIMITS) as fetcher:
        for scheme in ("http", "https"):
            message = refused(fetcher, f"{scheme}://{host}/a.jpg")
            assert "expected a public address, got " in message


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "::ffff:10.1.2.3", "fd00::1"])
def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answer)
    with Fetcher(limits=LIMITS) as fetcher:
        message = refused(fetcher, "http://pictures.example/a.jpg")
    assert "expected a public address" in message
    assert message.endswith("for pictures.example")


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch):
    """Against a name that is public when it is asked for first, and private afterwards."""
    answers = {"pictures.example": iter(["93.184.215.14"])}
    connected = []

    def resolve(host: str, *_args: object, **_options: object) -> list[tuple[object, ...]]:
        address = next(answers.get(host, iter([host])), "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]

    def connect(_socket: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with Fetcher(limits=LIMITS) as fetcher:
        message = refused(fetcher, "http://pictures.example/a.jpg")
    assert message == "robots.txt: expected a public address, got 127.0.0.1 for pictures.example"
    assert connected == ["93.184.215.14"]


NO_ADDRESSES = [
    "file:///etc/passwd",
    "ftp://example.org/a.jpg",
    "httpx://a/",
    "a.jpg",
    "",
    "http://",
    "http:///a",
    "data:image/png;base64,AA",
    "http://[::1",
    f"http://{'a' * 70}.example/",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_http_address_is_refused(fetcher, url):
    assert "expected an http or https address, got " in refused(fetcher, url)


def test_a_name_that_does_not_exist_fails_for_now(fetcher, monkeypatch):
    def resolve(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(FetchError, match=r"expected an address of none\.example, found none") as no:
        fetcher.fetch("http://none.example/a.jpg")
    assert not no.value.for_good


@pytest.mark.parametrize("length", [1, 5])
def test_redirects_are_followed(web, fetcher, length):
    fetched = fetcher.fetch(web.url(f"/chain/{length}"))
    assert fetched.data == PHOTOGRAPH
    assert fetched.final_url == web.url("/good.jpg")


def test_what_comes_along_with_a_redirect_is_not_read(web, fetcher):
    url = web.url(f"/endless/{quote('/good.jpg', safe='')}")
    assert fetcher.fetch(url).data == PHOTOGRAPH


@pytest.mark.parametrize("path", ["/chain/6", "/loop"])
def test_at_most_five_redirects(web, fetcher, path):
    assert refused(fetcher, web.url(path)) == "expected at most 5 redirects, got more"
    assert sum(asked != "/robots.txt" for asked in web.asked) == 6


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://169.254.169.254/latest/meta-data/", "expected a public address"),
        ("//10.0.0.1/a.jpg", "expected a public address"),
        ("file:///etc/passwd", "expected an http or https address, got 'file:///etc/passwd'"),
        ("ftp://example.org/a.jpg", "expected an http or https address"),
        ("http://[::1", "expected an http or https address, got 'http://[::1'"),
    ],
)
def test_a_redirect_is_checked_like_any_address(web, fetcher, location, message):
    assert message in refused(fetcher, web.url(f"/to/{quote(location, safe='')}"))


def test_a_redirect_to_another_port_of_an_allowed_host_is_refused(web, fetcher):
    with serving() as other:
        location = quote(other.url("/good.jpg"), safe="")
        assert "expected a public address" in refused(fetcher, web.url(f"/to/{location}"))
        assert other.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1.", "127.1"])
def test_another_name_of_an_allowed_host_is_refused(web, fetcher, host):
    url = f"http://{host}:{web.server_port}/good.jpg"
    with pytest.raises(FetchError):
        fetcher.fetch(url)
    assert web.asked == []


@pytest.mark.parametrize(
    "url", ["http://{}@10.0.0.1/a.jpg", "http://10.0.0.1/{}/", "http://10.0.0.1/?http://{}/"]
)
def test_an_allowed_name_elsewhere_in_an_address_allows_nothing(web, fetcher, url):
    assert "expected a public address" in refused(fetcher, url.format(web.netloc))


def test_the_environment_s_proxies_are_not_heeded(web, fetcher, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetcher.fetch(web.url("/good.jpg")).data == PHOTOGRAPH
