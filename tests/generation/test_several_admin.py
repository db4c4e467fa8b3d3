"""Several photographs at once: by the script's requests, and by a plain form."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

from generation import forms
from generation.admin import several
from generation.models import ContentImage, StylisedImage
from generation.services.contents import add_content, keep_content
from tests.generation.pictures import blank_png, encoded, noise
from tests.generation.rows import make_clusters, make_recipe

pytestmark = pytest.mark.django_db

PAGE = "/admin/generation/contentimage/add-several/"
NO = "This is no usable photograph: "


def file(data: bytes, name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/png")


def send(client, data: bytes, language: str = "en", **fields: str):
    """As the script does it: one file, with what was typed and cut in its row."""
    given = {"name": "coffee", "credit": "Rachel", "licence": "CC0", "crop": "square", **fields}
    headers = {"accept": "application/json", "accept-language": language}
    return client.post(PAGE, {**given, "upload": file(data)}, headers=headers)


def stored(content: ContentImage) -> Image.Image:
    with content.file.open() as opened:
        return Image.open(opened).convert("RGB")


def test_a_file_is_cut_square_and_stored_without_stimuli(admin_client, admin_user):
    make_clusters(1)
    make_recipe()
    response = send(admin_client, encoded(noise(1, 64, 48)))
    assert response.status_code == 201
    content = ContentImage.objects.get()
    assert response.json() == {
        "pk": content.pk, "name": "coffee", "picture": content.file.url, "width": 48,
        "height": 48, "notes": [],
        "page": f"/admin/generation/contentimage/{content.pk}/change/",
    }  # fmt: skip
    assert (content.credit, content.licence, content.uploaded_by) == ("Rachel", "CC0", admin_user)
    assert stored(content).tobytes() == noise(1, 64, 48).crop((8, 0, 56, 48)).tobytes()
    assert not StylisedImage.objects.exists()
    assert LogEntry.objects.get().object_repr == "coffee"


@pytest.mark.parametrize(
    ("crop", "box"),
    [
        ("", (8, 0, 56, 48)),
        ("whole", (0, 0, 64, 48)),
        ("3,5,40,64,48", (3, 5, 43, 45)),
        ("24,8,40,64,48", (24, 8, 64, 48)),
    ],
)
def test_the_cut_is_the_chosen_one(admin_client, crop, box):
    assert send(admin_client, encoded(noise(1, 64, 48)), crop=crop).status_code == 201
    content = ContentImage.objects.get()
    assert stored(content).tobytes() == noise(1, 64, 48).crop(box).tobytes()


def test_a_turned_photograph_is_cut_as_it_is_seen(admin_client):
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    data = encoded(noise(1, 64, 48), "PNG", exif=tags)
    seen = noise(1, 64, 48).transpose(Image.Transpose.ROTATE_270)
    assert send(admin_client, data, crop="0,2,40,48,64").status_code == 201
    assert stored(ContentImage.objects.get()).tobytes() == seen.crop((0, 2, 40, 42)).tobytes()
    answer = send(admin_client, data, name="other", crop="0,2,40,64,48").json()
    assert answer["errors"] == {
        "crop": [
            NO + "expected a square chosen in the picture of 48 x 64 px, got one chosen in "
            "64 x 48 px: take the square in the middle."
        ]
    }


@pytest.mark.parametrize(
    ("crop", "message"),
    [
        ("30,0,40,64,48", "at least 32 px inside 64 x 48 px, got one of 40 px at 30, 0."),
        ("0,0,31,64,48", "at least 32 px inside 64 x 48 px, got one of 31 px at 0, 0."),
        ("-1,0,40,64,48", "got -1,0,40,64,48."),
        ("0,0,40", "got 0,0,40."),
        ("circle", "expected square, whole or five numbers in place of a square, got circle."),
    ],
)
def test_a_cut_that_is_none_is_refused(admin_client, crop, message):
    response = send(admin_client, encoded(noise(1, 64, 48)), crop=crop)
    assert response.status_code == 400
    (error,) = response.json()["errors"]["crop"]
    assert error.startswith(NO)
    assert error.endswith(message)
    assert not ContentImage.objects.exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The submitted file is empty."),
        (b"<html>", NO + "expected an image (JPEG, PNG, WEBP, GIF, BMP, TIFF), got an HTML page."),
        (b"what?", NO + "expected an image (JPEG, PNG, WEBP, GIF, BMP, TIFF), got none."),
        (encoded(noise(1, 200, 200))[:500], NO + "expected a whole image, got a damaged one."),
        (blank_png(30_000, 30_000), NO + "expected at most 20 megapixels, got many more."),
        (blank_png(5_000, 4_001), NO + "expected at most 20 megapixels, got 5000 x 4001 (20.0 "),
        (encoded(noise(1, 31, 31)), NO + "expected sides of at least 32 px, got 31 x 31."),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(admin_client, data, message):
    response = send(admin_client, data)
    assert response.status_code == 400
    (error,) = response.json()["errors"]["upload"]
    assert error.startswith(message)
    assert not ContentImage.objects.exists()


def test_reasons_are_in_the_reader_s_language(admin_client):
    answer = send(admin_client, b"<html>", language="ja").json()
    assert answer["errors"]["upload"] == [
        "写真として使えないファイルです（画像（JPEG, PNG, WEBP, GIF, BMP, TIFF）ではなく、"
        "HTML のページです）。"
    ]


def test_a_file_that_is_too_large_is_not_even_read(admin_client, monkeypatch):
    monkeypatch.setattr(forms, "MAX_BYTES", 1_000)
    monkeypatch.setattr(forms, "decode", None)
    answer = send(admin_client, bytes(1_001)).json()
    assert answer["errors"] == {"upload": ["The file is larger than 64 MB."]}


def test_the_same_picture_is_named_and_linked(admin_client):
    twin = add_content(name="coffee", image=noise(1, 48, 48))
    answer = send(admin_client, encoded(noise(1, 48, 48), "BMP"), name="tea").json()
    assert answer["errors"] == {"upload": ["This picture is there already: coffee."]}
    page = f"/admin/generation/contentimage/{twin.pk}/change/"
    assert answer["twin"] == {"name": "coffee", "page": page}
    assert ContentImage.objects.get() == twin


def test_a_name_that_is_taken_is_an_error_before_and_after_looking(admin_client, monkeypatch):
    keep_content(name="coffee", image=noise(1))
    answer = send(admin_client, encoded(noise(2))).json()
    assert answer["errors"] == {"name": ["Content image with this Name already exists."]}

    def late(**values):
        keep_content(name="tea", image=noise(3))  # somebody else's, after the form was checked
        return keep_content(**values)

    monkeypatch.setattr(several, "keep_content", late)
    answer = send(admin_client, encoded(noise(2)), name="tea").json()
    assert answer["errors"] == {"name": ["A photograph of this name is there already."]}
    assert set(ContentImage.objects.values_list("name", flat=True)) == {"coffee", "tea"}


def test_what_was_done_to_a_file_is_told(admin_client):
    frames = [noise(1, 1_700, 1_650), noise(2, 1_700, 1_650)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    answer = send(admin_client, data, crop="square").json()
    assert answer["notes"] == [
        "The file moves: its first frame was taken.",
        "Stored at 1600 x 1600 px, made smaller from 1650 x 1650 px.",
    ]


def test_a_plain_form_keeps_the_good_files_and_tells_of_the_bad_ones(admin_client):
    files = [
        file(encoded(noise(1)), "Coffee Cup.JPG"),
        file(b"<html>", "page.html"),
        file(encoded(noise(2)), "猫.png"),
        file(encoded(noise(1)), "twice.png"),
    ]
    response = admin_client.post(PAGE, {"upload": files, "credit": "Taro", "crop": "whole"})
    assert response.status_code == 400
    first, second = ContentImage.objects.order_by("pk")
    assert (first.name, second.name) == ("coffee-cup", "photograph")
    assert {first.credit, second.credit} == {"Taro"}
    assert (first.width, first.height) == (48, 40)
    assert "got an HTML page." in response.text
    assert "This picture is there already: coffee-cup." in response.text
    assert f"stimuli/?content={first.pk}&amp;content={second.pk}" in response.text
    assert 'value="Taro"' in response.text


def test_a_plain_form_of_good_files_goes_on(admin_client):
    response = admin_client.post(PAGE, {"upload": [file(encoded(noise(1)))]}, follow=True)
    content = ContentImage.objects.get()
    page = f"/admin/generation/contentimage/stimuli/?content={content.pk}"
    assert response.redirect_chain == [(page, 302)]
    assert "1 photograph was added." in response.text
    assert "No file was chosen." in admin_client.post(PAGE).text
    none = admin_client.post(PAGE, {"upload": [file(b"<html>")]}).text
    assert "got an HTML page." in none
    assert "Go on" not in none.partition("<form id=")[0]


def test_the_list_leads_here_who_may_add(admin_client, client, django_user_model):
    assert PAGE in admin_client.get("/admin/generation/contentimage/").text
    user = django_user_model.objects.create_user("taro", is_staff=True)
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert send(client, encoded(noise(1))).status_code == 403
    assert not ContentImage.objects.exists()


def test_the_page_takes_two_queries(admin_client, django_assert_num_queries):
    with django_assert_num_queries(2):  # session, user
        admin_client.get(PAGE)
