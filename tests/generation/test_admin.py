from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from generation import forms
from generation.models import Clustering, ContentImage, Recipe, StylisedImage, Word
from generation.services import contents, store
from generation.services.contents import add_content
from generation.services.store import png
from jobs.models import Item
from tests.factories import make_stimuli
from tests.generation.pictures import blank_png, encoded, noise
from tests.generation.rows import make_clusters, make_queue, make_recipe
from tests.generation.services.test_masks import half

pytestmark = pytest.mark.django_db

ADD = "/admin/generation/contentimage/add/"


def upload(client, data: bytes, name: str = "coffee", file: str = "photo.jpg"):
    fields = {"name": name, "credit": "Rachel", "licence": "CC0"}
    return client.post(
        ADD, {**fields, "upload": SimpleUploadedFile(file, data, content_type="image/jpeg")}
    )


def change_page(row) -> str:
    return reverse(f"admin:generation_{row._meta.model_name}_change", args=[row.pk])


def test_an_upload_makes_a_content_image_and_queues_its_stimuli(admin_client, admin_user):
    make_clusters(2)
    make_recipe()
    response = upload(admin_client, encoded(noise(1, 64, 48), "JPEG", quality=95))
    assert response.status_code == 302
    content = ContentImage.objects.get()
    assert (content.name, content.credit, content.licence) == ("coffee", "Rachel", "CC0")
    assert (content.width, content.height, content.uploaded_by) == (64, 48, admin_user)
    assert content.file.name == f"content/{content.sha256[:2]}/{content.sha256}.png"
    rows = StylisedImage.objects.filter(content=content)
    assert set(rows.values_list("item__state", "item__priority")) == {("queued", 10)}
    assert rows.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_new", [True, False])
def test_nobody_waits_for_a_picture_that_is_being_encoded(admin_client, monkeypatch, is_new):
    """A transaction would keep everybody else from writing into SQLite."""
    content = None if is_new else add_content(name="tea", image=noise(2))
    seen = []

    def watched(image: Image.Image) -> bytes:
        seen.append(connection.in_atomic_block)
        return png(image)

    for module in (store, contents):
        monkeypatch.setattr(module, "png", watched)
    if content is None:
        assert upload(admin_client, encoded(noise(1))).status_code == 302
    else:
        mask = SimpleUploadedFile("mask.png", encoded(half(size=(content.width, content.height))))
        sent = {"name": "tea", "credit": "", "licence": "", "mask_upload": mask}
        assert admin_client.post(change_page(content), sent).status_code == 302
        content.refresh_from_db()
        assert content.mask
    assert seen
    assert not any(seen)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The submitted file is empty."),
        (b"<html>", "This is no usable photograph: expected an image (JPEG, PNG, "),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "got an SVG drawing."),
        (encoded(noise(1, 200, 200))[:500], "expected a whole image, got a damaged one."),
        (blank_png(30_000, 30_000), "expected at most 20 megapixels, got many more."),
        (encoded(noise(1, 31, 31)), "expected sides of at least 32 px, got 31 x 31."),
        (encoded(noise(1, 40, 400)), "at most 4 times the other, got 40 x 400."),
    ],
)
def test_a_bad_file_is_a_clear_error_and_changes_nothing(admin_client, data, message):
    make_clusters(1)
    make_recipe()
    response = upload(admin_client, data)
    assert response.status_code == 200
    (error,) = response.context["adminform"].form.errors["upload"]
    assert message in error
    assert not ContentImage.objects.exists()
    assert not StylisedImage.objects.exists()


def test_a_file_that_is_too_large_is_not_even_read(admin_client, monkeypatch):
    monkeypatch.setattr(forms, "MAX_BYTES", 1_000)
    monkeypatch.setattr(forms, "decode", None)
    response = upload(admin_client, bytes(1_001))
    errors = response.context["adminform"].form.errors
    assert errors == {"upload": ["The file is larger than 64 MB."]}


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_the_same_picture_is_refused_in_whatever_file_it_comes(admin_client, kind):
    add_content(name="coffee", image=noise(1))
    options = {"lossless": True} if kind == "WEBP" else {}
    response = upload(admin_client, encoded(noise(1), kind, **options), name="tea")
    errors = response.context["adminform"].form.errors
    assert errors == {"upload": ["This picture is there already: coffee."]}
    assert ContentImage.objects.count() == 1


def test_a_name_that_is_taken_is_an_error(admin_client):
    add_content(name="coffee", image=noise(1))
    response = upload(admin_client, encoded(noise(2)))
    errors = response.context["adminform"].form.errors
    assert errors == {"name": ["Content image with this Name already exists."]}


def test_the_photograph_s_page_shows_how_far_its_stimuli_are(
    admin_client, django_assert_num_queries
):
    first, second, third, *_ = make_queue(contents=1, clusters=4)
    for row in (first, second):
        row.file.name, row.width, row.height = first.content.file.name, 40, 32
        row.sha256 = "a" * 64
        row.save()
    Item.objects.filter(stylised=third).update(state="failed")
    page = change_page(first.content)
    # Session, user, content, stimuli; clusters, recipes and questions that one can make for.
    with django_assert_num_queries(7):
        response = admin_client.get(page)
    assert "2 of 4 done" in response.text
    assert "1 queued" in response.text
    assert "1 failed" in response.text
    assert '<progress max="4" value="2"' in response.text
    assert "data-busy" in response.text
    StylisedImage.objects.filter(sha256="").delete()
    finished = admin_client.get(page).text
    assert "2 of 2 done" in finished
    assert "data-busy" not in finished


def test_more_stimuli_take_no_more_queries(admin_client, django_assert_num_queries):
    page = change_page(make_queue(contents=1, clusters=9)[0].content)
    with django_assert_num_queries(7):
        admin_client.get(page)


def test_a_photograph_keeps_its_picture_and_may_change_its_credit(admin_client):
    content = add_content(name="coffee", image=noise(1))
    response = admin_client.post(
        change_page(content), {"name": "mug", "credit": "Taro", "licence": "CC BY"}
    )
    assert response.status_code == 302
    changed = ContentImage.objects.get()
    assert (changed.name, changed.credit, changed.licence) == ("mug", "Taro", "CC BY")
    assert (changed.sha256, changed.file.name) == (content.sha256, content.file.name)
    assert (changed.width, changed.height) == (content.width, content.height)


def test_a_page_that_is_not_there_says_so(admin_client):
    for key in ("999", "abc"):
        response = admin_client.get(f"/admin/generation/contentimage/{key}/change/")
        assert response.status_code == 302
        assert "exist" in admin_client.get("/admin/").text


def test_search_phrases_are_typed_one_a_line(admin_client):
    page = "/admin/generation/word/add/"
    assert "phrases_1" in admin_client.get(page).text
    typed = {"phrases_0": " 毛並み\r\n\r\n長毛 毛 アップ ", "phrases_1": ""}
    facts = {"text": "ふさふさ", "reading": "fusafusa", "gloss": "", "_save": "1"}
    assert admin_client.post(page, facts | typed).status_code == 302
    assert Word.objects.get().phrases == {"ja": ["毛並み", "長毛 毛 アップ"]}


def test_phrases_for_other_sources_stay(admin_client):
    phrases = {"ja": ["毛並み"], "de": ["flauschig"], "samples": ["fur", "grass"]}
    word = Word.objects.create(text="ふさふさ", reading="fusafusa", phrases=phrases)
    form = admin_client.get(change_page(word)).context["adminform"].form
    assert [str(label) for label in form.fields["phrases"].widget._names.values()] == [
        "Japanese", "English", "de", "sample textures",
    ]  # fmt: skip
    typed = {f"phrases_{n}": text for n, text in enumerate(["毛並み", "fur", "flauschig", "fur"])}
    facts = {"text": "ふさふさ", "reading": "fusafusa", "gloss": "", "_save": "1"}
    assert admin_client.post(change_page(word), facts | typed).status_code == 302
    word.refresh_from_db()
    assert word.phrases == {
        "ja": ["毛並み"], "en": ["fur"], "de": ["flauschig"], "samples": ["fur"],
    }  # fmt: skip


def test_a_recipe_can_be_put_out_of_use_but_not_edited(admin_client):
    recipe = make_recipe()
    response = admin_client.post(change_page(recipe), {"name": "other", "parameters": "{}"})
    assert response.status_code == 302
    stored = Recipe.objects.get()
    assert (stored.name, stored.parameters) == (recipe.name, recipe.parameters)
    assert not stored.in_use
    assert admin_client.get("/admin/generation/recipe/add/").status_code == 403


def test_an_imported_recipe_cannot_be_put_into_use(admin_client):
    """Not on its page, not in the list, and not by a request that no page makes."""
    made = make_recipe()
    imported = Recipe.objects.create(
        name="sdxl", parameters={"method": "SDXL"}, sha256="a" * 64, imported=True, in_use=False
    )
    page = admin_client.get(change_page(imported)).text
    assert re.search(r'<input[^>]*name="in_use"[^>]*disabled', page)
    assert admin_client.post(change_page(imported), {"in_use": "on"}).status_code == 302
    rows = [made, imported]  # the list's order is by name
    rows.sort(key=lambda row: row.name)
    form = {f"form-{i}-id": row.pk for i, row in enumerate(rows)}
    form |= {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    form[f"form-{rows.index(imported)}-in_use"] = "on"
    response = admin_client.post("/admin/generation/recipe/", form)
    assert response.status_code == 302
    stored = dict(Recipe.objects.values_list("name", "in_use"))
    assert stored == {"sdxl": False, made.name: False}  # the list did change the other one


def test_failed_stimuli_can_be_made_again(admin_client):
    failed, done = make_queue(contents=2)
    Item.objects.filter(stylised=failed).update(state="failed", attempts=4)
    Item.objects.filter(stylised=done).update(state="done")
    StylisedImage.objects.filter(pk=done.pk).update(sha256="a" * 64)
    images = "/admin/generation/stylisedimage/"
    assert admin_client.get(f"{images}?state=failed").context["cl"].result_count == 1
    response = admin_client.post(
        "/admin/generation/stylisedimage/",
        {"action": "try_again", "_selected_action": [failed.pk, done.pk]},
        follow=True,
    )
    assert "1 image is queued again." in response.text
    counts = StylisedImage.objects.counts()
    assert (counts["queued"], counts["done"], counts["failed"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("model", "queries"),
    [
        ("word", 5),
        ("contentimage", 5),
        ("webimage", 7),
        ("clustering", 8),
        ("recipe", 5),
        ("stylisedimage", 9),
    ],
)
def test_the_lists_take_few_queries_however_long(
    admin_client, django_assert_num_queries, model, queries
):
    make_queue(contents=3, clusters=3)
    with django_assert_num_queries(queries):
        response = admin_client.get(f"/admin/generation/{model}/")
    assert response.status_code == 200


def test_a_clustering_shows_its_exemplars(admin_client):
    cluster = make_clusters(2)[0]
    text = admin_client.get("/admin/generation/clustering/").text
    assert text.count("/media/web/") == 2
    clustering = Clustering.objects.get()
    assert (
        cluster.members.get().web_image.file.url in admin_client.get(change_page(clustering)).text
    )


def test_nothing_here_is_for_strangers(client):
    content = add_content(name="coffee", image=noise(1))
    for page in (ADD, change_page(content), "/admin/generation/webimage/"):
        assert client.get(page).status_code == 302
    assert upload(client, encoded(noise(2))).status_code == 302
    assert ContentImage.objects.count() == 1


def test_the_desk_speaks_japanese(admin_client):
    row = make_queue(contents=1)[0]
    Item.objects.update(state="failed", attempts=4, error="x", finished_at=timezone.now())
    text = admin_client.get(change_page(row.content), headers={"accept-language": "ja"}).text
    assert "失敗した刺激画像 1 枚" in text
    assert "1 枚中 0 枚が完了" in text
    assert "失敗 1 枚" in text


def test_a_name_that_somebody_takes_in_the_same_moment_is_told(admin_client, monkeypatch):
    def beaten(**values):
        monkeypatch.undo()
        add_content(name=values["name"], image=noise(7))
        return add_content(**values)

    monkeypatch.setattr("generation.admin.contents.add_content", beaten)
    response = upload(admin_client, encoded(noise(1)))
    assert response.status_code == 200
    assert "already exists" in response.text
    assert ContentImage.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "says"),
    [("word", "<code>manage.py words</code> loads 23"), ("contentimage", "no photograph yet")],
)
def test_an_empty_list_says_what_comes_first(admin_client, model, says):
    address = reverse(f"admin:generation_{model}_changelist")
    assert says in admin_client.get(address).text
    assert says not in admin_client.get(address, {"q": "nothing"}).text
    make_stimuli(contents=1, words=1)
    assert says not in admin_client.get(address).text
