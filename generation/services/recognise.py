"""Described images -> how consistent each word is, and which word a machine sees in a stimulus."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from generation.models import Description, StyleCluster, StylisedImage, WebImage, Word
from generation.nst.axes import Axes, principal_axes
from generation.nst.recognition import (
    CrossValidation,
    Recogniser,
    RecognitionError,
    cross_validate,
    fit_recogniser,
)
from generation.services.describe import StoredStyles, current_descriptor, features_name


@dataclass(frozen=True)
class Corpus:
    """The usable described images of some words: row by row their key, word and style."""

    images: list[int]
    words: list[str]  # readings
    styles: StoredStyles
    axes: Axes


def corpus(*, words: Iterable[Word]) -> Corpus:
    """Raises RecognitionError where nothing is described yet."""
    rows = list(
        Description.objects.filter(
            descriptor=current_descriptor(),
            web_image__in=WebImage.objects.usable().filter(word__in=words),
        )
        .order_by("web_image__word__reading", "web_image__sha256", "pk")
        .values_list("web_image", "web_image__word__reading", "file", "web_image__sha256")
    )
    if not rows:
        raise RecognitionError("expected described images, there are none: run cluster")
    images, readings, files, hashes = zip(*rows, strict=True)
    styles = StoredStyles(files)
    return Corpus(list(images), list(readings), styles, principal_axes(styles, hashes))


def measure_consistency(
    *, corpus: Corpus, folds: int = 5, seed: int = 0, progress: Callable[[], None] | None = None
) -> CrossValidation:
    """Cross-validate the words against each other, and store each one's recall.

    A recall means something only beside the words that it was told from. So the stored ones are
    always those of one comparison, the last that was possible; all other words have none.
    """
    found = cross_validate(corpus.axes, corpus.words, folds=folds, seed=seed, progress=progress)
    with transaction.atomic():
        Word.objects.update(consistency=None)
        for reading, recall in found.recall.items():
            Word.objects.filter(reading=reading).update(consistency=recall)
    return found


def recognise(
    *,
    corpus: Corpus,
    words: Collection[str],
    images: Sequence[StylisedImage],
    seed: int = 0,
) -> Recogniser:
    """Store which of the words (readings) each described stimulus is taken for.

    All numbers are computed anew, because the classifier changes with the web images; describing
    the stimuli, which takes the time, is not repeated. Stimuli that are not among `images`, or
    whose word is not among `words`, have none.

    The classifier has seen the images that gave the stimuli their style. So it measures whether
    the style arrived, as this descriptor sees it, and not whether a stimulus looks like its word
    in general; for that there is `recognised_held_out`.
    """
    recogniser = fit_recogniser(
        corpus.styles, corpus.words, axes=corpus.axes, among=words, seed=seed
    )
    asked = [image for image in images if image.cluster.word.reading in words]
    keys = dict(Word.objects.values_list("reading", "pk"))
    for image, share in zip(asked, recogniser.predict_proba(_styles(asked)), strict=True):
        image.recognised = float(share[recogniser.words.index(image.cluster.word.reading)])
        image.recognised_as_id = keys[recogniser.words[int(share.argmax())]]
    with transaction.atomic():
        StylisedImage.objects.update(recognised=None, recognised_as=None)
        StylisedImage.objects.bulk_update(asked, ["recognised", "recognised_as"], batch_size=500)
    return recogniser


def recognised_held_out(
    *,
    corpus: Corpus,
    recogniser: Recogniser,
    images: Sequence[StylisedImage],
    progress: Callable[[], None] | None = None,
) -> dict[StylisedImage, bool]:
    """Whether each stimulus is taken for its word without the images that its style came from.

    One classifier per cluster, fitted as `recogniser` was but without the cluster's images and
    their copies. A stimulus is not in the answer when its word has no other images.
    """
    of_cluster: dict[StyleCluster, list[StylisedImage]] = {}
    for image in images:
        of_cluster.setdefault(image.cluster, []).append(image)
    answer: dict[StylisedImage, bool] = {}
    for cluster, made in of_cluster.items():
        members = set(cluster.members.values_list("web_image_id", flat=True))
        own = [i for i, key in enumerate(corpus.images) if key in members]
        without = fit_recogniser(
            corpus.styles, corpus.words, axes=corpus.axes, among=recogniser.words, without=own,
            strength=recogniser.strength,
        )  # fmt: skip
        if cluster.word.reading in without.words:
            place = without.words.index(cluster.word.reading)
            shares = without.predict_proba(_styles(made))
            answer |= zip(made, (shares.argmax(1) == place).tolist(), strict=True)
        if progress:
            progress()
    return answer


def _styles(images: Sequence[StylisedImage]) -> StoredStyles:
    return StoredStyles([features_name(image) for image in images])
