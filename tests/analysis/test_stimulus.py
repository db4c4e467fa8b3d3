"""The page of one stimulus: votes that are recounted, hashes that are read, and its price."""

from collections import Counter

import pytest
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import StylisedImage
from survey.models import Option, Study
from survey.services.access import own
from tests.analysis import factories, recount
from tests.analysis.pages import Page
from tests.factories import add_members
from tests.survey import studies

pytestmark = pytest.mark.django_db


def address(image, slug="study"):
    return f"/results/{slug}/stimuli/{image.pk}/"


def offered(study):
    return StylisedImage.objects.filter(
        options__question__study=study, options__question__kind="word"
    ).distinct()


def expected_rows(study, image):
    """Votes and answers of each question that offers the image, its own word first."""
    trials = [t for t in recount.counted(study) if t.question.kind == "word"]
    votes, shown = Counter(), Counter()
    options = set(image.options.values_list("pk", flat=True))
    for trial in trials:
        if options & set(trial.grid):
            shown[trial.question] += 1
            votes[trial.question] += trial.chosen_id in options
    rows = []
    for option in image.options.filter(question__study=study, question__kind="word"):
        q = option.question
        rows.append((not option.is_target, q.index, str(votes[q]), str(shown[q])))
    return [row[2:] for row in sorted(rows)]


def assert_recounted(client, study):
    for image in offered(study):
        page = Page(client.get(address(image, study.slug)).content.decode())
        header, *rows = page.tables[0]
        first = header.index("Votes")
        assert [tuple(row[first : first + 2]) for row in rows] == expected_rows(study, image)


def test_every_vote(admin_client, crowd):
    assert_recounted(admin_client, crowd)


def test_every_vote_where_distractors_are_redrawn(admin_client):
    study = studies.make_study(distractors=Study.Distractors.REDRAWN, words=5, contents=1)
    for number in range(3):
        studies.finish(studies.make_participant(study, label=f"p{number}"))
    image = offered(study).first()
    assert sum(int(shown) for _votes, shown in expected_rows(study, image)) > 0
    assert_recounted(admin_client, study)


def test_only_of_the_answers_that_are_selected(admin_client):
    study = factories.make_study()
    factories.add_people(study, 2)
    factories.add_people(study, 3, origin="pilot")
    image = offered(study).first()
    pages = [
        Page(admin_client.get(address(image) + query).content.decode())
        for query in ("", "?origin=live&origin=pilot")
    ]
    assert [page.tables[0][1][2] for page in pages] == ["2", "5"]


def test_the_fragment_is_the_page_without_what_surrounds_it(admin_client):
    study = factories.make_study()
    html = admin_client.get(address(offered(study).first()) + "?fragment=1").content.decode()
    assert html.count("<h1") == 1
    assert "<html" not in html
    assert "not estimable: no answers yet" in html


def test_sources_recipe_and_measures(admin_client):
    study = factories.make_study()
    add_members(1, creator="Anna Meyer", title="A rug", licence="CC0")
    image = offered(study).first()
    StylisedImage.objects.filter(pk=image.pk).update(loss=12345.678, style_distance=0.25)
    text = Page(admin_client.get(address(image)).content.decode()).text
    for part in (
        "Anna Meyer",
        "A rug",
        "CC0",
        "12,346",
        "0.25",
        image.recipe.sha256,
        "style_layers",
    ):
        assert part in text


@pytest.mark.parametrize("damage", ["changed", "missing", "pinned"])
def test_hashes_that_do_not_agree_are_said(admin_client, damage):
    study = factories.make_study()
    image = offered(study).first()
    assert "all agree" in admin_client.get(address(image)).content.decode()
    if damage == "pinned":
        Option.objects.filter(stylised=image).update(sha256="0" * 64)
    elif damage == "missing":
        default_storage.delete(image.file.name)
    else:
        with default_storage.open(image.file.name, "wb") as file:
            file.write(b"another image")
    html = admin_client.get(address(image)).content.decode()
    assert "all agree" not in html
    assert "they do not agree" in html
    assert ("There is no file." in html) == (damage == "missing")


def test_what_is_not_there(admin_client):
    study = factories.make_study()
    image = offered(study).first()
    Study.objects.create(slug="other")
    assert admin_client.get(address(image, "other")).status_code == 404
    assert admin_client.get("/results/study/stimuli/999999/").status_code == 404


def test_for_staff_alone_and_read_only(client, admin_client):
    study = factories.make_study()
    url = address(offered(study).first())
    assert client.get(url).headers["Location"].startswith("/admin/login/")
    reader = get_user_model().objects.create_user("reader", is_staff=True)
    own(study=study, user=reader)
    client.force_login(reader)
    html = client.get(url).content.decode()
    assert "thumbnail" not in html
    assert admin_client.post(url).status_code == 405


def test_queries(admin_client):
    study = factories.make_study()
    add_members()
    url = address(offered(study).first())
    counts = []
    for seed in (1, 2):
        factories.add_people(study, 5, seed=seed)
        admin_client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(url).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
