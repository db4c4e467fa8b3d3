"""What is stored about clusters, with features made by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from generation.models import Clustering, ClusterMember, Description, StyleCluster, Word
from generation.nst.clustering import ClusteringError
from generation.nst.recipe import Recipe as NstRecipe
from generation.services import stylise
from generation.services.cluster import cluster
from generation.services.describe import current_descriptor
from generation.services.store import store
from tests.generation.rows import make_web_image

pytestmark = pytest.mark.django_db

# Two groups of six along a line; the last of the first group is far from it.
FIRST, SECOND = [0.0, 0.1, 0.2, 0.3, 0.4, 3.0], [9.0, 9.1, 9.2, 9.3, 9.4, 9.5]


def described(places, reading="zarazara"):
    """A word with an image at each place, by style and not by what is shown."""
    word = Word.objects.create(text=reading, reading=reading)
    for number, place in enumerate(places):
        image = make_web_image(word, number)
        packed = io.BytesIO()
        np.savez(packed, deep=np.ones(2, "f4"), style=np.array([place, 1], "f4"))
        name, _ = store("features", packed.getvalue(), ".npz")
        Description.objects.create(web_image=image, descriptor=current_descriptor(), file=name)
    return word


def image_at(number):
    return ClusterMember.objects.get(web_image__url=f"test:{number}")


def test_each_cluster_has_its_size_tightness_and_silhouette():
    clustering = cluster(word=described(FIRST + SECOND), k=2)
    rows = list(clustering.clusters.counted())
    assert sorted((row.size, row.outlier_count) for row in rows) == [(6, 0), (6, 1)]
    for row in rows:
        distances = np.array(row.members.values_list("distance", flat=True))
        assert row.tightness == pytest.approx(np.sqrt((distances**2).mean()))
        assert 0.5 < row.silhouette < 1
    assert clustering.silhouette == pytest.approx(np.mean([row.silhouette for row in rows]))


def test_clusters_are_counted_in_their_own_order():
    clustering = cluster(word=described(FIRST + SECOND), k=2)
    first, second = clustering.clusters.all()
    for row, index in ((first, 2), (second, 0)):
        row.index = index
        row.save(update_fields=["index"])
    assert list(clustering.clusters.counted()) == [second, first]


def test_an_outlier_stays_a_member_but_makes_no_style():
    cluster(word=described(FIRST + SECOND), k=2)
    far = image_at(5)
    assert far.outlier
    assert far.rank == 5
    members = far.cluster.members
    assert far in members.all()
    assert [member.rank for member in members.typical()] == [0, 1, 2, 3, 4]
    assert [member.rank for member in members.exemplars(3)] == [0, 1, 2]
    assert far not in members.exemplars(6)
    style = stylise._style(far.cluster, NstRecipe(style_members=6))
    assert len(style.images) == len(style.weights) == 5


def test_auto_stores_what_was_asked_and_what_was_chosen():
    word = described([*FIRST[:5], *SECOND, 20.0, 20.1, 20.2])
    clustering = cluster(word=word, k="auto")
    assert (clustering.parameters["k"], clustering.parameters["chosen_k"]) == ("auto", 3)
    assert clustering.clusters.count() == 3
    assert cluster(word=word, k="auto") == clustering
    asked = cluster(word=word, k=3)
    assert asked != clustering
    assert (asked.parameters["k"], asked.parameters["chosen_k"]) == (3, 3)


def test_auto_needs_three_images():
    with pytest.raises(ClusteringError, match=r"zarazara.*at least 3 described images, got 2"):
        cluster(word=described([0.0, 1.0]), k="auto")


def test_a_weight_of_nothing_leaves_that_descriptor_out():
    word = described(FIRST)
    with pytest.raises(ClusteringError, match="at least 2 different images, got 1"):
        cluster(word=word, k=2, style_weight=0)
    assert cluster(word=word, k=2, deep_weight=0).clusters.count() == 2


def test_the_command_tells_the_quality_and_takes_the_weights():
    described(FIRST + SECOND)
    said = io.StringIO()
    call_command("cluster", "--k", "auto", "--deep-weight", "0", "--style-weight", "2", stdout=said)
    clustering = Clustering.objects.get()
    assert clustering.parameters == {
        "k": "auto", "chosen_k": 2, "seed": 0, "deep_weight": 0.0, "style_weight": 2.0,
    }  # fmt: skip
    first, second = clustering.clusters.all()
    assert said.getvalue() == (
        f"zarazara (zarazara): clusters of [6, 6], silhouette {clustering.silhouette:.2f} "
        f"[{first.silhouette:.2f}, {second.silhouette:.2f}], "
        f"tightness [{first.tightness:.2f}, {second.tightness:.2f}], 1 outliers\n"
    )


def test_a_clustering_from_before_there_was_quality_is_told_without():
    clustering = cluster(word=described(FIRST + SECOND), k=2)
    StyleCluster.objects.update(tightness=None, silhouette=None)
    said = io.StringIO()
    call_command("cluster", "--k", "2", stdout=said)
    assert f"silhouette {clustering.silhouette:.2f} [-, -], tightness [-, -]" in said.getvalue()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deep-weight", "-1"], "--deep-weight: expected a number of at least 0, got '-1'"),
        (["--style-weight", "nan"], "--style-weight: expected a number of at least 0, got 'nan'"),
        (["--k", "many"], "--k: expected a whole number of at least 1, got 'many'"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("cluster", *arguments)


def test_the_admin_shows_each_clusters_quality_and_no_outlier(admin_client):
    cluster(word=described(FIRST + SECOND), k=2)
    text = admin_client.get("/admin/generation/clustering/").text
    far = image_at(5)
    assert f"images: 6, outliers: 1, tightness: {far.cluster.tightness:.2f}, silhouette: " in text
    assert far.web_image.file.url not in text
    assert text.count("/media/web/") == 11
    japanese = admin_client.get(
        "/admin/generation/clustering/", headers={"accept-language": "ja"}
    ).text
    assert "画像 6 枚、外れ値 1 枚、まとまり" in japanese
