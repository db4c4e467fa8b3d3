from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.models import StylisedImage, WebImage, Word
from generation.services.similar import pack_sketches
from tests.generation.rows import make_queue, make_web_image
from tests.generation.services.test_similar import at, describe, images  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


def page(image: WebImage, query: str = "") -> str:
    return reverse("admin:generation_webimage_change", args=[image.pk]) + query


def test_the_page_shows_the_similar_images(admin_client, images, django_assert_num_queries):  # noqa: F811
    pack_sketches()
    admin_client.get(page(images[0]))  # Django looks up the model's content type once
    # Session, user, image, is it described, its style, the others' sketches, the nearest.
    with django_assert_num_queries(7):
        text = admin_client.get(page(images[0])).text
    assert text.index(page(images[1])) < text.index(page(images[2])) < text.index(page(images[7]))
    assert "zara 0.98" in text  # cos 0.2
    assert 'href="' + page(images[0]) + '#similar" aria-current="true"' in text
    only = admin_client.get(page(images[0], "?similar=word")).text
    assert page(images[2]) in only
    assert page(images[1]) not in only
    assert 'similar=word#similar" aria-current="true"' in only


def test_more_images_take_no_more_queries(admin_client, images, django_assert_num_queries):  # noqa: F811
    for number in range(20):
        describe(make_web_image(images[0].word, 100 + number), at(0.1 * number))
    pack_sketches()
    admin_client.get(page(images[0]))
    with django_assert_num_queries(7):
        text = admin_client.get(page(images[0])).text
    assert text.count('loading="lazy"') == 12


def test_the_page_says_where_the_image_is_from(admin_client):
    image = make_web_image(Word.objects.create(text="ふさふさ", reading="fusafusa"), 0)
    WebImage.objects.filter(pk=image.pk).update(
        title="A cat", creator="Stefan", licence="CC0", licence_url="https://cc.example/0",
        page_url="https://flickr.example/1", url="javascript:alert(1)", excluded_at=timezone.now(),
    )  # fmt: skip
    text = admin_client.get(page(image)).text
    assert '<a href="https://flickr.example/1" rel="noreferrer">' in text
    assert '<a href="https://cc.example/0" rel="noreferrer">CC0</a>' in text
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text
    assert image.file.url in text
    assert "This image is not described yet" in text
    WebImage.objects.filter(pk=image.pk).update(licence="", licence_url="", file="", state="failed")
    assert "unknown, which is not free" in admin_client.get(page(image)).text


def test_an_image_alone_and_a_page_that_is_not_there(admin_client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    image = make_web_image(Word.objects.create(text="a", reading="a"), 0)
    describe(image, at(0))
    assert "There is no other described image here yet" in admin_client.get(page(image)).text
    assert admin_client.get("/admin/generation/webimage/999/change/").status_code == 302


def test_a_missing_backbone_does_not_take_the_page_with_it(admin_client, images, settings):  # noqa: F811
    settings.NST_BACKBONE, settings.NST_BACKBONE_FILE = "vgg19-caffe", "/nowhere.pth"
    response = admin_client.get(page(images[0]))
    assert response.status_code == 200
    assert "not described yet" in response.text


def test_the_page_speaks_japanese(admin_client, images):  # noqa: F811
    text = admin_client.get(page(images[0]), headers={"accept-language": "ja"}).text
    assert "スタイルが似ている画像" in text
    assert "fusa のみ" in text


def test_the_lists_show_what_the_classifier_found(admin_client):
    image = make_queue(contents=1)[0]
    other = Word.objects.create(text="ざらざら", reading="zarazara", consistency=0.75)
    StylisedImage.objects.filter(pk=image.pk).update(recognised=0.123, recognised_as=other)
    Word.objects.filter(reading="fusafusa").update(consistency=0.5)
    Word.objects.create(text="x", reading="x")
    words = admin_client.get("/admin/generation/word/").text
    assert "75% (chance 50%)" in words
    assert "50% (chance 50%)" in words
    stimuli = admin_client.get("/admin/generation/stylisedimage/").text
    assert '<td class="field-recognised_share">12%</td>' in stimuli
    assert "ざらざら (zarazara)" in stimuli


def test_why_an_image_was_refused_is_quoted(admin_client):
    image = make_web_image(Word.objects.create(text="ふさふさ", reading="fusafusa"), 0)
    WebImage.objects.update(state="rejected", reason="expected sides of <32> px")
    quoted = '<span lang="en">expected sides of &lt;32&gt; px</span>'
    assert quoted in admin_client.get(reverse("admin:generation_webimage_changelist")).text
    assert quoted in admin_client.get(page(image)).text
