from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from generation.management.arguments import add_words, at_least_one, words_of
from generation.models import Clustering, Word
from generation.nst import NstError
from generation.nst.clustering import ClusteringError
from generation.progress import Progress
from generation.services.cluster import cluster
from generation.services.describe import describe_images, undescribed
from generation.services.similar import pack_sketches


class Command(BaseCommand):
    help = "Describe the images of words, and split each word's into clusters of similar style."

    def add_arguments(self, parser: CommandParser) -> None:
        add_words(parser)
        parser.add_argument("--k", type=at_least_one, default=3, help="clusters per word")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, **options: Any) -> None:
        words = words_of(options["words"])
        try:
            images = undescribed(words)
            with Progress("describe", len(images), "images") as bar:
                describe_images(images=images, progress=bar.add)
            pack_sketches()
        except (NstError, OSError) as error:  # such as a file that is missing
            raise CommandError(str(error)) from error
        found, failed = _cluster(words, options["k"], options["seed"])
        for clustering in found:
            self.stdout.write(_line(clustering))
        if failed:
            raise CommandError("\n".join(failed))


def _cluster(words: QuerySet[Word], k: int, seed: int) -> tuple[list[Clustering], list[str]]:
    """Each word's clustering; a word that cannot be clustered does not keep the others from it."""
    found, failed = [], []
    with Progress("cluster", len(words), "words") as bar:
        for word in words:
            try:
                found.append(cluster(word=word, k=k, seed=seed))
            except ClusteringError as error:
                failed.append(str(error))
            bar.add()
    return found, failed


def _line(clustering: Clustering) -> str:
    sizes = [row.members.count() for row in clustering.clusters.all()]
    quality = "" if clustering.silhouette is None else f", silhouette {clustering.silhouette:.2f}"
    return f"{clustering.word}: clusters of {sizes}{quality}"
