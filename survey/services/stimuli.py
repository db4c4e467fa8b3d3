"""The finished stylised images that a study's questions are composed of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

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
    _check_given(contents, ContentImage)
    _check_given(words, Word)
    _check_given(recipes, Recipe)
    used = {
        recipe: _first(_clusters(contents, words, recipe, licence), clusters) for recipe in recipes
    }
    made = {recipe: _made(contents, used[recipe], recipe) for recipe in recipes}
    if lacks := {
        recipe: lack
        for recipe in recipes
        for lack in _lacks(contents, used[recipe], made[recipe], recipe)
    }:
        told = _("stylised images %(lacks)s") % {"lacks": "; ".join(lacks.values())}
        of = "" if licence == "any" else f" --licence {licence}"
        for recipe in lacks:
            if not recipe.imported:
                command = f"manage.py stylise{of} --recipe {recipe.name}"
                told = _("%(told)s; run %(command)s") % {"told": told, "command": command}
        raise ComposeError(told)
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


def _check_given(
    things: Sequence[ContentImage | Word | Recipe], kind: type[ContentImage | Word | Recipe]
) -> None:
    name = kind._meta.verbose_name
    if not things:
        raise ComposeError(_("expected at least one %(name)s, got none") % {"name": name})
    if twice := [str(thing) for thing, n in Counter(things).items() if n > 1]:
        text = _("expected each %(name)s once, got more of %(twice)s")
        raise ComposeError(text % {"name": name, "twice": ", ".join(twice)})


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
    if fewer := [
        _("%(word)s has %(n)s") % {"word": word.reading, "n": len(own)}
        for word, own in clusters.items()
        if len(own) < count
    ]:
        text = _("expected %(n)s style clusters in use of each word, got fewer: %(fewer)s")
        raise ComposeError(text % {"n": count, "fewer": ", ".join(fewer)})
    return {word: own[:count] for word, own in clusters.items()}


def _without_clusters(readings: Sequence[str], recipe: Recipe, licence: Demand) -> str:
    facts = {"words": ", ".join(readings), "recipe": recipe.name, "licence": licence}
    if recipe.imported:
        return _("no image was imported as %(recipe)s for %(words)s") % facts
    if licence == "any":
        return _("no style cluster in use for %(words)s: cluster these first") % facts
    return _(
        "no style cluster in use that was made with --licence %(licence)s for %(words)s: run "
        "%(first)s, then %(then)s"
    ) % {
        **facts,
        "first": _cluster_again(readings, licence),
        "then": f"manage.py stylise --licence {licence} --recipe {recipe.name}",
    }


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
    readings = sorted({image.word.reading for image in refused})
    raise ComposeError(
        _(
            "expected web images of licence '%(licence)s' only behind the stimuli, got %(images)s; "
            "without these: %(first)s, then %(then)s"
        )
        % {
            "licence": licence,
            "images": _named(refused),
            "first": _cluster_again(readings, licence),
            "then": f"manage.py stylise --licence {licence}",
        }
    )


def _named(refused: Sequence[WebImage]) -> str:
    told = "; ".join(
        _("%(word)s: %(image)s (#%(number)s, licence %(licence)s)")
        % {
            "word": image.word.reading,
            "image": image,
            "number": image.pk,
            "licence": image.licence or _("unknown"),
        }
        for image in refused[:_NAMED]
    )
    if len(refused) > _NAMED:
        told = _("%(images)s; and %(n)s more") % {"images": told, "n": len(refused) - _NAMED}
    return told


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
                image.state if image else None
                for image in (made.get((content.pk, cluster.pk)) for cluster in own)
            )
            for word, own in clusters.items()
        }
        done = sum(counts.pop(Item.State.DONE, 0) for counts in states.values())
        if left := {word: counts for word, counts in states.items() if counts}:
            total = sum(map(len, clusters.values()))
            words = "; ".join(f"{word.reading} {_counted(own)}" for word, own in left.items())
            facts = {"content": content.name, "done": done, "total": total, "words": words}
            parts.append(_("%(content)s has %(done)s of %(total)s (%(words)s)") % facts)
    if parts:
        text = _("by recipe %(recipe)s are missing: %(parts)s")
        yield text % {"recipe": recipe.name, "parts": "; ".join(parts)}


def _counted(states: Mapping[Item.State | None, int]) -> str:
    return ", ".join(
        _("%(n)s %(state)s") % {"n": n, "state": state.label if state else _("not begun")}
        for state, n in states.items()
    )
