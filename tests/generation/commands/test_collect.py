"""The command against providers and a web of our own; the services' tests have the rest."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.core.management import CommandError, call_command

from generation.models import WebImage, Word
from survey.models import Question, Study
from tests.generation.fakes.providers import KEY, Providers, Reply, served
from tests.generation.fakes.web import Web, serving
from tests.generation.rows import make_contents

pytestmark = pytest.mark.django_db

DAY = {
    "Retry-After": "7200",
    "X-RateLimit-Limit-anon_sustained": "200/day",
    "X-RateLimit-Available-anon_sustained": "0",
}
STAYS = "What is there stays, and the same command goes on from there."


@pytest.fixture
def word() -> Word:
    return Word.objects.create(text="ふさふさ", reading="fusafusa", phrases={"en": ["fur"]})


@pytest.fixture
def servers(settings) -> Iterator[tuple[Web, Providers, Providers]]:
    """The web, Openverse and Wikimedia Commons, each of which has images of its own."""
    with ExitStack() as stack:
        web = stack.enter_context(serving())
        url = web.url
        openverse = stack.enter_context(served(image_url=lambda n: url(f"/picture/{n}")))
        commons = stack.enter_context(served(image_url=lambda n: url(f"/picture/{500 + n}")))
        settings.SOURCES = {
            "openverse": openverse.settings("openverse"), "commons": commons.settings("commons"),
            "brave": openverse.settings("brave"),
        }  # fmt: skip
        settings.FETCH_ALLOW, settings.FETCH_POLITE = [web.netloc], False
        yield web, openverse, commons


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("collect", *arguments, stdout=output)
    return output.getvalue()


def refused(*arguments: str) -> list[str]:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return str(caught.value).splitlines()


def counts(*names: str) -> dict[tuple[str, ...], int]:
    rows = [tuple(row) for row in WebImage.objects.usable().values_list(*names)]
    return {row: rows.count(row) for row in rows}


def test_both_free_providers_share_the_limit_by_default(word, servers):
    assert run("--limit", "12").startswith("12 kept, 0 known before")
    assert counts("provider") == {("openverse",): 6, ("commons",): 6}
    assert run("--limit", "12").startswith("0 kept, 12 known before")


def test_a_phrase_of_two_languages_is_searched_for_once(word, servers):
    word.phrases = {"en": ["fur"], "ja": ["fur"]}
    word.save()
    assert run("--limit", "6").startswith("6 kept")
    assert counts("provider") == {("openverse",): 3, ("commons",): 3}


def test_what_one_provider_lacks_the_others_bring(word, servers):
    _, openverse, commons = servers
    openverse.count, commons.count = 40, 3
    assert run("--limit", "20").startswith("20 kept")
    assert counts("provider") == {("openverse",): 17, ("commons",): 3}


def test_where_there_is_no_more_it_says_so(word, servers):
    _, openverse, commons = servers
    openverse.count, commons.count = 4, 3
    word.phrases = {"en": ["fur", "hair"], "ja": ["毛"]}
    word.save()
    *_, last = run("--limit", "20").splitlines()
    # The fakes have the same images for every phrase, which are rows of the first one.
    head, ends = last.split("; no more from ")
    assert head == "ふさふさ (fusafusa): 7 of 20"
    assert (ends.count("openverse for "), ends.count("commons for ")) == (1, 1)
    for phrase in ("'fur'", "'hair'", "'毛'"):
        assert ends.count(phrase) == 2
    assert ends.endswith("(the last page was read)")


def test_a_default_that_is_not_set_up_is_left_out(word, servers, settings, capsys):
    settings.SOURCES["commons"] |= {"contact": ""}
    assert run("--limit", "3").startswith("3 kept")
    assert "commons is left out. Wikimedia Commons: expected an e-mail" in capsys.readouterr().err
    assert counts("provider") == {("openverse",): 3}
    (said,) = refused("--provider", "openverse", "commons")
    assert said.startswith("Wikimedia Commons: expected an e-mail address or a home page in TEXT")


def test_a_limit_that_is_reached_is_a_sentence_and_the_others_go_on(word, servers):
    _, openverse, _ = servers
    openverse.replies = [Reply(429, {"detail": "Request was throttled."}, DAY)]
    quota, stays, head, *_ = refused("--limit", "10")
    assert quota.startswith("Openverse: a limit is reached (")
    assert "X-RateLimit-Limit-anon_sustained: 200/day" in quota
    assert "; it resets at 20" in quota
    assert (stays, head[:7]) == (STAYS, "10 kept")
    assert counts("provider") == {("commons",): 10}
    # By now the limit is lifted, and the word has enough.
    assert run("--limit", "10").startswith("0 kept, 10 known before")


def test_pages_that_came_before_a_limit_are_downloaded(word, servers):
    _, openverse, _ = servers
    answer, asked = openverse.answer, openverse.requests

    def limited(request):
        return answer(request) if len(asked) < 2 else Reply(429, "", DAY)

    openverse.answer = limited
    said = refused("--provider", "openverse", "--limit", "60")
    assert said[2].startswith("40 kept")


def test_a_provider_that_cannot_go_on_is_not_asked_for_the_other_words(word, servers):
    Word.objects.create(text="もふもふ", reading="mofumofu", phrases={"en": ["fluff"]})
    _, openverse, _ = servers
    openverse.replies = [Reply(429, "", DAY)]
    refused("--provider", "openverse", "--limit", "2")
    assert (openverse.replies, openverse.requests[1:]) == ([], [])


def test_a_refused_key_names_the_provider_and_the_variable(word, servers, settings):
    settings.SOURCES["brave"] |= {"key": "other"}
    said = refused("--provider", "brave")
    assert said[0].startswith("Brave: expected access, got status 422")
    assert said[0].endswith("see TEXTURESTUDY_BRAVE_KEY")
    assert KEY not in str(said)
    settings.SOURCES["brave"] |= {"key": ""}
    assert refused("--provider", "brave") == [
        "Brave: expected a key in TEXTURESTUDY_BRAVE_KEY, got none"
    ]


def test_filters_say_how_many_they_left_out(word, servers):
    _, openverse, _ = servers
    openverse.count = 10
    said = run("--provider", "openverse", "--limit", "9", "--min-side", "250")
    assert said.startswith("5 kept")
    assert "left out by the filters of size and licence" in said
    assert {request.params["category"] for request in openverse.requests} == {"photograph"}


def test_the_words_of_a_study(word, servers):
    Word.objects.create(text="もふもふ", reading="mofumofu", phrases={"en": ["fluff"]})
    (content,) = make_contents(1)
    study = Study.objects.create(slug="pilot", title={"en": "Pilot"})
    Question.objects.create(study=study, index=1, content=content, word=word)
    assert run("--study", "pilot", "--limit", "4").startswith("4 kept")
    assert counts("word__reading") == {("fusafusa",): 4}


def test_pages_without_anything_new_end_a_search(word, servers):
    _, _, commons = servers
    commons.count, commons.repeats = 10, True
    said = run("--provider", "commons", "--limit", "20")
    assert said.startswith("10 kept")
    assert "commons for 'fur' (the last page was read)" in said
