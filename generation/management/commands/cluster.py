from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from typing import Any, Literal

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from generation.management.arguments import add_licence, add_words, words_of
from generation.models import Clustering, Word
from generation.nst import NstError
from generation.nst.clustering import AUTO, ClusteringError
from generation.progress import Progress
from generation.services.cluster import cluster
from generation.services.describe import describe_images, undescribed
from generation.services.similar import pack_sketches
from jobs.management.arguments import at_least_one


class Command(BaseCommand):
    help = "Describe the images of words, and split each word's into clusters of similar style."

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        parser.add_argument(
            "--k", type=_k, default=3,
            help="clusters per word; auto: of 2 to 8 what has the largest silhouette",
        )  # fmt: skip
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--deep-weight", type=_weight, default=1.0, help="of what is shown")
        parser.add_argument("--style-weight", type=_weight, default=1.0, help="of how it looks")
        add_licence(parser)

    def handle(self, **options: Any) -> None:
        words = words_of(options["words"])
        try:
            images = undescribed(words)
            with Progress("describe", len(images), "images") as bar:
                describe_images(images=images, progress=bar.add)
            pack_sketches()
        except (NstError, OSError) as error:  # such as a file that is missing
            raise CommandError(str(error)) from error
        names = ("k", "seed", "deep_weight", "style_weight", "licence")
        found, failed = _cluster(words, {name: options[name] for name in names})
        for clustering in found:
            self.stdout.write(_line(clustering))
        if failed:
            raise CommandError("\n".join(failed))


def _k(text: str) -> int | Literal["auto"]:
    return AUTO if text == AUTO else at_least_one(text)


def _weight(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of at least 0, got {text!r}")
    return number


def _cluster(
    words: QuerySet[Word], parameters: dict[str, Any]
) -> tuple[list[Clustering], list[str]]:
    """Each word's clustering; a word that cannot be clustered does not keep the others from it."""
    found, failed = [], []
    with Progress("cluster", len(words), "words") as bar:
        for word in words:
            try:
                found.append(cluster(word=word, **parameters))
            except ClusteringError as error:
                failed.append(str(error))
            bar.add()
    return found, failed


def _line(clustering: Clustering) -> str:
    """As "word: clusters of [12, 7], silhouette 0.41 [0.50, 0.26], tightness [0.61, 0.70]"."""
    rows = list(clustering.clusters.counted())
    line = f"{clustering.word}: clusters of {[row.size for row in rows]}"
    if clustering.silhouette is not None:
        each = _figures(row.silhouette for row in rows)
        line += f", silhouette {clustering.silhouette:.2f} {each}"
    line += f", tightness {_figures(row.tightness for row in rows)}"
    outliers = sum(row.outlier_count for row in rows)
    return line + (f", {outliers} outliers" if outliers else "")


def _figures(values: Iterable[float | None]) -> str:
    """Those that are known: clusterings of an earlier version have none of single clusters."""
    return "[" + ", ".join("-" if value is None else f"{value:.2f}" for value in values) + "]"
