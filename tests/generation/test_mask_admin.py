"""The mask of a photograph at the admin's desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from PIL import Image

from generation import forms
from generation.models import ContentImage
from generation.services.masks import set_mask
from tests.generation.pictures import encoded
from tests.generation.rows import make_contents
from tests.generation.services.test_masks import half, make_stimulus

pytestmark = pytest.mark.django_db

NO_MASK = "This is no usable mask: "


def left_half(image: Image.Image) -> Image.Image:
    return half()


def stand_in(image: Image.Image) -> Image.Image:
    mask = half()
    mask.info["fallback"] = True
    return mask


@pytest.fixture
def content(settings) -> ContentImage:
    settings.FOREGROUND_SEGMENTER = f"{__name__}.left_half"
    return make_contents(1)[0]


@pytest.fixture
def somebody(client):
    """Signs in a member of staff who may do just this with content images."""

    def sign_in(*rights: str):
        user = User.objects.create_user("taro", is_staff=True)
        for right in rights:
            user.user_permissions.add(Permission.objects.get(codename=f"{right}_contentimage"))
        client.force_login(user)
        return client

    return sign_in


def page_of(content: ContentImage) -> str:
    return reverse("admin:generation_contentimage_change", args=[content.pk])


def propose_url(content: ContentImage) -> str:
    return reverse("admin:generation_contentimage_propose_mask", args=[content.pk])


def upload(client, content: ContentImage, data: bytes):
    file = SimpleUploadedFile("mask.png", data, content_type="image/png")
    fields = {"name": content.name, "credit": "Taro", "licence": ""}
    return client.post(page_of(content), {**fields, "mask_upload": file})


def test_an_uploaded_mask_is_stored_and_shown(admin_client, content):
    assert "There is none yet." in admin_client.get(page_of(content)).text
    assert upload(admin_client, content, encoded(half())).status_code == 302
    content.refresh_from_db()
    assert (content.credit, content.mask_proposed) == ("Taro", False)
    with Image.open(content.mask.path) as stored:
        assert stored.tobytes() == half().tobytes()
    text = admin_client.get(page_of(content)).text
    assert content.mask.url in text
    assert "Marked by somebody." in text
    assert 'aria-label="content0: the object in its colours, the background tinted"' in text


def test_what_is_transparent_in_an_upload_is_background(admin_client, content):
    mask = Image.new("RGBA", (40, 32), (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 20, 32))
    upload(admin_client, content, encoded(mask))
    content.refresh_from_db()
    with Image.open(content.mask.path) as stored:
        assert stored.tobytes() == half().tobytes()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The submitted file is empty."),
        (b"<html>", NO_MASK + "expected an image (JPEG, PNG, "),
        (encoded(half(size=(32, 40))), "as 40 x 32 px, got 32 x 40 px."),
        (encoded(Image.new("L", (40, 32))), NO_MASK + "expected white where the object is"),
        (encoded(Image.new("L", (40, 32), 255)), NO_MASK + "expected black around the object"),
    ],
)
def test_what_is_no_mask_is_an_error_at_its_field(admin_client, content, data, message):
    response = upload(admin_client, content, data)
    assert response.status_code == 200
    (error,) = response.context["adminform"].form.errors["mask_upload"]
    assert message in error
    content.refresh_from_db()
    assert (content.mask.name, content.credit) == ("", "")


def test_what_is_wrong_with_a_mask_is_told_in_japanese(admin_client, content):
    for image, told in (
        (Image.new("L", (40, 32)), "白である必要がありますが、明るさは 255 のうち 0 から 0"),
        (Image.new("L", (40, 32), 255), "物体の周囲は黒である必要がありますが"),
        (half(size=(32, 40)), "写真と同じ縦横比（40 x 32 px など）が必要ですが、32 x 40 px でした"),
    ):
        fields = {"name": content.name, "credit": "", "licence": ""}
        fields["mask_upload"] = SimpleUploadedFile("mask.png", encoded(image))
        response = admin_client.post(page_of(content), fields, headers={"accept-language": "ja"})
        assert told in response.text


def test_a_mask_that_is_too_large_is_not_even_read(admin_client, content, monkeypatch):
    monkeypatch.setattr(forms, "MAX_BYTES", 1_000)
    monkeypatch.setattr(forms, "decode", None)
    response = upload(admin_client, content, bytes(1_001))
    errors = response.context["adminform"].form.errors
    assert errors == {"mask_upload": ["The file is larger than 64 MB."]}


def test_a_new_credit_leaves_the_mask_that_a_worker_proposed_meanwhile(admin_client, content):
    page = admin_client.get(page_of(content))
    set_mask(content=content, image=half(), proposed=True)
    fields = page.context["adminform"].form.initial | {"credit": "Taro"}
    admin_client.post(page_of(content), {k: fields[k] for k in ("name", "credit", "licence")})
    content.refresh_from_db()
    assert (content.credit, content.mask_proposed, bool(content.mask)) == ("Taro", True, True)


def test_the_button_proposes_a_mask_and_comes_back(admin_client, content):
    assert "Propose a mask" in admin_client.get(page_of(content)).text
    response = admin_client.post(propose_url(content), follow=True)
    assert response.redirect_chain == [(page_of(content), 302)]
    assert "A mask was proposed." in response.text
    assert "Proposed by the machine." in response.text
    assert "Replace the mask by a proposal" in response.text
    content.refresh_from_db()
    assert content.mask_proposed
    history = reverse("admin:generation_contentimage_history", args=[content.pk])
    assert "foreground mask" in admin_client.get(history).text


def test_a_stand_in_is_told_of(admin_client, content, settings):
    settings.FOREGROUND_SEGMENTER = f"{__name__}.stand_in"
    response = admin_client.post(propose_url(content), follow=True)
    assert "No object stood out, so this mask is only a stand-in" in response.text


def test_a_segmenter_that_is_not_there_is_told_of(admin_client, content, settings):
    settings.FOREGROUND_SEGMENTER = "generation.nono"
    response = admin_client.post(propose_url(content), follow=True)
    assert "No mask was proposed: mark the object by hand" in response.text
    assert '<span lang="en">TEXTURESTUDY_SEGMENTER: expected' in response.text


def test_a_photograph_whose_file_is_gone_is_told_of(admin_client, content):
    ContentImage.objects.update(file="content/nono.png")
    response = admin_client.post(propose_url(content), follow=True)
    assert "No mask was proposed: mark the object by hand" in response.text
    assert '<span lang="en">[Errno 2] No such file' in response.text


def test_a_mask_that_stimuli_were_made_from_cannot_be_replaced(admin_client, content):
    set_mask(content=content, image=half(left=False))
    make_stimulus(content)
    why = "1 stimulus was made from this mask, so it stays as it is."
    text = admin_client.get(page_of(content)).text
    assert why in text
    assert "Replace the mask by a proposal" not in text
    assert 'id="id_mask_upload"' in text
    assert "disabled" in text.split('name="mask_upload"')[1].split(">")[0]
    # From a page that was open before the stimuli were made.
    response = upload(admin_client, content, encoded(half()))
    assert response.context["adminform"].form.errors == {"mask_upload": [why]}
    assert why in admin_client.post(propose_url(content), follow=True).text
    content.refresh_from_db()
    with Image.open(content.mask.path) as stored:
        assert stored.tobytes() == half(left=False).tobytes()


def test_of_a_race_after_the_form_was_checked_is_told(admin_client, content, monkeypatch):
    set_mask(content=content, image=half(left=False))
    make_stimulus(content)
    monkeypatch.setattr(forms, "count_made_inside", lambda content: 0)
    assert upload(admin_client, content, encoded(half())).status_code == 302
    assert "so it stays as it is" in admin_client.get("/admin/").text
    content.refresh_from_db()
    with Image.open(content.mask.path) as stored:
        assert stored.tobytes() == half(left=False).tobytes()


def test_the_page_takes_one_query_more_for_its_mask(
    admin_client, content, django_assert_num_queries
):
    set_mask(content=content, image=half())
    make_stimulus(content)
    # Session, user, content, stimuli made inside the mask, stimuli; what one can make for.
    with django_assert_num_queries(8):
        admin_client.get(page_of(content))


def test_proposing_needs_a_post_and_the_right_to_change(client, admin_client, somebody, content):
    assert admin_client.get(propose_url(content)).status_code == 405
    assert admin_client.post("/admin/generation/contentimage/999/propose-mask/").status_code == 404
    admin_client.logout()
    assert "/login/" in client.post(propose_url(content)).url
    assert somebody("view").post(propose_url(content)).status_code == 403
    content.refresh_from_db()
    assert not content.mask
    User.objects.get(username="taro").user_permissions.add(
        Permission.objects.get(codename="change_contentimage")
    )
    assert client.post(propose_url(content)).status_code == 302
    content.refresh_from_db()
    assert content.mask


def test_who_may_only_look_sees_the_mask_and_no_way_to_change_it(somebody, content):
    row = set_mask(content=content, image=half())
    text = somebody("view").get(page_of(content)).text
    assert row.mask.url in text
    assert "mask_upload" not in text
    assert "propose-mask" not in text


def test_masks_are_for_staff_only(client, admin_client, content):
    row = set_mask(content=content, image=half())
    assert client.get(row.mask.url).status_code == 404
    shown = b"".join(admin_client.get(row.mask.url))
    assert shown == Path(row.mask.path).read_bytes()


def test_a_new_photograph_has_no_field_for_a_mask(admin_client):
    text = admin_client.get("/admin/generation/contentimage/add/").text
    assert "mask" not in text.split("<main", 1)[1]


def test_the_desk_speaks_japanese_of_masks(admin_client, content):
    def read() -> str:
        with translation.override(None):  # the request's language does not stay
            return admin_client.get(page_of(content), headers={"accept-language": "ja"}).text

    assert "マスクを提案" in read()
    set_mask(content=content, image=half())
    make_stimulus(content)
    assert "このマスクから刺激画像が 1 枚" in read()
