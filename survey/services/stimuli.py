"""The finished stylised images that a study's questions are composed of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from generation.models import (
    ClusterMember,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    WebImage,
    Word,
)
from generation.sources.licences import Demand, admits
from jobs.models import Item
from survey.errors import ComposeError

Stimuli = Mapping[Word, Sequence[StylisedImage]]
Images = Mapping[Recipe, Mapping[ContentImage, Stimuli]]
_Clusters = Mapping[Word, Sequence[StyleCluster]]
_Made = Mapping[tuple[int, int], StylisedImage]
_NAMED = 10  # images that a message names; the rest is a number


def finished_stimuli(
    *,
    contents: Sequence[ContentImage],
    words: Sequence[Word],
    recipes: Sequence[Recipe],
    licence: Demand = "any",
    clusters: int | None = None,
) -> Images:
    """By recipe and content each word's images, in the order of its clusters.

    With a number of clusters, of each word the first so many of those in use.

    Raises ComposeError where something is given twice or not at all, where a word has no
    clusters (made with this demand of licences) or fewer than the number, where images are
    missing: then it names content x word x recipe; and where a web image whose style they have
    has another licence than was demanded, as when that was corrected after clustering.
    """
    _check_given(contents, "content image")
    _check_given(words, "word")
    _check_given(recipes, "recipe")
    used = {
        recipe: _first(_clusters(contents, words, recipe, licence), clusters) for recipe in recipes
    }
    made = {recipe: _made(contents, used[recipe], recipe) for recipe in recipes}
    if lacks := {
        recipe: lack
        for recipe in recipes
        for lack in _lacks(contents, used[recipe], made[recipe], recipe)
    }:
        of = "" if licence == "any" else f" --licence {licence}"
        how = "".join(
            f"; run manage.py stylise{of} --recipe {recipe.name}"
            for recipe in lacks
            if not recipe.imported
        )
        raise ComposeError(f"stylised images {'; '.join(lacks.values())}{how}")
    check_licences([image for own in made.values() for image in own.values()], licence)
    return {
        recipe: {
            content: {
                word: [made[recipe][content.pk, cluster.pk] for cluster in own]
                for word, own in used[recipe].items()
            }
            for content in contents
        }
        for recipe in recipes
    }


def _check_given(things: Sequence[ContentImage | Word | Recipe], name: str) -> None:
    if not things:
        raise ComposeError(f"expected at least one {name}, got none")
    if twice := [str(thing) for thing, n in Counter(things).items() if n > 1]:
        raise ComposeError(f"expected each {name} once, got more of {', '.join(twice)}")


def _clusters(
    contents: Sequence[ContentImage], words: Sequence[Word], recipe: Recipe, licence: Demand
) -> dict[Word, list[StyleCluster]]:
    found = StyleCluster.objects.of_recipe(recipe, licence).filter(clustering__word__in=words)
    if recipe.imported:  # other contents may have come with more images
        images = StylisedImage.objects.filter(recipe=recipe, content__in=contents)
        found = found.filter(pk__in=images.order_by().values("cluster"))
    clusters: dict[Word, list[StyleCluster]] = {word: [] for word in words}
    ordered = found.order_by("clustering__word__reading", "clustering", "index")
    for cluster in ordered.select_related("clustering__word"):
        clusters[cluster.word].append(cluster)
    if bare := [word.reading for word, own in clusters.items() if not own]:
        raise ComposeError(_without_clusters(bare, recipe, licence))
    return clusters


def _first(clusters: dict[Word, list[StyleCluster]], count: int | None) -> _Clusters:
    if count is None:
        return clusters
    if fewer := [f"{w.reading} has {len(own)}" for w, own in clusters.items() if len(own) < count]:
        raise ComposeError(
            f"expected {count} style clusters in use of each word, got fewer: {', '.join(fewer)}"
        )
    return {word: own[:count] for word, own in clusters.items()}


def _without_clusters(readings: Sequence[str], recipe: Recipe, licence: Demand) -> str:
    bare = ", ".join(readings)
    if recipe.imported:
        return f"no image was imported as {recipe.name} for {bare}"
    if licence == "any":
        return f"no style cluster in use for {bare}: cluster these first"
    return (
        f"no style cluster in use that was made with --licence {licence} for {bare}: "
        f"run {_cluster_again(readings, licence)}, "
        f"then manage.py stylise --licence {licence} --recipe {recipe.name}"
    )


def _cluster_again(readings: Sequence[str], licence: Demand) -> str:
    return f"manage.py cluster --licence {licence} --words {' '.join(readings)}"


def check_licences(images: Sequence[StylisedImage], licence: Demand) -> None:
    """A clustering admitted what it was told of licences then; this looks at them now."""
    if licence == "any":
        return
    shown = StylisedImage.objects.filter(pk__in=[image.pk for image in images])
    behind = ClusterMember.objects.behind(shown).order_by().values("web_image")
    found = WebImage.objects.filter(pk__in=behind).select_related("word")
    refused = [
        image
        for image in found.order_by("word__reading", "pk")
        if not admits(licence, image.licence)
    ]
    if not refused:
        return
    named = "; ".join(
        f"{image.word.reading}: {image} (#{image.pk}, licence {image.licence or 'unknown'})"
        for image in refused[:_NAMED]
    )
    more = f"; and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
    readings = sorted({image.word.reading for image in refused})
    raise ComposeError(
        f"expected web images of licence {licence!r} only behind the stimuli, got {named}{more}; "
        f"without these: {_cluster_again(readings, licence)}, "
        f"then manage.py stylise --licence {licence}"
    )


def _made(contents: Sequence[ContentImage], clusters: _Clusters, recipe: Recipe) -> _Made:
    images = StylisedImage.objects.filter(
        content__in=contents,
        cluster__in=[cluster for own in clusters.values() for cluster in own],
        recipe=recipe,
    )
    return {(image.content_id, image.cluster_id): image for image in images}


def _lacks(
    contents: Sequence[ContentImage], clusters: _Clusters, made: _Made, recipe: Recipe
) -> Iterator[str]:
    """What is missing of each content, word by word with the states of its images."""
    parts = []
    for content in contents:
        states = {
            word: Counter(
                image.state if image else "not begun"
                for image in (made.get((content.pk, cluster.pk)) for cluster in own)
            )
            for word, own in clusters.items()
        }
        done = sum(counts.pop(Item.State.DONE, 0) for counts in states.values())
        if left := {word: counts for word, counts in states.items() if counts}:
            total = sum(map(len, clusters.values()))
            words = "; ".join(
                f"{word.reading} {', '.join(f'{n} {state}' for state, n in counts.items())}"
                for word, counts in left.items()
            )
            parts.append(f"{content.name} has {done} of {total} ({words})")
    if parts:
        yield f"by recipe {recipe.name} are missing: {'; '.join(parts)}"
