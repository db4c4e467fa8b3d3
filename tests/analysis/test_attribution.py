"""The page and the file that say whose images a study uses."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from generation.models import ClusterMember, ContentImage, Recipe, StylisedImage, WebImage
from survey.models import Study
from survey.services.access import own
from tests.analysis import factories
from tests.analysis.pages import Page
from tests.factories import add_members

pytestmark = pytest.mark.django_db

PAGE, FILE = "/results/study/attribution/", "/results/study/attribution.csv"
LICENCES = ["", "CC BY-ND 2.0", "CC0"]


@pytest.fixture
def study():
    """Two photographs and three words, each with three clusters of two images."""
    study = factories.make_study(contents=2, words=3)
    add_members(creator="Anna", licence="CC0")
    return study


@pytest.fixture
def images(study):
    """One of each standing among the 18, all the others free."""
    images = list(WebImage.objects.order_by("pk")[:3])
    for image, licence in zip(images, LICENCES, strict=True):
        image.licence, image.title = licence, f"Picture of {licence or 'nobody'}"
        image.save()
    return images


def visit(client, **query):
    response = client.get(PAGE, query, headers={"accept-language": "en"})
    assert response.status_code == 200
    return response.text


def table(response):
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_the_page_counts_and_marks(admin_client, images):
    html = visit(admin_client)
    assert html.count('class="thumb"') == 18 + 2
    text = Page(html).text
    assert "Any licence 18" in text
    assert "⚠ licence unknown 1" in text
    assert "⚠ not known to allow changed images 1" in text
    assert "allows changed images 16" in text
    assert "CC BY-ND 2.0 ⚠ not known to allow changed images" in text
    assert "Licences that the study admits: any, also unknown ." in text


@pytest.mark.parametrize(("place", "standing"), list(enumerate(["unknown", "unsure", "free"])))
def test_the_page_of_one_standing(admin_client, images, place, standing):
    html = visit(admin_client, standing=standing)
    assert [image.title in html for image in images] == [i == place for i in range(3)]
    assert admin_client.get(PAGE, {"standing": "nono"}).status_code == 404


def test_no_image_is_so(admin_client, study):
    assert "No web image of this study is so." in visit(admin_client, standing="unknown")


def test_thumbnails_are_for_those_who_may_see_web_images(client, study, django_user_model):
    user = django_user_model.objects.create_user("reader", is_staff=True)
    own(study=study, user=user)
    client.force_login(user)
    sha256 = WebImage.objects.first().sha256
    thumbnail = reverse("admin:generation_webimage_thumbnail", args=[sha256])
    assert thumbnail not in visit(client)
    user.user_permissions.add(Permission.objects.get(codename="view_webimage"))
    assert thumbnail in visit(client)


def test_addresses_of_other_schemes_are_no_links(admin_client, images):
    WebImage.objects.filter(pk=images[2].pk).update(
        url="javascript:alert(1)", licence_url="javascript:alert(2)", title=""
    )
    html = visit(admin_client)
    assert "javascript:" not in html
    assert "untitled" in html


def test_what_has_no_web_images_says_so(admin_client, study):
    ClusterMember.objects.all().delete()
    html = visit(admin_client)
    assert "No stimulus of this study has its style from a web image." in html
    assert "content0" in html


def test_stimuli_made_elsewhere(admin_client, study):
    Recipe.objects.update(imported=True, parameters={"method": "SDXL 1.0"})
    StylisedImage.objects.update(licence="CC0")
    text = Page(visit(admin_client)).text
    assert "Stimuli made elsewhere SDXL 1.0 18 images CC0" in text
    (row,) = (row for row in table(admin_client.get(FILE)) if row["kind"] == "imported stimuli")
    assert (row["title"], row["licence"], row["images"]) == ("SDXL 1.0", "CC0", "18")


def test_a_study_without_questions(admin_client):
    Study.objects.create(slug="study")
    assert "This study has no questions yet." in visit(admin_client)
    assert table(admin_client.get(FILE)) == []


def test_the_file(admin_client, images):
    ContentImage.objects.filter(name="content0").update(credit="Rachel", licence="CC BY 4.0")
    response = admin_client.get(FILE)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="study-attribution.csv"' in response.headers["Content-Disposition"]
    rows = table(response)
    assert [row["kind"] for row in rows] == ["web image"] * 18 + ["photograph"] * 2
    by_hash = {row["sha256"]: row for row in rows}
    standings = [by_hash[image.sha256]["licence_standing"] for image in images]
    assert standings == ["unknown", "unsure", "free"]
    first = by_hash[images[0].sha256]
    assert (first["word"], first["reading"]) == ("ふさふさ", "fusafusa")
    assert (first["creator"], first["source"]) == ("Anna", images[0].url)
    assert (rows[-2]["title"], rows[-2]["creator"], rows[-2]["licence"]) == (
        "content0", "Rachel", "CC BY 4.0",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "＝1"])
def test_no_text_runs_as_a_formula(admin_client, images, text):
    WebImage.objects.filter(pk=images[0].pk).update(title=text)
    titles = [row["title"] for row in table(admin_client.get(FILE))]
    assert f"'{text}" in titles
    assert text not in titles


def test_the_file_is_for_staff_alone_and_read_only(client, admin_client, study):
    assert client.get(FILE).headers["Location"].startswith("/admin/login/")
    assert admin_client.post(FILE).status_code == 405
    assert admin_client.get("/results/other/attribution.csv").status_code == 404


def test_queries_do_not_grow_with_images(admin_client, study, django_assert_num_queries):
    visit(admin_client)  # after which the process knows the study
    for members in (2, 10):
        if members > 2:
            ClusterMember.objects.all().delete()
            WebImage.objects.all().delete()
            add_members(members)
        with django_assert_num_queries(10):
            visit(admin_client)
        with django_assert_num_queries(6):
            assert len(table(admin_client.get(FILE))) == 9 * members + 2
