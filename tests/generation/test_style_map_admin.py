from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from generation.models import StyleMap, WebImage, Word
from generation.services.desk import STYLE_MAP
from generation.services.style_map import draw_style_map
from jobs.models import Item
from tests.generation.desk import make_images
from tests.generation.services.test_style_map import images, words  # noqa: F401  a fixture
from tests.generation.test_curation_admin import somebody

pytestmark = pytest.mark.django_db

PAGE = "/admin/generation/word/style-map/"
POINTS = PAGE + "points/"
ASK = '<form method="post" action="/admin/generation/word/style-map/">'


@pytest.fixture
def drawn(words):  # noqa: F811
    draw_style_map()
    return words


def test_who_may_see_it_and_who_may_ask(client, drawn):
    stranger = somebody("view_word", "add_stylemap")
    for address in (PAGE, POINTS):
        assert client.get(address).status_code == 302  # to the login
        assert stranger.get(address).status_code == 403
    assert stranger.post(PAGE).status_code == 403
    get_user_model().objects.all().delete()
    StyleMap.objects.all().delete()
    viewer = somebody("view_webimage")
    page = viewer.get(PAGE)
    assert page.status_code == 200
    assert ASK not in page.text
    assert viewer.post(PAGE).status_code == 403
    assert viewer.get(POINTS).status_code == 404
    assert not Item.objects.exists()


def test_the_page_takes_as_many_queries_for_more_images(
    admin_client, drawn, django_assert_num_queries
):
    admin_client.get(PAGE)
    # Session, user, the map, the usable images, the words, the job.
    with django_assert_num_queries(6):
        admin_client.get(PAGE)
    # Session, user, the map, the usable images.
    with django_assert_num_queries(4):
        assert len(shown(admin_client)) == 16
    for number, word in enumerate(drawn):
        make_images(word, 10, first=300 + 100 * number)
    draw_style_map()
    with django_assert_num_queries(6):
        admin_client.get(PAGE)
    with django_assert_num_queries(4):
        assert len(shown(admin_client)) == 46


def shown(client) -> dict[int, dict]:
    """What the map is drawn from, image by image."""
    found = {}
    for word, columns in client.get(POINTS).json().items():
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(columns, values, strict=True))
            found[row["image"]] = row | {"word": int(word)}
    return found


def test_the_points_are_those_of_the_map_with_what_is_known_of_them(admin_client, drawn):
    first, second = images(drawn[0])[:2]
    WebImage.objects.filter(pk=first.pk).update(title="A cat " * 30, licence="CC0")
    WebImage.objects.filter(pk=second.pk).update(excluded_at=timezone.now())
    make_images(drawn[2], 1, first=300)
    rows = shown(admin_client)
    assert len(rows) == 15  # without what went, and without what came since
    assert second.pk not in rows
    row = rows[first.pk]
    points = StyleMap.objects.get().points
    place = points["image"].index(first.pk)
    assert (row["word"], row["x"], row["y"]) == (
        drawn[0].pk, points["x"][place], points["y"][place],
    )  # fmt: skip
    assert (row["sha256"], row["licence"], len(row["title"])) == (first.sha256, "CC0", 80)
    assert rows[images(drawn[0])[2].pk]["title"].startswith("test:")


def test_the_table_says_what_the_map_says(admin_client, drawn):
    make_images(drawn[2], 2, first=300)
    found = draw_style_map()
    found.overlap["shares"] = [[0.75, 0.25, None], [0.004, 0.996, None], [None] * 3]
    found.save()
    rows = re.findall(r'<tr data-key="(\d+)">(.*?)</tr>', admin_client.get(PAGE).text, re.S)
    assert [int(key) for key, _ in rows] == [word.pk for word in drawn]
    first, second, third = (text for _, text in rows)
    assert '<td class="num">75%</td>' in first
    assert "zara</small> 25%" in first
    assert 'href="?words=fusa&amp;words=zara"' in first
    assert '<td class="num">100%</td>' in second
    assert "none" in second  # less than 1 % is not worth a name
    assert "Not estimable: it needs 6 images or more." in third
    assert "each share would be 50%" in admin_client.get(PAGE).text


def test_some_words_only(admin_client, drawn):
    def ticked(query: str) -> list[str]:
        text = admin_client.get(PAGE + query).text
        boxes = re.findall(r'<input type="checkbox" name="words" value="(\w+)"[^>]*>', text)
        checked = re.findall(r'name="words" value="(\w+)"[^>]* checked>', text)
        assert boxes == ["fusa", "zara"]
        assert text.count(" hidden>\n      <th") == 2 - len(checked)
        return checked

    assert ticked("") == ["fusa", "zara"]
    assert ticked("?words=zara&words=nono") == ["zara"]
    assert ticked("?words=nono") == ["fusa", "zara"]


def test_a_word_that_is_gone_takes_its_points_with_it(admin_client, drawn):
    drawn[0].delete()
    assert 'value="fusa"' not in admin_client.get(PAGE).text
    assert {row["word"] for row in shown(admin_client).values()} == {drawn[1].pk}


def test_more_words_than_colours_have_further_symbols(admin_client, drawn):
    for number in range(30):
        word = Word.objects.create(text=f"w{number}", reading=f"w{number:02}")
        make_images(word, 1, first=1000 + number)
    draw_style_map()
    text = admin_client.get(PAGE).text
    looks = re.findall(r'data-symbol="([\w-]+)" checked><svg class="map-(\d)"', text)
    assert len(looks) == 32
    assert len(set(looks)) == 28


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "There is no usable image yet."),
        (2, "There are 2 usable images; a map needs 3 or more."),
        (3, "No map was drawn yet. It would show 3 images."),
    ],
)
def test_before_there_is_a_map(admin_client, count, message):
    make_images(Word.objects.create(text="a", reading="a"), count)
    text = admin_client.get(PAGE).text
    assert message in text
    assert (ASK in text) == (count == 3)
    assert "plotly" not in text


def test_asking_twice_is_one_job(admin_client, admin_user, words):  # noqa: F811
    response = admin_client.post(PAGE, follow=True)
    assert response.redirect_chain == [(PAGE + "#job", 302)]
    job = Item.objects.get()
    assert (job.kind, job.key, job.job.asked_by) == (STYLE_MAP, "all", admin_user)
    assert "Waiting for the worker" in response.text
    assert ASK not in response.text
    response = admin_client.post(PAGE, follow=True)
    assert "A style map is asked for already." in response.text
    assert Item.objects.count() == 1


def test_how_far_the_job_is(admin_client, words):  # noqa: F811
    admin_client.post(PAGE)
    leased = {"state": "leased", "batch": "0" * 32, "lease_until": timezone.now()}
    Item.objects.update(**leased, stage="describe", total=40, done=10)
    assert "Describing images: 10 of 40" in admin_client.get(PAGE).text
    Item.objects.update(stage="place", total=1, done=0)
    assert "Placing the images on the map" in admin_client.get(PAGE).text
    free = {"batch": None, "lease_until": None}
    Item.objects.update(**free, state="failed", error="expected at least 3 images, got 0")
    text = admin_client.get(PAGE).text
    assert 'It failed: <span lang="en">expected at least 3 images, got 0</span>' in text
    assert ASK in text


def test_an_old_map_says_so(admin_client, drawn):
    text = admin_client.get(PAGE).text
    assert "since the map was drawn" not in text
    assert ASK not in text  # it would be the same
    make_images(drawn[2], 2, first=300)
    WebImage.objects.filter(pk=images(drawn[0])[0].pk).update(excluded_at=timezone.now())
    text = admin_client.get(PAGE).text
    assert "2 images came since the map was drawn." in text
    assert "1 image went since the map was drawn: its point is left out" in text
    assert ASK in text
    StyleMap.objects.update(descriptor="an older one")
    assert "another descriptor" in admin_client.get(PAGE).text


def test_it_speaks_japanese(admin_client, drawn):
    text = admin_client.get(PAGE, headers={"accept-language": "ja"}).text
    assert "どの単語のスタイルが似ていますか" in text
    assert "100% になり" in text


def test_the_list_of_words_leads_to_the_map(admin_client):
    link = f'<a href="{PAGE}">'
    page = "/admin/generation/word/"
    assert link in admin_client.get(page).text
    assert link in somebody("view_word", "view_webimage").get(page).text
