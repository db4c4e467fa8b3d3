"""Cutting a stored photograph at the admin's desk."""

from __future__ import annotations

import pytest
from PIL import Image

from generation.models import ContentImage
from generation.services.contents import keep_content
from generation.services.masks import set_mask
from tests.generation.pictures import noise
from tests.generation.rows import make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def content() -> ContentImage:
    return keep_content(name="coffee", image=noise(1, 80, 48))[0]


def crop(client, content: ContentImage, chosen: str):
    page = f"/admin/generation/contentimage/{content.pk}/crop/"
    return client.post(page, {"crop": chosen}, follow=True)


@pytest.mark.parametrize(
    ("chosen", "told", "size"),
    [
        ("square", "The photograph was cut.", (48, 48)),
        ("1,2,40,80,48", "The photograph was cut.", (40, 40)),
        ("whole", "The photograph stays whole.", (80, 48)),
        ("1,2,40,48,80", "Nothing was cut: expected a square chosen in the picture", (80, 48)),
        ("60,0,40,80,48", "Nothing was cut: expected a square of at least 32 px", (80, 48)),
    ],
)
def test_the_page_says_what_became_of_it(admin_client, content, chosen, told, size):
    response = crop(admin_client, content, chosen)
    page = f"/admin/generation/contentimage/{content.pk}/change/"
    assert response.redirect_chain == [(page, 302)]
    assert told in response.text
    content.refresh_from_db()
    assert (content.width, content.height) == size


def test_a_mask_that_goes_is_told_of(admin_client, content):
    mask = Image.new("L", (80, 48))
    mask.paste(255, (0, 0, 10, 48))
    set_mask(content=content, image=mask)
    text = crop(admin_client, content, "square").text
    assert "The mask marked nothing of it, and was dropped." in text


def test_what_cannot_be_cut_says_why(admin_client, content):
    keep_content(name="twin", image=noise(1, 80, 48).crop((16, 0, 64, 48)))
    assert "is there already: twin." in crop(admin_client, content, "square").text
    ContentImage.objects.filter(pk=content.pk).update(file="content/nono.png")
    text = crop(admin_client, content, "0,0,40,80,48").text
    assert "because a file cannot be read or written" in text
    assert '<span lang="en">[Errno 2] No such file' in text
    made = make_queue(contents=1)[0].content
    response = crop(admin_client, made, "square")
    assert "Nothing was cut: 1 stimulus is made from this photograph." in response.text
    assert "crop-form" not in response.text


def test_cutting_needs_the_right_to_change(client, django_user_model, content, permission):
    user = django_user_model.objects.create_user("taro", is_staff=True)
    client.force_login(user)
    user.user_permissions.add(permission("view_contentimage"))
    page = f"/admin/generation/contentimage/{content.pk}/change/"
    assert "crop-form" not in client.get(page).text
    assert crop(client, content, "square").status_code == 403
