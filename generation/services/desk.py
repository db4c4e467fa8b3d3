"""What people ask for at a word's desk and at the map: asking, and doing what was claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User

from generation.models import Word
from generation.services.cluster import cluster
from generation.services.describe import describe_images, undescribed
from generation.services.similar import pack_sketches
from generation.services.style_map import draw_style_map
from jobs.models import Item
from jobs.services.ask import Wanted, ask_each, ask_once
from jobs.services.batch import Batch

CLUSTER, STYLE_MAP, DESCRIBE = "cluster", "style-map", "describe"
# Somebody looks at the page and waits: it goes before the images of a night.
_WAITED_FOR = 100


def ask_cluster(
    *, word: Word, parameters: Mapping[str, Any], asked_by: User | None = None
) -> tuple[Item, bool]:
    """Cluster a word's images by `parameters` of `services.cluster`; whether that is new.

    What waits already is done as it was asked for first.
    """
    item = Wanted(key=str(word.pk), label=str(word), parameters=parameters)
    return ask_once(kind=CLUSTER, item=item, priority=_WAITED_FOR, asked_by=asked_by)


def ask_clusters(*, words: Iterable[Word], parameters: Mapping[str, Any]) -> list[Item]:
    """`ask_cluster` for several words, as one job of those that nobody asked for yet."""
    wanted = [Wanted(key=str(w.pk), label=str(w), parameters=parameters) for w in words]
    about = ", ".join(each.label for each in wanted)
    return ask_each(kind=CLUSTER, items=wanted, about=about)


def ask_describe(*, words: Iterable[Word]) -> list[Item]:
    """Describe the words' images, word by word, which clustering and the map do as well."""
    wanted = [Wanted(key=str(word.pk), label=str(word)) for word in words]
    about = ", ".join(each.label for each in wanted)
    return ask_each(kind=DESCRIBE, items=wanted, about=about)


def ask_map(*, seed: int = 0, asked_by: User | None = None) -> tuple[Item, bool]:
    """Draw the style map; whether that is new."""
    item = Wanted(key="all", parameters={"seed": seed})
    return ask_once(kind=STYLE_MAP, item=item, priority=_WAITED_FOR, asked_by=asked_by)


def last_asked(kind: str, key: str) -> Item | None:
    """The latest work of a kind on something."""
    items = Item.objects.filter(kind=kind, key=key).select_related("job__asked_by")
    return items.order_by("-pk").first()


def describe_word(batch: Batch) -> None:
    """Features are stored image by image, so that work which was killed goes on from them."""
    (item,) = batch.items
    tally = batch.tally(item)
    images = undescribed([Word.objects.get(pk=item.key)])
    tally.begin(DESCRIBE, len(images))
    describe_images(images=images, progress=tally.add)
    batch.commit(item, outcome=str(len(images)))


def cluster_word(batch: Batch) -> None:
    (item,) = batch.items
    tally, word = batch.tally(item, stages=2), Word.objects.get(pk=item.key)
    images = undescribed([word])
    tally.begin("describe", len(images))
    describe_images(images=images, progress=tally.add)
    tally.begin("cluster", 1)
    pack_sketches()
    clustering = cluster(word=word, **item.parameters)
    batch.commit(item, outcome=f"#{clustering.pk}")


def draw_map(batch: Batch) -> None:
    (item,) = batch.items
    seed = item.parameters.get("seed", 0)  # those asked for by earlier versions have none
    drawn = draw_style_map(tally=batch.tally(item, stages=2), seed=seed)
    batch.commit(item, outcome=f"#{drawn.pk}")
