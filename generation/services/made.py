"""How far the stimuli of photographs are: by word and cluster, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.db.models import Count, Max, Q, Sum

from generation.models import ContentImage, StyleCluster, StylisedImage, Word
from generation.querysets import StylisedImageQuerySet
from jobs.models import Item, Job
from jobs.services.overview import how_far


@dataclass(frozen=True, slots=True)
class OfCluster:
    """The stimuli of a word's cluster."""

    cluster: StyleCluster
    images: list[StylisedImage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OfWord:
    """The stimuli of a word, by cluster."""

    word: Word
    clusters: list[OfCluster] = field(default_factory=list)

    @property
    def images(self) -> list[StylisedImage]:
        return [image for own in self.clusters for image in own.images]

    @property
    def done(self) -> int:
        return sum(bool(image.sha256) for image in self.images)


@dataclass(frozen=True, slots=True)
class Made:
    """The stimuli of some photographs.

    `counts` has a number for every state of an item, `seconds_left` is None where there is no
    pace yet. `failed` are those that wait for somebody, `again` those that failed and are queued
    once more.
    """

    counts: dict[str, int]
    words: Sequence[OfWord]
    failed: Sequence[StylisedImage]
    again: Sequence[StylisedImage]
    seconds_left: float | None
    recipes: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def share(self) -> float:
        """Of all stimuli what is done; of those that are being made their steps count."""
        making = [i.item for own in self.words for i in own.images if i.item and not i.sha256]
        return self.counts["done"] + sum(item.share for item in making if item.state == "leased")

    @property
    def busy(self) -> bool:
        return self.counts["queued"] + self.counts["leased"] > 0


def made_of(contents: Collection[ContentImage]) -> Made:
    """All stimuli of these photographs, whoever asked for them."""
    rows = _of(contents)
    images = list(
        rows.select_related("item", "content", "recipe", "cluster__clustering__word").order_by(
            "cluster__clustering__word__reading", "cluster__clustering", "cluster__index",
            "content__name", "recipe__name",
        )
    )  # fmt: skip
    counts = dict.fromkeys(Item.State.values, 0)
    for image in images:
        counts[image.state] += 1
    return Made(
        counts=counts,
        words=_by_word(images),
        failed=[image for image in images if image.state == Item.State.FAILED],
        again=[
            image
            for image in images
            if image.state == Item.State.QUEUED and image.item and image.item.error
        ],
        seconds_left=_seconds_left(images),
        recipes=len({image.recipe_id for image in images}),
    )


def stamp_of(contents: Collection[ContentImage]) -> str:
    """Another text as soon as `made_of` says something else of these photographs."""
    rows: Any = _of(contents).order_by()
    states = rows.with_state().values_list("stands").annotate(n=Count("pk")).order_by("stands")
    last = rows.aggregate(
        Max("pk"),
        Max("finished_at"),
        Max("item__finished_at"),
        Sum("item__attempts"),
        steps=Sum("item__done", filter=Q(item__state=Item.State.LEASED)),
    )
    told = [sorted(content.pk for content in contents), list(states), last]
    return sha256(repr(told).encode()).hexdigest()[:32]


def _of(contents: Collection[ContentImage]) -> StylisedImageQuerySet:
    return StylisedImage.objects.filter(content__in=[content.pk for content in contents])


def _by_word(images: Sequence[StylisedImage]) -> list[OfWord]:
    words: list[OfWord] = []
    for image in images:
        if not words or words[-1].word != image.cluster.word:
            words.append(OfWord(image.cluster.word))
        clusters = words[-1].clusters
        if not clusters or clusters[-1].cluster != image.cluster:
            clusters.append(OfCluster(image.cluster))
        clusters[-1].images.append(image)
    return words


def _seconds_left(images: Sequence[StylisedImage]) -> float | None:
    """Until the jobs that are at work end, by their pace.

    Their items for other photographs count: the queue goes from cluster to cluster, so that the
    last stimulus of each photograph comes near the end.
    """
    items = [image.item for image in images if image.item and image.item.is_open]
    if not any(item.state == Item.State.LEASED for item in items):
        return None
    jobs = list(Job.objects.filter(pk__in={item.job_id for item in items}))
    times = [each.seconds_left for each in how_far(jobs)]
    return max((each for each in times if each is not None), default=None)
