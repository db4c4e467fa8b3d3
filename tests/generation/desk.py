"""A word's desk with described images of two styles, clustered in a fraction of a second."""

from __future__ import annotations

import io

import numpy as np

from generation.models import Clustering, Description, WebImage, Word
from generation.nst.features import DESCRIPTOR
from generation.nst.retrieval import sketch
from generation.services.cluster import cluster
from generation.services.store import store
from tests.generation.rows import make_web_image


def describe(image: WebImage, style: np.ndarray) -> None:
    data = io.BytesIO()
    style = style.astype("f4")
    np.savez(data, deep=np.ones(4, "f4"), style=style, sketch=sketch(style))
    name, _ = store("features", data.getvalue(), ".npz")
    Description.objects.create(web_image=image, descriptor=DESCRIPTOR, file=name)


def make_images(word: Word, count: int, first: int = 0) -> list[WebImage]:
    """Described images, in turn of one style and another."""
    generator = np.random.default_rng(first)
    centres = np.random.default_rng(0).normal(size=(2, 200))
    images = [make_web_image(word, first + number) for number in range(count)]
    for number, image in enumerate(images):
        style = centres[number % 2] + 0.1 * generator.normal(size=200)
        describe(image, style / np.linalg.norm(style))
    return images


def make_desk(count: int = 8, text: str = "ふさふさ", reading: str = "fusafusa") -> Word:
    """A word with `count` images in two clusters of half of them each."""
    word = Word.objects.create(text=text, reading=reading, gloss="soft, long, thick hair")
    images = make_images(word, count)
    WebImage.objects.filter(pk=images[0].pk).update(
        title="A cat", creator="Hanako", licence="CC BY 4.0",
        licence_url="https://cc.example/by", page_url="https://photos.example/1",
    )  # fmt: skip
    cluster(word=word, k=2)
    return word


def last(word: Word) -> Clustering:
    return word.clusterings.latest("chosen_at")
