from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.management.arguments import add_words, words_of
from generation.models import StylisedImage
from generation.nst import NstError
from generation.nst.recognition import CrossValidation, Recogniser
from generation.progress import Progress
from generation.services.describe import UNREADABLE, describe_stimuli, undescribed_stimuli
from generation.services.recognise import (
    Corpus,
    corpus,
    measure_consistency,
    recognise,
    recognised_held_out,
)
from jobs.management.arguments import at_least_one


class Command(BaseCommand):
    help = (
        "Tell the words' described images apart by a linear classifier of styles: how consistent "
        "each word's images are, and which word the classifier sees in each stylised image."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        parser.add_argument("--folds", type=at_least_one, default=5, help="of cross-validation")
        parser.add_argument("--seed", type=int, default=0, help="of the folds")
        parser.add_argument(
            "--held-out", action="store_true",
            help="also ask classifiers that never saw the images a stimulus' style came from",
        )  # fmt: skip

    def handle(self, **options: Any) -> None:
        folds, seed = options["folds"], options["seed"]
        try:
            words = words_of(options["words"])
            images = corpus(words=words)
            with Progress("compare", folds, "folds") as bar:
                found = measure_consistency(corpus=images, folds=folds, seed=seed, progress=bar.add)
            self.stdout.write(_table(found, [word.reading for word in words]))
            stimuli = _described()
            recogniser = recognise(corpus=images, words=found.words, images=stimuli, seed=seed)
            if stimuli:
                self._tell(images, recogniser, stimuli, options["held_out"])
        except (NstError, *UNREADABLE) as error:  # such as a file that is missing
            raise CommandError(str(error)) from error

    def _tell(
        self, images: Corpus, recogniser: Recogniser, stimuli: list[StylisedImage], held_out: bool
    ) -> None:
        asked = [image for image in stimuli if image.recognised_as_id]
        right = sum(image.recognised_as_id == image.cluster.word.pk for image in asked)
        self.stdout.write(f"{right} of {len(asked)} stimuli are taken for their word")
        if left := len(stimuli) - len(asked):
            self.stdout.write(f"stimuli of words that were not compared: {left}")
        if held_out and asked:
            clusters = len({image.cluster_id for image in asked})
            with Progress("hold out", clusters, "clusters") as bar:
                answer = recognised_held_out(
                    corpus=images, recogniser=recogniser, images=asked, progress=bar.add
                )
            self.stdout.write(
                f"{sum(answer.values())} of {len(answer)} without the images their style came from"
            )


def _described() -> list[StylisedImage]:
    """The finished stimuli, each with stored features."""
    stimuli = list(
        StylisedImage.objects.done().select_related("cluster__clustering__word").order_by("pk")
    )
    waiting = undescribed_stimuli(stimuli)
    with Progress("describe", len(waiting), "images") as bar:
        describe_stimuli(images=waiting, progress=bar.add)
    return stimuli


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
