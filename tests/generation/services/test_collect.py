from __future__ import annotations

import hashlib

import pytest
from django.db import connection
from PIL import Image

from generation.models import WebImage, Word
from generation.services.collect import CollectReport, Supply, collect
from generation.sources import Found, Page, SourceError
from tests.generation.pictures import encoded, noise

pytestmark = pytest.mark.django_db


class Shelf:
    """A source of pages of numbered pictures; `odd` replaces the bytes or the failure of some."""

    name = "shelf"

    def __init__(self, *pages: range, odd: dict[int, bytes | BaseException] | None = None) -> None:
        self.pages = pages
        self.odd = odd or {}
        self.reads: list[int] = []
        self.searches = 0

    def search(self, query: str, *, cursor: str | None = None, filters=None) -> Page:
        self.searches += 1
        at = int(cursor or 0)
        results = tuple(
            Found(
                url=f"shelf:{number}",
                title=f"Picture {number} of {query}",
                page_url=f"https://example.org/{number}",
                creator="Hanako",
                licence="CC BY 4.0",
                licence_url="https://example.org/by",
            )
            for number in self.pages[at]
        )
        return Page(results, str(at + 1) if at + 1 < len(self.pages) else None)

    def read(self, found: Found) -> bytes:
        number = int(found.url.removeprefix("shelf:"))
        self.reads.append(number)
        data = self.odd.get(number, b"")
        if isinstance(data, BaseException):
            raise data
        return data or encoded(noise(number))


@pytest.fixture
def word() -> Word:
    return Word.objects.create(text="ふさふさ", reading="fusafusa")


def run(word: Word, source: Shelf, limit: int = 100) -> CollectReport:
    return collect(word=word, supply=Supply(source), queries=["fur"], limit=limit)


def test_a_kept_image_knows_where_it_came_from(word):
    assert run(word, Shelf(range(2))).kept == 2
    first, second = word.web_images.order_by("rank")
    assert (first.rank, second.rank) == (0, 1)
    assert (first.provider, first.query, first.url) == ("shelf", "fur", "shelf:0")
    assert (first.title, first.creator) == ("Picture 0 of fur", "Hanako")
    assert (first.licence, first.licence_url) == ("CC BY 4.0", "https://example.org/by")
    assert first.page_url == "https://example.org/0"
    assert (first.state, first.reason, first.width, first.height) == ("ok", "", 48, 40)
    with first.file.open() as file:
        assert hashlib.sha256(file.read()).hexdigest() == first.sha256


def test_a_large_image_is_kept_smaller(word):
    run(word, Shelf(range(1), odd={0: encoded(noise(1, 2_000, 1_000))}))
    image = word.web_images.get()
    assert (image.width, image.height) == (1_280, 640)


def test_what_is_no_photograph_is_rejected_with_the_reason(word):
    source = Shelf(range(3), odd={1: b"<html>"})
    report = run(word, source)
    assert (report.kept, report.known) == (2, 0)
    (reason,) = report.reasons
    rejected = word.web_images.get(state="rejected")
    assert rejected.url == "shelf:1"
    assert rejected.reason == reason
    assert reason.startswith("expected an image")
    assert (rejected.file.name, rejected.sha256) == ("", "")
    assert rejected not in WebImage.objects.usable()
    again = Shelf(range(3))
    assert run(word, again).known == 2
    assert again.reads == []


@pytest.mark.parametrize("error", [SourceError("403 Forbidden"), OSError("403 Forbidden")])
def test_what_cannot_be_read_fails_alone_and_is_tried_again(word, error):
    report = run(word, Shelf(range(3), odd={1: error}))
    assert (report.kept, dict(report.reasons)) == (2, {"… Forbidden": 1})
    failed = word.web_images.get(state="failed")
    assert (failed.url, failed.reason) == ("shelf:1", "403 Forbidden")
    source = Shelf(range(3))
    report = run(word, source)
    assert (report.kept, report.known) == (1, 2)
    assert source.reads == [1]
    assert list(word.web_images.values_list("state", "reason")) == [("ok", "")] * 3


def test_a_second_run_makes_nothing_twice(word):
    run(word, Shelf(range(3)))
    before = list(WebImage.objects.values())
    source = Shelf(range(3))
    assert run(word, source).known == 3
    assert source.reads == []
    assert list(WebImage.objects.values()) == before


def test_a_killed_run_continues(word):
    with pytest.raises(KeyboardInterrupt):
        run(word, Shelf(range(3), odd={1: KeyboardInterrupt()}))
    # Rows are settled together: all of them wait, and the files that are there are found again.
    assert list(word.web_images.values_list("state", flat=True)) == ["queued"] * 3
    source = Shelf(range(3))
    assert run(word, source).kept == 3
    assert sorted(source.reads) == [0, 1, 2]
    assert list(word.web_images.values_list("rank", "state")) == [(0, "ok"), (1, "ok"), (2, "ok")]


def test_the_same_result_for_two_words_is_two_rows(word):
    other = Word.objects.create(text="もふもふ", reading="mofumofu")
    run(word, Shelf(range(1)))
    assert run(other, Shelf(range(1))).kept == 1
    assert word.web_images.get().sha256 == other.web_images.get().sha256


@pytest.mark.parametrize(("limit", "searches"), [(100, 3), (5, 2), (4, 2), (3, 1), (1, 1)])
def test_pages_are_read_to_the_end_or_the_limit(word, limit, searches):
    source = Shelf(range(3), range(3, 5), range(5, 6))
    assert run(word, source, limit).kept == min(limit, 6)
    assert source.searches == searches
    assert sorted(source.reads) == list(range(min(limit, 6)))


def test_a_source_that_repeats_itself_comes_to_an_end(word):
    class Loop(Shelf):
        def search(self, query: str, *, cursor: str | None = None, filters=None) -> Page:
            page = super().search(query)
            return Page(page.results, next_cursor="again")

    source = Loop(range(3))
    assert run(word, source).kept == 3
    assert source.searches == 2


def test_a_page_may_repeat_results_of_the_one_before(word):
    source = Shelf(range(3), range(2, 5))
    assert run(word, source).kept == 5
    assert list(word.web_images.order_by("rank").values_list("rank", flat=True)) == [0, 1, 2, 3, 4]


def test_a_title_as_long_as_a_story_is_cut(word):
    run(word, Shelf(range(1)))

    class Stories(Shelf):
        def search(self, query: str, *, cursor: str | None = None, filters=None) -> Page:
            return Page((Found(url="story:1", title="a" * 1_000, creator="b" * 1_000),))

        def read(self, found: Found) -> bytes:
            return encoded(noise(9))

    run(word, Stories())
    image = word.web_images.get(url="story:1")
    assert (len(image.title), len(image.creator)) == (300, 300)


def test_progress_is_told_of_every_image_kept(word):
    told: list[None] = []
    collect(
        word=word, supply=Supply(Shelf(range(3), odd={1: b"<html>"})), queries=["fur"], limit=3,
        progress=lambda: told.append(None),
    )  # fmt: skip
    assert len(told) == 2


def test_the_same_picture_again_is_rejected_and_the_limit_counts_different_ones(word):
    same = encoded(noise(0))
    source = Shelf(range(10), range(10, 12), odd=dict.fromkeys(range(10), same))
    report = run(word, source, limit=2)
    assert (report.kept, report.reasons.total()) == (2, 9)
    first = word.web_images.get(rank=0)
    others = word.web_images.filter(state="rejected")
    assert {image.duplicate_of for image in others} == {first}
    assert word.web_images.get(rank=11).state == "queued"


def test_a_picture_that_is_nearly_the_same_is_kept_and_marked(word):
    picture = noise(5, 320, 240)
    smaller = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    other = picture.transpose(Image.Transpose.ROTATE_90)
    odd = {0: encoded(picture), 1: encoded(smaller, "JPEG"), 2: encoded(other)}
    report = run(word, Shelf(range(3), odd=odd))
    assert (report.kept, report.near_duplicates) == (2, 1)
    assert word.web_images.get(rank=1).duplicate_of == word.web_images.get(rank=0)
    assert list(word.web_images.usable().values_list("rank", flat=True)) == [0, 2]


def test_phrases_share_the_limit_and_bring_what_the_others_lack(word):
    class Two(Shelf):
        def search(self, query: str, *, cursor: str | None = None, filters=None) -> Page:
            numbers = {"fur": range(2), "hair": range(10, 30)}[query]
            return Page(tuple(Found(url=f"shelf:{n}") for n in numbers))

    report = collect(word=word, supply=Supply(Two()), queries=["fur", "hair"], limit=10)
    assert report.kept == 10
    assert word.web_images.filter(query="fur", state="ok").count() == 2
    assert report.ended == {("shelf", "fur"): "the last page was read"}


def test_a_plain_picture_is_stored_as_it_came_and_another_as_a_png(word):
    plain, veiled = encoded(noise(1), "JPEG"), noise(2)
    veiled.putalpha(128)
    run(word, Shelf(range(2), odd={0: plain, 1: encoded(veiled)}))
    first, second = word.web_images.order_by("rank")
    with first.file.open() as file:
        assert file.read() == plain
    assert (first.file.name.rpartition(".")[2], first.media_type) == ("jpg", "image/jpeg")
    assert (second.file.name.rpartition(".")[2], second.media_type) == ("png", "image/png")
    assert (first.byte_count, first.status) == (len(plain), None)


def test_a_smaller_limit_than_before_asks_for_nothing(word):
    run(word, Shelf(range(6)))
    source = Shelf(range(6))
    report = collect(word=word, supply=Supply(source), queries=["fur", "hair"], limit=2)
    assert (report.kept, report.known, source.searches) == (0, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_the_database_is_not_held_while_a_provider_is_waited_for():
    class Slow(Shelf):
        def search(self, query: str, *, cursor: str | None = None, filters=None) -> Page:
            assert not connection.in_atomic_block
            return super().search(query, cursor=cursor)

    word = Word.objects.create(text="もふもふ", reading="mofumofu")
    assert run(word, Slow(range(2), range(2, 3))).kept == 3


def test_a_row_that_is_deleted_while_its_image_comes_stays_deleted(word):
    def delete() -> None:
        word.web_images.filter(rank__gte=40).delete()

    # The first of two portions is written, and somebody deletes rows of the second.
    collect(word=word, supply=Supply(Shelf(range(50))), queries=["fur"], limit=50, progress=delete)
    assert list(word.web_images.values_list("rank", flat=True)) == list(range(40))
    assert set(word.web_images.values_list("state", flat=True)) == {"ok"}


def test_what_a_word_has_from_all_phrases_counts_before_more_is_asked_for(word):
    run(word, Shelf(range(6)), limit=6)
    source = Shelf(range(6, 12))
    report = collect(word=word, supply=Supply(source), queries=["hair", "fur"], limit=6)
    assert (report.kept, report.known, source.searches) == (0, 6, 0)
