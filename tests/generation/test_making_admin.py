"""What to make of photographs, and how it comes."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import ContentImage, Recipe, StyleCluster, StylisedImage
from generation.services.contents import keep_content
from generation.services.store import store_png
from jobs.models import Item, Job
from tests.factories import make_recipe as make_plain_recipe
from tests.generation.pictures import noise
from tests.generation.rows import make_clusters, make_queue, make_recipe
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db

PAGE = "/admin/generation/contentimage/stimuli/"
MAKE, MADE, AGAIN = (f"{PAGE}{name}/" for name in ("make", "made", "try-again"))


def keep(number: int = 1) -> ContentImage:
    return keep_content(name=f"new{number}", image=noise(900 + number))[0]


def finish(image: StylisedImage) -> None:
    name, digest = store_png("stylised", noise(image.pk))
    StylisedImage.objects.filter(pk=image.pk).update(
        file=name, sha256=digest, width=48, height=40, finished_at=timezone.now()
    )


def test_all_words_are_every_cluster_by_every_recipe_in_use(admin_client, admin_user):
    make_clusters(2)
    make_clusters(1, "zarazara")
    make_recipe()
    Recipe.objects.filter(pk=make_recipe(seed=1).pk).update(in_use=False)
    new = [keep(1), keep(2)]
    keys = [content.pk for content in new]
    assert "3 images per photograph: 2 words, 3 clusters" in admin_client.get(
        PAGE, {"content": keys}
    ).text.replace("</small>", "")
    response = admin_client.post(MAKE, {"content": keys, "for": "all"}, follow=True)
    assert "6 stimuli are queued." in response.text
    assert response.redirect_chain == [(f"{PAGE}?content={keys[0]}&content={keys[1]}#stimuli", 302)]
    assert "0 of 6 done, 6 queued" in response.text
    job = Job.objects.get()
    assert (job.asked_by, job.priority) == (admin_user, 10)
    again = admin_client.post(MAKE, {"content": keys, "for": "all"}, follow=True)
    assert "All of these are there already, or were asked for before." in again.text
    assert StylisedImage.objects.count() == 6


def test_a_study_gets_its_words_by_its_recipes(admin_client):
    study = make_study(words=3)
    other = make_clusters(2, "nebaneba")  # no question is about it
    make_recipe(seed=7)
    new = keep()
    text = admin_client.get(PAGE, {"content": new.pk}).text
    assert f'value="study-{study.pk}" checked' in text
    assert "textures (live)" in text
    admin_client.post(MAKE, {"content": new.pk, "for": f"study-{study.pk}"})
    made = StylisedImage.objects.filter(content=new)
    assert {image.recipe for image in made} == {make_plain_recipe()}
    of_words = StyleCluster.objects.exclude(pk__in=[cluster.pk for cluster in other])
    assert {image.cluster for image in made} == set(of_words)
    assert len(made) == 9


def test_a_study_that_is_over_asks_for_nothing(admin_client):
    study = make_study()
    type(study).objects.update(status="closed")
    assert "textures (" not in admin_client.get(PAGE, {"content": keep().pk}).text


def test_nothing_chosen_is_an_error(admin_client):
    make_clusters(1)
    make_recipe()
    for chosen in ({}, {"for": "study-999"}):
        response = admin_client.post(MAKE, {"content": keep().pk, **chosen}, follow=True)
        assert "Choose what the stimuli are to be made for." in response.text
    assert not Job.objects.exists()


def test_where_nothing_can_be_made_the_page_says_so(admin_client):
    text = admin_client.get(PAGE, {"content": keep().pk}).text
    assert "Nothing can be made yet" in text
    assert "None was asked for yet." in text


def test_stimuli_are_by_word_and_cluster(admin_client):
    rows = make_queue(contents=2, clusters=2)
    finish(rows[0])
    keys = {"content": [row.content_id for row in rows]}
    text = admin_client.get(MADE, keys).text
    assert "1 of 4 done, 3 queued" in text
    assert text.count("<h3") == 1
    assert "1 of 4</small>" in text
    first, second = (text.index(f"Cluster {index}") for index in (0, 1))
    assert first < text.index(StylisedImage.objects.get(pk=rows[0].pk).file.url) < second
    assert text.count('class="made-name">content1') == 2


def test_the_part_is_sent_again_only_when_something_changed(admin_client):
    rows = make_queue(contents=2)
    keys = {"content": rows[0].content_id}
    stamp = admin_client.get(MADE, keys)["ETag"]

    def look(**headers: str) -> int:
        seen = {"if-none-match": stamp, **headers}
        return admin_client.get(MADE, keys, headers=seen).status_code

    assert look() == 304
    assert look(**{"accept-language": "ja"}) == 200
    finish(rows[1])  # of another photograph
    assert look() == 304
    Item.objects.filter(stylised=rows[0]).update(state="failed", finished_at=timezone.now())
    assert look() == 200
    stamp = admin_client.get(MADE, keys)["ETag"]
    finish(rows[0])
    assert look() == 200


def test_the_time_left_is_by_the_pace_of_the_job(admin_client):
    rows = make_queue(contents=4)
    now = timezone.now()
    began = now - timedelta(seconds=100)
    done, *others = (Item.objects.get(stylised=row) for row in rows)
    Item.objects.filter(pk=done.pk).update(state="done", started_at=began, finished_at=now)
    finish(rows[0])
    keys = {"content": [row.content_id for row in rows]}
    assert "left" not in admin_client.get(MADE, keys).text  # nobody works on it
    Item.objects.filter(pk=others[0].pk).update(
        state="leased", lease_until=now + timedelta(minutes=1), batch=uuid.uuid4()
    )
    assert "about 5 min left" in admin_client.get(MADE, keys).text
    # The last one of a single photograph comes as late.
    alone = {"content": rows[-1].content_id}
    Item.objects.filter(stylised=rows[-1]).update(
        state="leased", lease_until=now + timedelta(minutes=1), batch=uuid.uuid4()
    )
    assert "about 5 min left" in admin_client.get(MADE, alone).text


def test_steps_of_the_first_ones_are_a_pace_too(admin_client):
    rows = make_queue(contents=2)
    keys = {"content": [row.content_id for row in rows]}
    now = timezone.now()
    Item.objects.filter(stylised=rows[0]).update(
        state="leased", lease_until=now + timedelta(minutes=1), batch=uuid.uuid4(),
        started_at=now - timedelta(seconds=100), stage="stylise", done=0, total=64,
    )  # fmt: skip
    before = admin_client.get(MADE, keys)
    assert "left" not in before.text
    Item.objects.filter(stylised=rows[0]).update(done=16)
    after = admin_client.get(MADE, keys)
    assert after["ETag"] != before["ETag"]
    assert "about 12 min left" in after.text
    assert 'value="0.25"' in after.text
    assert "25 %" in after.text


def test_failed_ones_have_their_reason_and_are_tried_again(admin_client):
    one, other, third = make_queue(contents=3)
    failed = Item.objects.filter(stylised__in=[one, other, third])
    failed.update(state="failed", error="no light\n\nTraceback", finished_at=timezone.now())
    keys = {"content": [one.content_id, other.content_id]}
    text = admin_client.get(PAGE, keys).text
    assert "2 stimuli failed" in text
    assert '</strong>: <span lang="en">no light</span>' in text
    assert "Traceback" not in text
    response = admin_client.post(AGAIN, {**keys, "image": one.pk}, follow=True)
    assert "1 stimulus is queued again." in response.text
    admin_client.post(AGAIN, keys)
    states = [Item.objects.get(stylised=row).state for row in (one, other, third)]
    assert states == ["queued", "queued", "failed"]


def test_what_is_tried_again_by_itself_says_why(admin_client):
    row = make_queue(contents=1)[0]
    keys = {"content": row.content_id}
    stamp = admin_client.get(MADE, keys)["ETag"]
    Item.objects.update(error="MemoryError: no room\n\nTraceback", attempts=1)
    response = admin_client.get(MADE, keys, headers={"if-none-match": stamp})
    told = "content0 x fusafusa 0 failed and is tried again by itself:"
    assert f'{told} <span lang="en">MemoryError: no room</span>' in response.text
    assert "Traceback" not in response.text


def test_a_photograph_s_own_page_comes_back_to_itself(admin_client):
    row = make_queue(contents=1)[0]
    Item.objects.update(state="failed", finished_at=timezone.now())
    page = f"/admin/generation/contentimage/{row.content_id}/change/"
    text = admin_client.get(page).text
    assert text.count('name="back" value="change"') == 2
    response = admin_client.post(AGAIN, {"content": row.content_id, "back": "change"})
    assert response.url == f"{page}#stimuli"
    assert "back=change" in text


def test_photographs_that_are_not_there_are_no_page(admin_client):
    for content in ("", "0", "999", "x", "9" * 30, [keep().pk, "999"]):
        for address in (PAGE, MADE):
            assert admin_client.get(address, {"content": content}).status_code == 404
        assert admin_client.post(MAKE, {"content": content, "for": "all"}).status_code == 404


def test_who_may_only_look_sees_them_and_makes_nothing(client, django_user_model, permission):
    rows = make_queue(contents=1)
    Item.objects.update(state="failed", finished_at=timezone.now())
    keys = {"content": rows[0].content_id}
    user = django_user_model.objects.create_user("taro", is_staff=True)
    client.force_login(user)
    assert client.get(PAGE, keys).status_code == 403
    user.user_permissions.add(permission("view_contentimage"))
    text = client.get(PAGE, keys).text
    assert "1 stimulus failed" in text
    assert "Try again" not in text
    assert "What to make" not in text
    for address in (MAKE, AGAIN):
        assert client.post(address, {**keys, "for": "all"}).status_code == 403


@pytest.mark.parametrize("clusters", [1, 4])
def test_more_stimuli_take_no_more_queries(admin_client, django_assert_num_queries, clusters):
    rows = make_queue(contents=3, clusters=clusters)
    keys = {"content": [row.content_id for row in rows]}
    # Session, user, contents, stimuli; clusters, recipes and questions that one can make for.
    with django_assert_num_queries(7):
        admin_client.get(PAGE, keys)
    # Session, user; contents and two for the stamp; contents and stimuli.
    with django_assert_num_queries(7):
        admin_client.get(MADE, keys)
