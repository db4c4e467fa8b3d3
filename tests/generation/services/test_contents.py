from __future__ import annotations

import hashlib

import pytest
from PIL import Image

from generation.models import ContentImage, Recipe, StylisedImage
from generation.services.contents import add_content, find_content, keep_content, propose_name
from tests.generation.pictures import noise
from tests.generation.rows import make_clusters, make_recipe

pytestmark = pytest.mark.django_db


def test_a_photograph_is_stored_and_its_stimuli_are_queued(admin_user):
    make_clusters(2)
    used, unused = make_recipe(), make_recipe(seed=1)
    Recipe.objects.filter(pk=unused.pk).update(in_use=False)
    content = add_content(
        name="coffee", image=noise(1), credit="Rachel", licence="CC0", uploaded_by=admin_user
    )
    content.refresh_from_db()
    assert (content.name, content.credit, content.licence) == ("coffee", "Rachel", "CC0")
    assert (content.width, content.height, content.uploaded_by) == (48, 40, admin_user)
    with content.file.open() as file:
        data = file.read()
        assert Image.open(file).tobytes() == noise(1).tobytes()
    assert hashlib.sha256(data).hexdigest() == content.sha256
    queued = StylisedImage.objects.all()
    assert {(row.recipe, row.state) for row in queued} == {(used, "queued")}
    assert len(queued) == 2


def test_new_photographs_go_ahead_of_the_backlog():
    make_clusters(1)
    recipe = make_recipe()
    add_content(name="coffee", image=noise(1))
    row = StylisedImage.objects.get()
    assert (row.recipe, row.item.priority) == (recipe, 10)


def test_the_same_picture_is_one_content_image():
    first = add_content(name="coffee", image=noise(1))
    assert find_content(noise(1)) == first
    assert find_content(noise(2)) is None
    assert add_content(name="tea", image=noise(1)) == first
    assert ContentImage.objects.get().name == "coffee"


def test_a_large_photograph_is_stored_smaller_and_still_known():
    large = noise(1, 2_000, 1_000)
    content = add_content(name="wide", image=large)
    assert (content.width, content.height) == (1_600, 800)
    assert find_content(large) == content
    assert large.size == (2_000, 1_000)


def test_where_queueing_fails_nothing_is_kept(monkeypatch):
    def broken(**_: object) -> None:
        raise RuntimeError("the queue is away")

    monkeypatch.setattr("generation.services.contents.enqueue", broken)
    with pytest.raises(RuntimeError):
        add_content(name="coffee", image=noise(1))
    assert not ContentImage.objects.exists()


def test_a_photograph_may_be_kept_without_stimuli():
    make_clusters(1)
    make_recipe()
    content, is_new = keep_content(name="coffee", image=noise(1))
    assert is_new
    assert keep_content(name="tea", image=noise(1)) == (content, False)
    assert not StylisedImage.objects.exists()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Coffee Cup.JPG", "coffee-cup"),
        ("IMG_0001.jpeg", "img_0001"),
        ("C:\\photos\\é (1).png", "cphotose-1"),
        ("猫.png", "photograph"),
        ("", "photograph"),
        ("-_-.png", "photograph"),
        ("a" * 90 + ".png", "a" * 50),
    ],
)
def test_a_name_is_proposed_from_the_file_s(file, name):
    assert propose_name(file) == name
    ContentImage._meta.get_field("name").clean(name, None)


def test_a_proposed_name_is_not_taken():
    for name in ("cat", "cat-2", "category"):
        keep_content(name=name, image=noise(len(name)))
    assert propose_name("cat.png") == "cat-3"
    assert propose_name("cat.png", taken={"cat-3"}) == "cat-4"
    assert propose_name("dog.png") == "dog"
