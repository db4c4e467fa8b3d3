"""Small studies made of rows and tiny pictures, without a style transfer."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from django.core.files.base import ContentFile
from PIL import Image

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
from jobs.services.ask import Wanted, ask

WORDS = [
    ("ふさふさ", "fusafusa"),
    ("ざらざら", "zarazara"),
    ("もふもふ", "mofumofu"),
    ("ごつごつ", "gotsugotsu"),
    ("きらきら", "kirakira"),
    ("でこぼこ", "dekoboko"),
    ("ふわふわ", "fuwafuwa"),
    ("もこもこ", "mokomoko"),
    ("さらさら", "sarasara"),
    ("すべすべ", "subesube"),
    ("つるつる", "tsurutsuru"),
    ("ぴかぴか", "pikapika"),
    ("ぷるぷる", "purupuru"),
    ("ぬるぬる", "nurunuru"),
    ("ねばねば", "nebaneba"),
    ("べたべた", "betabeta"),
    ("がさがさ", "gasagasa"),
    ("ぼこぼこ", "bokoboko"),
    ("ぶつぶつ", "butsubutsu"),
    ("とげとげ", "togetoge"),
    ("わさわさ", "wasawasa"),
    ("しわしわ", "shiwashiwa"),
    ("ぼろぼろ", "boroboro"),
]


def png(seed: int, size: int = 16) -> bytes:
    """A PNG of seeded noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def make_contents(count: int) -> list[ContentImage]:
    contents = []
    for index in range(count):
        data = png(1_000 + index)
        digest = hashlib.sha256(data).hexdigest()
        content = ContentImage(name=f"content{index}", sha256=digest)
        content.file.save(f"content/{digest}.png", ContentFile(data, name=digest), save=True)
        contents.append(content)
    return contents


def make_word(text: str, reading: str, clusters: int = 3) -> Word:
    word = Word.objects.create(text=text, reading=reading)
    clustering = Clustering.objects.create(
        word=word, descriptor="test", parameters={}, fingerprint=reading
    )
    for index in range(clusters):
        StyleCluster.objects.create(clustering=clustering, index=index)
    return word


def add_members(count: int = 2, *, first: int = 0, **fields: object) -> None:
    """Web images of 16 px to every cluster, from rank `first` on."""
    for cluster in StyleCluster.objects.select_related("clustering__word").order_by("pk"):
        for rank in range(first, first + count):
            data = png(1_000_000 + 100 * cluster.pk + rank)
            digest = hashlib.sha256(data).hexdigest()
            image = WebImage(
                word=cluster.word, provider="test", query=cluster.word.text, rank=rank,
                url=f"https://example.org/{cluster.pk}/{rank}.png", state="ok", sha256=digest,
                **fields,
            )  # fmt: skip
            image.file.save(f"web/{digest}.png", ContentFile(data, name=digest), save=True)
            ClusterMember.objects.create(cluster=cluster, web_image=image, rank=rank, distance=rank)


def make_recipe(name: str = "test", seed: int = 0) -> Recipe:
    value = NstRecipe(seed=seed)
    return Recipe.objects.get_or_create(
        sha256=value.sha256, defaults={"name": name, "parameters": value.to_json()}
    )[0]


def make_condition(name: str, *, imported: bool = False) -> Recipe:
    """The stimuli that there are once more, by another recipe."""
    number = Recipe.objects.count()
    recipe = make_recipe(name, seed=number)
    if imported:
        Recipe.objects.filter(pk=recipe.pk).update(imported=True)
        recipe.refresh_from_db()
    for image in StylisedImage.objects.filter(recipe__name="test").order_by("pk"):
        _store(image.content, image.cluster, recipe, seed=10_000 * number + image.pk)
    return recipe


def make_stimuli(contents: int = 3, words: int = 6, clusters: int = 3) -> list[StylisedImage]:
    """Every content x word x cluster as a finished stimulus of 16 px."""
    recipe = make_recipe()
    photographs = make_contents(contents)
    for text, reading in WORDS[:words]:
        make_word(text, reading, clusters)
    pairs = [
        (content, cluster)
        for content in photographs
        for cluster in StyleCluster.objects.select_related("clustering__word").order_by("pk")
    ]
    return [_store(*pair, recipe, seed=seed) for seed, pair in enumerate(pairs)]


def _store(
    content: ContentImage, cluster: StyleCluster, recipe: Recipe, seed: int
) -> StylisedImage:
    data = png(seed)
    digest = hashlib.sha256(data).hexdigest()
    image = StylisedImage(content=content, cluster=cluster, recipe=recipe, sha256=digest)
    image.file.save(f"stylised/{digest}.png", ContentFile(data, name=digest), save=True)
    return image


def unmake(image: StylisedImage, state: str) -> None:
    """Take the picture of a stimulus away, as if its making stood at `state`."""
    job = ask(kind="stylise", items=[Wanted(key=str(image.pk))])
    job.items.update(state=state)
    StylisedImage.objects.filter(pk=image.pk).update(item=job.items.get(), file="", sha256="")
