from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import Clustering, StyleCluster, WebImage, Word
from generation.services.cluster import cluster
from generation.services.desk import CLUSTER, ask_cluster
from generation.services.similar import pack_sketches
from jobs.models import Item
from tests.generation.desk import last, make_desk, make_images
from tests.generation.rows import make_web_image

pytestmark = pytest.mark.django_db

JSON = {"accept": "application/json"}


@pytest.fixture
def word() -> Word:
    return make_desk(8)


def address(word: Word, name: str = "curate") -> str:
    return reverse(f"admin:generation_word_{name}", args=[word.pk])


def first(word: Word, count: int = 1) -> list[int]:
    return list(word.web_images.order_by("pk").values_list("pk", flat=True)[:count])


def somebody(*permissions: str) -> Client:
    user = get_user_model().objects.create_user("somebody", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_every_image_in_its_cluster(admin_client, word):
    make_web_image(word, 90)
    duplicate = make_web_image(word, 91)
    WebImage.objects.filter(pk=duplicate.pk).update(duplicate_of=first(word)[0])
    text = admin_client.get(address(word)).text
    assert text.count('class="card"') == 9
    assert text.index("Cluster 0") < text.index("Cluster 1") < text.index("Not in this clustering")
    assert "CC BY 4.0" in text
    assert 'href="https://cc.example/by"' in text
    assert "The next run would cluster 9 images." in text
    assert "1 is new." in text
    assert "1 has to be described first." in text
    assert "0 excluded, 1 near-duplicate." in text


def test_a_licence_that_may_not_do_is_marked(admin_client, word):
    WebImage.objects.filter(word=word).update(licence="CC BY 4.0")
    assert "licence?" not in admin_client.get(address(word)).text
    unknown, unsure = first(word, 2)
    WebImage.objects.filter(pk=unknown).update(licence="")
    WebImage.objects.filter(pk=unsure).update(licence="CC BY-ND 4.0")
    text = admin_client.get(address(word)).text
    assert text.count("licence?") == 2
    assert "unknown, which is not free" in text
    assert "(not known to allow changed images)" in text


def test_more_images_take_no_more_queries(admin_client, word, django_assert_num_queries):
    admin_client.get(address(word))
    # Session, user, word, its clusterings, their clusters, the members, kept images, words, the
    # job, described images.
    with django_assert_num_queries(10):
        admin_client.get(address(word))
    make_images(word, 40, first=100)
    cluster(word=word, k=4)
    make_images(word, 10, first=200)
    with django_assert_num_queries(10):
        text = admin_client.get(address(word)).text
    assert text.count('class="card"') == 58


def test_an_image_is_excluded_and_included_without_a_script(admin_client, word):
    chosen = first(word, 2)
    data = {"image": chosen, "action": "exclude", "why": "a <logo>"}
    response = admin_client.post(address(word, "exclude"), data, follow=True)
    assert response.redirect_chain == [(address(word), 302)]
    text = response.text
    assert "2 images excluded: a &lt;logo&gt;" in text
    assert text.count("card is-excluded") == 2
    assert "by admin: a &lt;logo&gt;" in text
    assert "2 of the clustering shown would be missing." in text
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.get_change_message()) == (
        str(word.pk), "2 images excluded: a <logo>",
    )  # fmt: skip
    data = {"image": chosen[:1], "action": "include"}
    text = admin_client.post(address(word, "exclude"), data, follow=True).text
    assert "1 image included" in text
    assert text.count("card is-excluded") == 1


def test_a_script_is_told_what_is_true_now(admin_client, word):
    (key,) = first(word)
    data = {"image": [key], "action": "exclude", "why": "a logo"}
    answer = admin_client.post(address(word, "exclude"), data, headers=JSON).json()
    assert answer["told"] == "1 image excluded: a logo"
    assert answer["images"][str(key)]["excluded"] is True
    assert "by admin: a logo" in answer["images"][str(key)]["note"]
    assert "The next run would cluster 7 images." in answer["next"]
    clusters = StyleCluster.objects.filter(members__web_image=key)
    assert answer["excluded"][str(clusters.get().pk)] == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": []}, "No image was chosen."),
        ({"image": ["x", "-1"]}, "No image was chosen."),
        ({"image": [999_999]}, "Nothing was changed"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(admin_client, word, change, told):
    data = {"image": first(word), "action": "exclude", **change}
    response = admin_client.post(address(word, "exclude"), data, headers=JSON)
    assert response.status_code == 409
    assert told in response.json()["error"]
    assert told in admin_client.post(address(word, "exclude"), data, follow=True).text
    assert not WebImage.objects.exclude(excluded_at=None).exists()


def test_an_image_of_another_word_takes_the_whole_decision_with_it(admin_client, word):
    other = make_desk(4, "ざらざら", "zarazara")
    data = {"image": first(word) + first(other), "action": "exclude"}
    assert admin_client.post(address(word, "exclude"), data, headers=JSON).status_code == 409
    assert not WebImage.objects.exclude(excluded_at=None).exists()


def test_a_cluster_is_taken_out_of_use_and_into_it(admin_client, word):
    group = last(word).clusters.get(index=1)
    response = admin_client.post(address(word, "use"), {"cluster": group.pk}, follow=True)
    assert "Cluster 1 is out of use." in response.text
    assert "Use again" in response.text
    group.refresh_from_db()
    assert not group.in_use
    admin_client.post(address(word, "use"), {"cluster": group.pk})
    group.refresh_from_db()
    assert group.in_use
    other = last(make_desk(4, "ざらざら", "zarazara")).clusters.first()
    assert admin_client.post(address(word, "use"), {"cluster": other.pk}).status_code == 404
    assert admin_client.post(address(word, "use"), {"cluster": "x"}).status_code == 404


def test_clustering_again_is_asked_for_as_a_job(admin_client, word):
    data = {"k": "auto", "seed": 4, "deep_weight": 1, "style_weight": 2, "licence": "any"}
    response = admin_client.post(address(word, "cluster"), data, follow=True)
    assert "Waiting for the worker" in response.text
    assert "Ask for it" not in response.text
    job = Item.objects.get()
    assert job.parameters == {
        "k": "auto", "seed": 4, "deep_weight": 1.0, "style_weight": 2.0, "licence": "any",
    }  # fmt: skip
    assert (job.kind, job.key, job.job.asked_by.username) == (CLUSTER, str(word.pk), "admin")
    again = admin_client.post(address(word, "cluster"), data, follow=True)
    assert "asked for already" in again.text
    assert Item.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"k": "0"}, {"k": "many"}, {"seed": "x"}, {"deep_weight": "-1"}, {"licence": "all"}]
)
def test_wrong_parameters_are_named(admin_client, word, wrong):
    data = {"k": 3, "seed": 0, "deep_weight": 1, "style_weight": 1, "licence": "any", **wrong}
    text = admin_client.post(address(word, "cluster"), data, follow=True).text
    assert 'class="error"' in text
    assert not Item.objects.exists()


def test_a_job_under_way_and_one_that_failed(admin_client, word):
    ask_cluster(word=word, parameters={})
    Item.objects.update(
        state="leased", batch="12345678-1234-5678-1234-567812345678", lease_until=timezone.now(),
        stage="describe", total=40, done=10, stage_began_at=timezone.now(),
    )  # fmt: skip
    text = admin_client.get(address(word)).text
    assert "Describing images: 10 of 40" in text
    assert '<progress max="40" value="10"' in text
    Item.objects.update(
        state="failed", batch=None, lease_until=None, error="OSError: no <space>\n\nTraceback"
    )
    text = admin_client.get(address(word)).text
    assert "OSError: no &lt;space&gt;" in text
    assert "Ask for it" in text


def test_an_earlier_clustering_is_shown_and_compared(admin_client, word):
    before = last(word)
    WebImage.objects.filter(pk=first(word)[0]).update(excluded_at=timezone.now())
    after = cluster(word=word, k=3)
    text = admin_client.get(f"{address(word)}?clustering={before.pk}").text
    assert "Cluster 2" not in text
    assert f"?clustering={before.pk}" in text  # decisions come back to what is shown
    assert admin_client.get(f"{address(word)}?clustering=0").status_code == 404
    side = admin_client.get(address(word, "compare"))
    assert side.context["found"].before == before
    assert side.context["found"].after == after
    assert "7 images are in both" in side.text
    assert "1 is no longer there," in side.text
    assert "No cluster before is like the one beside." in side.text


def test_comparing_takes_no_more_queries_for_more_images(
    admin_client, word, django_assert_num_queries
):
    cluster(word=word, k=3)
    admin_client.get(address(word, "compare"))
    with django_assert_num_queries(7):
        admin_client.get(address(word, "compare"))
    make_images(word, 40, first=100)
    cluster(word=word, k=4)
    with django_assert_num_queries(7):
        admin_client.get(address(word, "compare"))


def test_a_word_with_one_clustering_has_nothing_to_compare(admin_client, word):
    assert admin_client.get(address(word, "compare")).status_code == 404
    assert "Side by side" not in admin_client.get(address(word)).text


def test_a_word_without_images_says_what_to_do(admin_client):
    word = Word.objects.create(text="もふもふ", reading="mofumofu")
    text = admin_client.get(address(word)).text
    assert "manage.py collect --word mofumofu" in text
    assert "it needs 3 images, there are 0" in text


def test_imported_stimuli_have_no_place_in_the_gallery(admin_client, word):
    Clustering.objects.create(
        word=word, descriptor=Clustering.IMPORTED, parameters={}, fingerprint="imported"
    )
    assert "Cluster 1" in admin_client.get(address(word)).text


def test_a_missing_backbone_does_not_take_the_page_with_it(admin_client, word, settings):
    settings.NST_BACKBONE, settings.NST_BACKBONE_FILE = "vgg19-caffe", "/nowhere.pth"
    response = admin_client.get(address(word), headers={"accept-language": "ja"})
    assert response.status_code == 200
    told, quoted = response.text.split('<span lang="en">vgg19-caffe: ', 1)
    assert told.endswith("技術的な理由： ")
    assert "/nowhere.pth" in quoted.partition("</span>")[0]
    data = {"image": first(word), "action": "exclude"}
    assert admin_client.post(address(word, "exclude"), data, headers=JSON).status_code == 200


def test_who_may_only_look_decides_nothing(word):
    client = somebody("view_webimage")
    text = client.get(address(word)).text
    assert "card" in text
    assert "Take out of use" not in text
    assert "Ask for it" not in text
    assert "<kbd>X</kbd>" not in text
    for name in ("exclude", "use", "cluster"):
        assert client.post(address(word, name), {"image": first(word)}).status_code == 403
    assert not WebImage.objects.exclude(excluded_at=None).exists()


def test_who_may_not_look_sees_nothing(client, word):
    assert client.get(address(word)).status_code == 302  # to the sign-in
    other = somebody()
    image = WebImage.objects.get(pk=first(word)[0])
    thumbnail = reverse("admin:generation_webimage_thumbnail", args=[image.sha256])
    similar = reverse("admin:generation_webimage_similar", args=[image.pk])
    for page in (address(word), address(word, "compare"), thumbnail, similar):
        assert other.get(page).status_code == 403


@pytest.mark.parametrize("name", ["exclude", "use", "cluster"])
def test_looking_changes_nothing(admin_client, word, name):
    assert admin_client.get(address(word, name)).status_code == 405


def test_a_decision_needs_the_token_of_the_page(admin_user, word):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    data = {"image": first(word), "action": "exclude"}
    assert client.post(address(word, "exclude"), data).status_code == 403


def test_similar_images_come_as_a_part_of_a_page(admin_client, word):
    pack_sketches()
    page = reverse("admin:generation_webimage_similar", args=first(word))
    text = admin_client.get(page).text
    assert "<html" not in text
    assert text.count("<li>") == 7


def test_a_thumbnail_is_small_and_kept_by_the_browser(admin_client, word):
    image = WebImage.objects.get(pk=first(word)[0])
    page = reverse("admin:generation_webimage_thumbnail", args=[image.sha256])
    response = admin_client.get(page)
    assert response["content-type"] == "image/jpeg"
    assert b"".join(response).startswith(b"\xff\xd8")
    assert "immutable" in response["cache-control"]
    assert admin_client.get(page.replace(image.sha256, "0" * 64)).status_code == 404


def test_the_list_of_words_leads_to_the_desk(admin_client, word):
    text = admin_client.get(reverse("admin:generation_word_changelist")).text
    assert f'href="{address(word)}"' in text


def test_jobs_are_listed(admin_client, word):
    job, _ = ask_cluster(word=word, parameters={})
    Item.objects.update(error="OSError: no space\n\nTraceback", state="failed")
    text = admin_client.get(reverse("admin:jobs_item_changelist")).text
    assert "OSError: no space" in text
    assert admin_client.get(
        reverse("admin:jobs_item_change", args=[job.pk])
    ).status_code == 200  # fmt: skip


def test_the_page_speaks_japanese(admin_client, word):
    text = admin_client.get(address(word), headers={"accept-language": "ja"}).text
    assert "クラスタ" in text
    assert "The next run" not in text
