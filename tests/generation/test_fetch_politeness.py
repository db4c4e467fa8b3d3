from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from generation.fetch import Fetcher, FetchError, Limits, hosts
from tests.generation.fakes.web import Web, serving
from tests.generation.fakes.web_pictures import PHOTOGRAPH

LIMITS = Limits(delay=0, backoff=0.001)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def fetcher_of(*webs: Web, limits: Limits = LIMITS, polite: bool = True) -> Fetcher:
    allow = frozenset(web.netloc for web in webs)
    return Fetcher(user_agent="study/1", allow=allow, limits=limits, polite=polite)


def refusal(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    return caught.value


def test_a_host_has_two_connections_at_most(web):
    with fetcher_of(web) as fetcher, ThreadPoolExecutor(8) as pool:
        list(pool.map(fetcher.fetch, [web.url("/slow/0.1")] * 8))
    assert web.most_slow == 2


def test_a_measurement_may_have_more(web):
    limits = Limits(delay=3600)
    with fetcher_of(web, limits=limits, polite=False) as fetcher, ThreadPoolExecutor(8) as pool:
        list(pool.map(fetcher.fetch, [web.url("/slow/0.5")] * 8))
    assert web.most_slow > 2


class FakeTime:
    """A clock that only sleeping moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_requests_to_a_host_are_some_time_apart(monkeypatch):
    clock = FakeTime()
    monkeypatch.setattr(hosts, "time", clock)
    polite, times = hosts.Hosts(delay=0.5, polite=True), []
    for name, pause in (("a", 0), ("a", 0), ("b", 60), ("a", 0), ("b", 0)):
        with polite[name].turn():
            times.append(clock.now)
        polite[name].pause(pause)
    assert times == [100.0, 100.5, 100.5, 101.0, 160.5]


def test_a_host_that_fails_five_times_in_a_row_is_left_alone(web):
    with fetcher_of(web) as fetcher:
        for _ in range(5):
            assert "left alone" not in str(refusal(fetcher, web.url("/status/500")))
        error = refusal(fetcher, web.url("/good.jpg"))
    assert not error.for_good
    assert str(error) == "127.0.0.1 failed 5 times in a row and is left alone for this run"
    assert web.count("/good.jpg") == 0


def test_an_answer_ends_the_row_of_failures(web):
    with fetcher_of(web) as fetcher:
        for answer in ("/good.jpg", "/status/404"):
            for _ in range(4):
                refusal(fetcher, web.url("/status/500"))
            if answer == "/good.jpg":
                fetcher.fetch(web.url(answer))
            else:
                refusal(fetcher, web.url(answer))
        assert fetcher.fetch(web.url("/good.jpg")).data == PHOTOGRAPH


@pytest.mark.parametrize("value", ["noai", "noimageai", "NoIndex", "noimageindex", "none"])
@pytest.mark.parametrize("form", ["{}", "nofollow, {}", "otherbot: {}", "a: nofollow, b: {}, c"])
def test_an_x_robots_tag_refuses_for_good(web, form, value):
    with fetcher_of(web) as fetcher:
        error = refusal(fetcher, web.url(f"/tag/{quote(form.format(value))}"))
    assert error.for_good
    assert str(error) == f"expected leave to collect, got X-Robots-Tag {value.lower()!r}"


@pytest.mark.parametrize(
    "value", ["all", "nofollow", "unavailable_after: 25 Jun 2030 15:00:00 PST"]
)
def test_other_tags_refuse_nothing(web, value):
    with fetcher_of(web) as fetcher:
        assert fetcher.fetch(web.url(f"/tag/{quote(value)}")).data == PHOTOGRAPH


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /good", False),
        ("User-agent: *\nDisallow: /\nAllow: /good.jpg", True),
        ("User-agent: *\nDisallow: /bad", True),
        ("User-agent: study\nDisallow: /", False),
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Study\nAllow: /", True),
        ("", True),
        ("<html>no robots here</html>", True),
        (404, True),
        (403, True),
    ],
)
def test_robots_txt(robots, allowed):
    with serving(robots) as web, fetcher_of(web) as fetcher:
        if allowed:
            assert fetcher.fetch(web.url("/good.jpg")).data == PHOTOGRAPH
        else:
            error = refusal(fetcher, web.url("/good.jpg"))
            assert error.for_good
            assert str(error) == "expected leave to collect, got robots.txt's refusal"
        assert web.count("/good.jpg") == allowed


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_robots_txt_that_fails_is_a_failure_for_now(status):
    with serving(status) as web, fetcher_of(web) as fetcher:
        for path in ("/good.jpg", "/turned.jpg"):
            error = refusal(fetcher, web.url(path))
            assert not error.for_good
            assert str(error).startswith(f"robots.txt: expected status 200, got {status}")
        assert set(web.asked) == {"/robots.txt"}
        assert web.count("/robots.txt") == (1 if status == 500 else 3)


def test_every_origin_on_the_way_is_asked(web):
    with (
        serving("User-agent: *\nDisallow: /good.jpg") as strict,
        fetcher_of(web, strict) as fetcher,
    ):
        url = web.url(f"/to/{quote(strict.url('/good.jpg'), safe='')}")
        error = refusal(fetcher, url)
        assert error.for_good
        assert strict.asked == ["/robots.txt"]
        assert fetcher.fetch(strict.url("/turned.jpg")).status == 200
        assert strict.count("/robots.txt") == 1
