"""What holds for every provider on the web, and how each fails."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from generation.sources import (
    AccessError,
    Filters,
    Found,
    LocalSource,
    QuotaError,
    Source,
    SourceError,
    open_source,
)
from tests.generation.fakes.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONTACT,
    KEY,
    TOKEN,
    Providers,
    Reply,
)

ALL = ["openverse", "openverse-token", "commons", "brave", "bing"]
LABELS = {
    "openverse": "Openverse",
    "commons": "Wikimedia Commons",
    "brave": "Brave",
    "bing": "Bing",
}
SECRETS = (KEY, CLIENT_ID, CLIENT_SECRET, TOKEN)


@pytest.fixture(params=ALL)
def source(request, providers, waits) -> Source:
    name, _, token = request.param.partition("-")
    settings = providers.settings(name)
    if token:
        settings |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return open_source(name, settings)


def all_pages(source: Source, query: str = "ふさふさ", filters: Filters | None = None):
    cursor, pages = None, []
    while not pages or cursor is not None:
        pages.append(source.search(query, cursor=cursor, filters=filters or Filters()))
        cursor = pages[-1].next_cursor
    return pages


def test_pages_follow_each_other_to_the_end_without_a_result_twice(source, providers):
    pages = all_pages(source)
    results = [found for page in pages for found in page.results]
    assert [found.url for found in results] == [providers.image_url(n) for n in range(100)]
    expected = {"openverse": 5, "commons": 2, "brave": 1, "bing": 3}[source.name]
    if source.name == "openverse" and providers.requests[0].path.endswith("/token/"):
        expected = 1
    assert len([page for page in pages if page.results]) == expected


def test_a_result_tells_what_the_provider_knows_of_it(source):
    for number, found in enumerate(source.search("fur").results[:5]):
        assert found.title == f"Picture {number}"
        assert found.page_url == f"https://example.org/{number}"
        assert (found.width, found.height) == (200 + 10 * number, 400)
        assert found.url in str(found.raw)
        assert hash(found) == hash(Found(**{**vars(found), "raw": {}}))


def test_licences_have_one_spelling(source):
    told = [(found.licence, found.licence_url) for found in source.search("fur").results[:5]]
    if source.name in ("brave", "bing"):
        assert told == [("", "")] * 5
        return
    assert [licence for licence, _ in told[:4]] == [
        "CC BY 2.0", "CC0 1.0", "public domain", "CC BY-ND 4.0",
    ]  # fmt: skip
    assert all(url.startswith("https://creativecommons.org/") for _, url in told[:4])
    assert told[4] == (("", "") if source.name == "commons" else told[0])


def test_small_images_are_left_out(source):
    results = [f for page in all_pages(source, filters=Filters(min_side=300)) for f in page.results]
    assert [found.width for found in results] == [200 + 10 * n for n in range(10, 100)]


@pytest.mark.parametrize(
    ("licence", "refused"), [("known", {""}), ("derivatives", {"", "CC BY-ND 4.0"})]
)
def test_licences_are_filtered_where_they_are_told(source, licence, refused):
    if source.name == "brave":
        with pytest.raises(SourceError, match=r"Brave: it tells no licences: expected .* 'any'"):
            source.search("fur", filters=Filters(licence=licence))
        return
    results = source.search("fur", filters=Filters(licence=licence)).results
    assert results
    if source.name != "bing":  # which filters on its side, and tells nothing
        assert not refused & {found.licence for found in results}


def test_nothing_found_is_an_empty_page(source):
    page = source.search("nothing")
    assert (page.results, page.next_cursor) == ((), None)


def test_a_cursor_that_repeats_is_the_end(source, providers):
    providers.repeats = True
    first = source.search("fur")
    asked = len(providers.requests)
    if first.next_cursor is not None:
        assert source.search("fur", cursor=first.next_cursor).results
        assert len(providers.requests) == asked + 1
    if source.name in ("commons", "bing"):
        cursor = first.next_cursor
        assert cursor is None or source.search("fur", cursor=cursor).next_cursor is None


def test_odd_items_are_passed_over(source, providers):
    providers.items = [
        None, 3, [], {}, {"url": "ftp://example.org/1.jpg", "contentUrl": "file:///etc/passwd"},
        {"url": ["x"], "properties": {"url": "javascript:1"}, "imageinfo": [None]},
        {"url": "http://[", "contentUrl": "//x", "imageinfo": "x"},
    ]  # fmt: skip
    assert source.search("fur").results[0].url == providers.image_url(0)


@pytest.mark.parametrize("query", ["", " \n", "a" * 1_001])
def test_a_query_that_no_provider_takes_is_refused(source, providers, query):
    with pytest.raises(SourceError, match="expected a query of 1 to"):
        source.search(query)
    assert providers.requests == []


def test_a_foreign_cursor_is_refused(source):
    with pytest.raises(SourceError, match="cursor"):
        source.search("fur", cursor="elsewhere")


def test_sources_of_the_web_have_no_images_at_hand(source):
    assert not isinstance(source, LocalSource)


def test_the_program_says_who_it_is(source, providers):
    source.search("fur")
    for request in providers.requests:
        assert request.headers["user-agent"].startswith("texturestudy/")
        assert request.headers["user-agent"].endswith(f"({CONTACT})")


@pytest.mark.parametrize(
    ("replies", "longest"),
    [
        ([Reply(500), Reply(503)], 0),
        ([Reply(502, headers={"Retry-After": "7"})], 7),
        ([Reply(429, "slow down", {"Retry-After": "60"})], 60),
        ([Reply(429, {}, {"X-RateLimit-Remaining": "0, 9", "X-RateLimit-Reset": "9, 900"})], 9),
    ],
)
def test_what_passes_is_waited_for(source, providers, waits, replies, longest):
    providers.replies = list(replies)
    assert source.search("fur").results
    assert len(waits) == len(replies)
    assert all(wait >= longest for wait in waits)


def test_what_does_not_pass_is_given_up(source, providers, waits):
    providers.replies = [Reply(503, "<h1>down\n for now</h1>")] * 9
    label = LABELS[source.name]
    with pytest.raises(SourceError, match=f"^{label}: expected JSON, got status 503: <h1>down for"):
        source.search("fur")
    assert (len(providers.requests), len(waits)) == (4, 3)


@pytest.mark.parametrize("as_date", [False, True])
def test_a_long_limit_is_told_at_once(source, providers, waits, as_date):
    now = datetime.now(UTC)
    later = now + timedelta(hours=1)
    value = later.strftime("%a, %d %b %Y %H:%M:%S GMT") if as_date else "3600"
    providers.replies = [Reply(429, {"detail": "throttled"}, {"Retry-After": value})]
    with pytest.raises(QuotaError, match=r"throttled.*; it resets at 20.* UTC$") as caught:
        source.search("fur")
    assert str(caught.value).startswith(f"{LABELS[source.name]}: a limit is reached (status 429")
    assert caught.value.resets_at is not None
    assert abs(caught.value.resets_at - later) < timedelta(minutes=5)
    assert waits == []


def test_a_limit_that_lasts_is_told(source, providers, waits):
    providers.replies = [Reply(429, "no", {"X-RateLimit-Limit-burst": "20/min"})] * 9
    with pytest.raises(QuotaError, match=r"burst: 20/min.*does not say when it resets") as caught:
        source.search("fur")
    assert caught.value.resets_at is None
    assert len(waits) == 3


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_variable(source, providers, status):
    providers.replies = [Reply(status, "no\nentry")]
    variable = {
        "openverse": "TEXTURESTUDY_OPENVERSE_CLIENT_ID", "commons": "TEXTURESTUDY_CONTACT",
        "brave": "TEXTURESTUDY_BRAVE_KEY", "bing": "TEXTURESTUDY_BING_KEY",
    }[source.name]  # fmt: skip
    label = LABELS[source.name]
    expected = f"^{label}: expected access, got status {status}: no entry: see {variable}"
    with pytest.raises(AccessError, match=expected):
        source.search("fur")


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(200, "<html>Hello</html>"), "expected a JSON object, got status 200: <html>Hello"),
        (Reply(200, '{"results": [{"url": "x'), "expected a JSON object"),
        (Reply(200, "[" * 100_000), "expected a JSON object"),
        (Reply(200, [1]), "expected a JSON object"),
        (Reply(400, {"detail": "bad page"}), "status 400.*bad page"),
        (Reply(410, "gone"), "status 410: gone"),
        (Reply(302, "", {"Location": "http://127.0.0.1:9/"}), "expected JSON, got status 302"),
        (Reply(200, " " * (21 << 20)), "expected at most 20971520 bytes of JSON"),
    ],
)
def test_what_is_no_answer_says_what_came(source, providers, reply, message):
    providers.replies = [reply]
    with pytest.raises(SourceError, match=message) as caught:
        source.search("fur")
    assert len(str(caught.value)) < 300
    assert len(providers.requests) == 1


def test_an_answer_without_its_list_is_an_error(source, providers):
    odd = Reply(200, {"query": {"pages": 3}, "results": None, "value": {}, "access_token": TOKEN})
    providers.replies = [odd, odd]
    with pytest.raises(SourceError, match=r"expected a list '(pages|results|value)', got keys"):
        source.search("fur")


def test_nobody_answers(source, providers, waits, unused_port):
    source.url = f"http://127.0.0.1:{unused_port}/"  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match=r"expected an answer from .*, got ConnectionError"):
        source.search("fur")
    assert len(waits) == 3


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_keys_never_leak(source, providers, caplog, status):
    caplog.set_level(logging.DEBUG)
    secrets = " ".join(SECRETS) + " key-5f2a%2F91%2Bc0de"
    source.search("fur")  # which has the token of those who have one
    providers.replies = [Reply(status, f"oh {secrets}", {"Retry-After": "900"})] * 9
    with pytest.raises(SourceError) as caught:
        source.search("fur")
    seen = [str(caught.value), repr(caught.value), repr(source), caplog.text]
    assert caught.value.__cause__ is None
    item = {"url": "https://images.example.org/odd.jpg", "secret": secrets}
    item |= {"contentUrl": item["url"], "properties": {"url": item["url"]}}
    providers.replies = []
    providers.items = [item | {"imageinfo": [{"url": item["url"]}]}]
    odd = source.search("fur").results[0]
    assert "secret" in odd.raw
    seen += [repr(odd), str(odd.raw)]
    own = secrets_of(source, providers)
    assert not [secret for secret in own for text in seen if secret in text]


def secrets_of(source: Source, providers: Providers) -> tuple[str, ...]:
    """Those that this source was given."""
    if source.name in ("brave", "bing"):
        return (KEY, "key-5f2a%2F91%2Bc0de")
    with_token = any(request.path.endswith("/token/") for request in providers.requests)
    return (CLIENT_ID, CLIENT_SECRET, TOKEN) if with_token else ()
