"""Small studies made of rows and tiny pictures, without a style transfer."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from django.core.files.base import ContentFile
from PIL import Image

from generation.models import (
    Clustering,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    Word,
)
from generation.nst.recipe import Recipe as NstRecipe

WORDS = [
    ("ふさふさ", "fusafusa"),
    ("ざらざら", "zarazara"),
    ("もふもふ", "mofumofu"),
    ("ごつごつ", "gotsugotsu"),
    ("きらきら", "kirakira"),
    ("でこぼこ", "dekoboko"),
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


def make_recipe() -> Recipe:
    value = NstRecipe()
    return Recipe.objects.get_or_create(
        sha256=value.sha256, defaults={"name": "test", "parameters": value.to_json()}
    )[0]


def make_stimuli(contents: int = 3, words: int = 6, clusters: int = 3) -> list[StylisedImage]:
    """Every content x word x cluster as a finished stimulus of 16 px."""
    recipe = make_recipe()
    photographs = make_contents(contents)
    for text, reading in WORDS[:words]:
        make_word(text, reading, clusters)
    stimuli = []
    for seed, (content, cluster) in enumerate(
        (content, cluster)
        for content in photographs
        for cluster in StyleCluster.objects.select_related("clustering__word").order_by("pk")
    ):
        data = png(seed)
        digest = hashlib.sha256(data).hexdigest()
        image = StylisedImage(
            content=content, cluster=cluster, recipe=recipe, state="done", sha256=digest
        )
        image.file.save(f"stylised/{digest}.png", ContentFile(data, name=digest), save=True)
        stimuli.append(image)
    return stimuli
