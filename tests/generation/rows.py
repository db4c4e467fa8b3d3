"""Queues of images that take a fraction of a second each."""

from __future__ import annotations

from generation.models import (
    Clustering,
    ClusterMember,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    WebImage,
    Word,
)
from generation.nst.recipe import Recipe as NstRecipe
from generation.nst.recipe import Scale
from generation.services.contents import add_content
from generation.services.store import store_png
from generation.services.stylise import enqueue, save_recipe
from jobs.models import Item
from tests.generation.pictures import noise

TINY = NstRecipe(scales=(Scale(size=32, iterations=2),), precision="float32")


def make_contents(count: int) -> list[ContentImage]:
    return [add_content(name=f"content{i}", image=noise(100 + i, 40, 32)) for i in range(count)]


def make_web_image(word: Word, number: int) -> WebImage:
    name, digest = store_png("web", noise(200 + number))
    return WebImage.objects.create(
        word=word, provider="test", query="", rank=number, url=f"test:{number}", state="ok",
        file=name, sha256=digest,
    )  # fmt: skip


def make_clusters(count: int = 1, reading: str = "fusafusa") -> list[StyleCluster]:
    """Clusters of one image each."""
    word = Word.objects.create(text=reading, reading=reading)
    clustering = Clustering.objects.create(
        word=word, descriptor="test", parameters={}, fingerprint=reading
    )
    clusters = []
    for index in range(count):
        cluster = StyleCluster.objects.create(clustering=clustering, index=index)
        image = make_web_image(word, index)
        ClusterMember.objects.create(cluster=cluster, web_image=image, rank=0, distance=0)
        clusters.append(cluster)
    return clusters


def make_recipe(**changes: object) -> Recipe:
    value = NstRecipe(**{"scales": TINY.scales, "precision": TINY.precision, **changes})
    return save_recipe(name=f"tiny-{value.sha256[:8]}", value=value)


def make_queue(contents: int = 3, clusters: int = 1) -> list[StylisedImage]:
    """Every content x cluster by a tiny recipe, in the order of the queue."""
    styles = make_clusters(clusters)
    enqueue(contents=make_contents(contents), recipes=[make_recipe()], clusters=styles)
    return list(StylisedImage.objects.order_by("pk"))


def make_done(contents: int = 3, clusters: int = 1) -> list[StylisedImage]:
    """As `make_queue`, with a picture of its own in the place of each stimulus."""
    rows = make_queue(contents, clusters)
    for number, row in enumerate(rows):
        name, row.sha256 = store_png("stylised", noise(300 + number, 40, 32))
        row.file.name, row.width, row.height = name, 40, 32
        row.save()
    Item.objects.filter(stylised__in=rows).update(state="done")
    return rows
