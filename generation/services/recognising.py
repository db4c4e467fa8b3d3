"""Recognising as long work: asked for as one item, whose outcome says in words what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generation.models import StylisedImage, Word
from generation.nst.recognition import CrossValidation, Recogniser
from generation.services.describe import describe_stimuli, undescribed_stimuli
from generation.services.recognise import (
    Corpus,
    corpus,
    measure_consistency,
    recognise,
    recognised_held_out,
)
from jobs.models import Item
from jobs.services.ask import Wanted, ask_once
from jobs.services.batch import Batch, Tally

KIND = "recognise"


def ask_recognise(
    *, words: Iterable[Word], folds: int = 5, seed: int = 0, held_out: bool = False
) -> tuple[Item, bool]:
    """Tell these words apart; whether that is new. Only one comparison is stored at a time."""
    keys = [word.pk for word in words]
    parameters = {"words": keys, "folds": folds, "seed": seed, "held_out": held_out}
    return ask_once(kind=KIND, item=Wanted(key="all", parameters=parameters))


def recognise_words(batch: Batch) -> None:
    """Compare the item's words, and ask the classifier about the stimuli, described where needed.

    Features are stored picture by picture, so that work which was killed goes on from them.
    """
    (item,) = batch.items
    asked, tally = item.parameters, batch.tally(item, stages=3)
    words = list(Word.objects.filter(pk__in=asked["words"]))
    folds, seed = asked["folds"], asked["seed"]
    images = corpus(words=words)
    tally.begin("compare", folds)
    found = measure_consistency(corpus=images, folds=folds, seed=seed, progress=tally.add)
    told = [_table(found, [word.reading for word in words])]
    stimuli = _described(tally)
    recogniser = recognise(corpus=images, words=found.words, images=stimuli, seed=seed)
    if stimuli:
        told += _told(stimuli)
        if asked["held_out"]:
            told += _held_out(images, recogniser, stimuli, tally)
    batch.commit(item, outcome="\n".join(told))


def _described(tally: Tally) -> list[StylisedImage]:
    """The finished stimuli, each with stored features."""
    done = StylisedImage.objects.done().select_related("cluster__clustering__word")
    stimuli = list(done.order_by("pk"))
    waiting = undescribed_stimuli(stimuli)
    tally.begin("describe", len(waiting))
    describe_stimuli(images=waiting, progress=tally.add)
    return stimuli


def _told(stimuli: Sequence[StylisedImage]) -> list[str]:
    asked = [image for image in stimuli if image.recognised_as_id]
    right = sum(image.recognised_as_id == image.cluster.word.pk for image in asked)
    lines = [f"{right} of {len(asked)} stimuli are taken for their word"]
    if left := len(stimuli) - len(asked):
        lines.append(f"stimuli of words that were not compared: {left}")
    return lines


def _held_out(
    images: Corpus, recogniser: Recogniser, stimuli: Sequence[StylisedImage], tally: Tally
) -> list[str]:
    asked = [image for image in stimuli if image.recognised_as_id]
    if not asked:
        return []
    tally.begin("hold out", len({image.cluster_id for image in asked}))
    answer = recognised_held_out(
        corpus=images, recogniser=recogniser, images=asked, progress=tally.add
    )
    right = sum(answer.values())
    return [f"{right} of {len(answer)} without the images their style came from"]


def _table(found: CrossValidation, words: list[str]) -> str:
    """A line per word; readings, because Latin letters are all of one width."""
    width = max(4, *map(len, words))
    lines = [f"{'word':<{width}}  images  recall  most often mistaken for"]
    for word, recall in found.recall.items():
        other = found.mistaken(word)
        mistaken = f"{other[0]} ({other[1]})" if other else "none"
        lines.append(f"{word:<{width}}  {found.counts[word]:>6}  {recall:>6.0%}  {mistaken}")
    for word in words:
        if word not in found.words:
            reason = found.not_estimable.get(word, "none of its images is described")
            lines.append(f"{word:<{width}}  {'':>6}  {'-':>6}  not estimable: {reason}")
    mean = sum(found.recall.values()) / len(found.words)
    lines.append(f"mean recall {mean:.0%}, chance {found.chance:.0%}")
    return "\n".join(lines)
