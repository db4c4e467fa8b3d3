"""What each provider is asked, and what is its own."""

from __future__ import annotations

import json

import pytest

from generation.sources import AccessError, Filters, QuotaError, SourceError, open_source
from tests.generation.fakes.providers import CLIENT_ID, CLIENT_SECRET, KEY, Reply


def by_query(query, cursor, filters, key):
    """A builder of one's own, with the key in the address."""
    return "images", {"q": query, "offset": cursor or "0", "count": "2", "key": key}, {}


def broken(query, cursor, filters, key):
    raise ValueError(key)


def asked(providers, name, query="ふさふさ", **filters):
    source = open_source(name, providers.settings(name))
    source.search(query, filters=Filters(**filters))
    return providers.requests[-1].params


def test_openverse_is_asked_for_photographs_that_may_be_changed(providers):
    params = asked(providers, "openverse", licence="derivatives")
    assert params["category"] == "photograph"
    assert params["license_type"] == "modification"
    params = asked(providers, "openverse", photo=False)
    assert not {"category", "license_type"} & params.keys()


def test_openverse_has_a_token_made_once(providers):
    settings = providers.settings("openverse")
    settings |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    source = open_source("openverse", settings)
    for _ in range(3):
        assert len(source.search("fur").results) == 100
    assert [r.path.rpartition("/v1/")[2] for r in providers.requests] == [
        "auth_tokens/token/", "images/", "images/", "images/",
    ]  # fmt: skip


def test_openverse_refuses_wrong_credentials(providers):
    settings = providers.settings("openverse") | {"client_id": CLIENT_ID, "client_secret": "wrong"}
    with pytest.raises(AccessError, match="see TEXTURESTUDY_OPENVERSE_CLIENT_ID and") as caught:
        open_source("openverse", settings).search("fur")
    assert CLIENT_ID not in str(caught.value)


def test_openverse_tells_the_scarcest_limit(providers):
    quota = open_source("openverse", providers.settings("openverse")).search("fur").quota
    assert (quota.scope, quota.limit, quota.left) == ("anon_sustained", "200/day", 9)


def test_openverse_ends_at_its_last_page(providers):
    providers.count = 1_000
    source = open_source("openverse", providers.settings("openverse"))
    assert source.search("fur", cursor="19").next_cursor == "20"
    assert source.search("fur", cursor="20").next_cursor is None


def test_commons_is_asked_for_bitmaps_of_a_size_and_told_all_to_go_on(providers):
    params = asked(providers, "commons", min_side=300)
    assert params["gsrsearch"] == "filetype:bitmap ふさふさ filew:>299 fileh:>299"
    assert params["maxlag"] == "5"
    source = open_source("commons", providers.settings("commons"))
    source.search("fur", cursor=json.dumps({"gsroffset": 50, "continue": "gsroffset||"}))
    assert providers.requests[-1].params["gsroffset"] == "50"
    assert providers.requests[-1].params["continue"] == "gsroffset||"


def test_commons_gives_thumbnails_and_names_without_markup(providers):
    found = open_source("commons", providers.settings("commons")).search("fur").results[0]
    assert found.url == providers.image_url(0)
    assert found.raw["imageinfo"][0]["url"] == providers.image_url(0) + "?original"
    assert found.creator == "Hanako & Tarō"


def error(code: str, **headers: str) -> Reply:
    return Reply(200, {"error": {"code": code, "info": "Waiting for a host"}}, headers)


def test_commons_lags_and_is_waited_for(providers, waits):
    providers.replies = [error("maxlag", **{"Retry-After": "5"}), error("ratelimited")]
    assert open_source("commons", providers.settings("commons")).search("fur").results
    assert len(waits) == 2
    assert waits[0] >= 5


@pytest.mark.parametrize(
    ("code", "kind", "tries"),
    [("maxlag", SourceError, 4), ("ratelimited", QuotaError, 4), ("badvalue", SourceError, 1)],
)
def test_commons_errors_come_with_status_200(providers, waits, code, kind, tries):
    providers.replies = [error(code)] * 9
    with pytest.raises(kind, match=f"^Wikimedia Commons: .*{code}.*Waiting for a host"):
        open_source("commons", providers.settings("commons")).search("fur")
    assert len(providers.requests) == tries


@pytest.mark.parametrize(("query", "language"), [("ふさふさ", "jp"), ("fluffy fur", None)])
def test_brave_is_asked_in_the_language_of_the_query(providers, query, language):
    params = asked(providers, "brave", query=query)
    assert params.get("search_lang") == language
    assert params["safesearch"] == "strict"


def test_brave_tells_what_is_left_of_the_month(providers):
    quota = open_source("brave", providers.settings("brave")).search("fur").quota
    assert (quota.limit, quota.left) == ("15000", 14_990)
    assert quota.resets_at is not None


def test_brave_refuses_a_key_with_status_422(providers):
    source = open_source("brave", providers.settings("brave") | {"key": "wrong"})
    with pytest.raises(AccessError, match="TEXTURESTUDY_BRAVE_KEY"):
        source.search("fur")


def test_brave_takes_fifty_words(providers):
    with pytest.raises(SourceError, match="expected at most 50 words, got 51"):
        asked(providers, "brave", query="a " * 51)


def test_bing_is_asked_as_version_7_was(providers):
    params = asked(providers, "bing", licence="derivatives", min_side=300)
    assert params == {
        "q": "ふさふさ", "count": "150", "offset": "0", "mkt": "ja-JP", "safeSearch": "Strict",
        "license": "Modify", "imageType": "Photo", "minWidth": "300", "minHeight": "300",
    }  # fmt: skip
    assert asked(providers, "bing", query="fur", photo=False).keys() & {"imageType"} == set()


def test_bing_is_used_up_with_status_403(providers, waits):
    providers.replies = [Reply(403, {"message": "Out of call volume quota."})]
    with pytest.raises(QuotaError, match="Out of call volume quota"):
        open_source("bing", providers.settings("bing")).search("fur")


def test_bing_is_asked_by_a_builder_of_ones_own(providers):
    settings = providers.settings("bing") | {"builder": f"{__name__}.by_query"}
    providers.replies = [Reply(401, "no"), Reply(200, {"value": []})]
    source = open_source("bing", settings)
    with pytest.raises(AccessError) as caught:
        source.search("fur")
    assert KEY not in str(caught.value)
    source.search("fur", cursor="2")
    request = providers.requests[-1]
    assert request.path == "/bing/images"
    assert request.params == {"q": "fur", "offset": "2", "count": "2", "key": KEY}


def test_a_builder_that_fails_keeps_the_key_to_itself(providers):
    settings = providers.settings("bing") | {"builder": f"{__name__}.broken"}
    with pytest.raises(SourceError, match="TEXTURESTUDY_BING_BUILDER, got ValueError") as caught:
        open_source("bing", settings).search("fur")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("path", ["nono", "nono.builder", f"{__name__}.nono"])
def test_a_builder_that_is_not_there(providers, path):
    settings = providers.settings("bing") | {"builder": path}
    with pytest.raises(SourceError, match="TEXTURESTUDY_BING_BUILDER: expected the dotted path"):
        open_source("bing", settings)
