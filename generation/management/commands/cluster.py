from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from typing import Any, Literal

from django.core.management.base import BaseCommand, CommandParser

from generation.management.arguments import add_licence, add_words, words_of
from generation.models import Clustering
from generation.nst.clustering import AUTO
from generation.services.desk import CLUSTER, ask_clusters
from jobs.management.arguments import add_wait, at_least_one
from jobs.management.waiting import asked_for, raise_failures, tell_of, wait_for
from jobs.models import Item

_UNITS = {"describe": "images", "cluster": "words"}


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
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        names = ("k", "seed", "deep_weight", "style_weight", "licence")
        parameters = {name: options[name] for name in names}
        words = words_of(options["words"])
        items = asked_for(lambda: ask_clusters(words=words, parameters=parameters), parameters)
        if not options["wait"]:
            tell_of(items, self.stdout)
            return
        ended = wait_for(items, name=CLUSTER, unit="words", stages=_UNITS)
        for item in ended:
            if item.state == Item.State.DONE:
                found = Clustering.objects.select_related("word").get(pk=item.outcome[1:])
                self.stdout.write(_line(found))
        raise_failures(ended)


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
