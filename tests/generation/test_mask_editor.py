"""The page on which a photograph's object is marked."""

from __future__ import annotations

import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from generation.models import ContentImage
from generation.services.masks import set_mask
from tests.generation.pictures import encoded
from tests.generation.rows import make_contents
from tests.generation.services.test_masks import half, make_stimulus

pytestmark = pytest.mark.django_db

SEGMENTERS = "tests.generation.test_mask_admin"
JSON = {"accept": "application/json"}


@pytest.fixture
def content(settings) -> ContentImage:
    settings.FOREGROUND_SEGMENTER = f"{SEGMENTERS}.left_half"
    return make_contents(1)[0]


def page_of(content: ContentImage) -> str:
    return f"/admin/generation/contentimage/{content.pk}/mask/"


def store(client, content: ContentImage, data: bytes, **headers: str):
    file = SimpleUploadedFile("mask.png", data, content_type="image/png")
    return client.post(page_of(content), {"mask": file}, headers=headers)


def stored(content: ContentImage) -> bytes:
    content.refresh_from_db()
    with Image.open(content.mask.path) as opened:
        return opened.tobytes()


def test_what_was_painted_is_stored(admin_client, content):
    response = store(admin_client, content, encoded(half(left=False)), **JSON)
    assert (response.status_code, response.json()) == (200, {"told": "The mask is stored."})
    assert stored(content) == half(left=False).tobytes()
    assert not content.mask_proposed
    assert "foreground mask" in LogEntry.objects.get().get_change_message()


def test_a_proposal_that_somebody_stores_is_theirs(admin_client, content):
    set_mask(content=content, image=half(), proposed=True)
    store(admin_client, content, encoded(half()), **JSON)
    content.refresh_from_db()
    assert not content.mask_proposed


def test_a_plain_upload_goes_back_where_one_came_from(admin_client, content):
    response = store(admin_client, content, encoded(half()))
    assert response.url == f"/admin/generation/contentimage/{content.pk}/change/"
    several = f"{page_of(content)}?content={content.pk}&content=7"
    file = SimpleUploadedFile("mask.png", encoded(half()))
    response = admin_client.post(several, {"mask": file}, follow=False)
    back = f"/admin/generation/contentimage/stimuli/?content={content.pk}&content=7"
    assert response.url == back
    shown = admin_client.get(several).text
    assert back.replace("&", "&amp;") in shown


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html>", "This is no usable mask: expected an image (JPEG, PNG, "),
        (encoded(half(size=(32, 40))), "as 40 x 32 px, got 32 x 40 px."),
        (encoded(Image.new("L", (40, 32))), "expected white where the object is"),
        (b"", "The submitted file is empty."),
    ],
)
def test_what_is_no_mask_is_an_error(admin_client, content, data, message):
    response = store(admin_client, content, data, **JSON)
    assert response.status_code == 409
    assert message in response.json()["error"]
    plain = store(admin_client, content, data)
    assert plain.url == page_of(content)
    assert message in admin_client.get(plain.url).text
    content.refresh_from_db()
    assert not content.mask


def test_a_mask_that_stimuli_were_made_from_stays(admin_client, content, monkeypatch):
    set_mask(content=content, image=half())
    make_stimulus(content)
    why = "1 stimulus was made from this mask, so it stays as it is."
    text = admin_client.get(page_of(content)).text
    assert why in text
    assert "mask-editor" not in text
    answer = store(admin_client, content, encoded(half(left=False)), **JSON)
    assert (answer.status_code, answer.json()) == (409, {"error": why})
    # Made between the form's look and the storing.
    monkeypatch.setattr("generation.forms.count_made_inside", lambda content: 0)
    answer = store(admin_client, content, encoded(half(left=False)), **JSON)
    assert (answer.status_code, answer.json()) == (409, {"error": why})
    assert stored(content) == half().tobytes()


def test_a_proposal_is_a_picture_and_stores_nothing(admin_client, content, settings):
    response = admin_client.post(f"{page_of(content)}proposal/")
    assert (response["Content-Type"], response["X-Mask"]) == ("image/png", "object")
    with Image.open(io.BytesIO(response.content)) as picture:
        assert picture.tobytes() == half().tobytes()
    settings.FOREGROUND_SEGMENTER = f"{SEGMENTERS}.stand_in"
    assert admin_client.post(f"{page_of(content)}proposal/")["X-Mask"] == "stand-in"
    content.refresh_from_db()
    assert not content.mask


def test_a_proposal_that_fails_says_why(admin_client, content, settings):
    settings.FOREGROUND_SEGMENTER = "generation.nono"
    response = admin_client.post(f"{page_of(content)}proposal/")
    assert response.status_code == 409
    told = response.json()
    assert told["error"].startswith("No mask was proposed: mark the object by hand")
    assert told["quote"].startswith("TEXTURESTUDY_SEGMENTER: expected")


def test_marking_needs_the_right_to_change(client, django_user_model, content, permission):
    user = django_user_model.objects.create_user("taro", is_staff=True)
    client.force_login(user)
    user.user_permissions.add(permission("view_contentimage"))
    assert client.get(page_of(content)).status_code == 403
    assert store(client, content, encoded(half()), **JSON).status_code == 403
    assert client.post(f"{page_of(content)}proposal/").status_code == 403
    user.user_permissions.add(permission("change_contentimage"))
    assert client.get(page_of(content)).status_code == 200
    assert client.get(f"{page_of(content)}proposal/").status_code == 405
    assert client.get("/admin/generation/contentimage/999/mask/").status_code == 404


def test_the_page_takes_few_queries(admin_client, content, django_assert_num_queries):
    set_mask(content=content, image=half())
    with django_assert_num_queries(4):  # session, user, content, stimuli made inside
        admin_client.get(page_of(content))
