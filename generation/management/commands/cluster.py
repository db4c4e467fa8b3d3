from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.models import Clustering, Word
from generation.nst import NstError
from generation.progress import Progress
from generation.services.cluster import cluster
from generation.services.describe import describe_images, undescribed


class Command(BaseCommand):
    help = "Describe the images of words, and split each word's into clusters of similar style."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--words", nargs="*", metavar="READING", help="all by default")
        parser.add_argument("--k", type=int, default=3, help="clusters per word")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, **options: Any) -> None:
        words = Word.objects.all()
        if options["words"]:
            words = words.by_reading(*options["words"])
        images = undescribed(words)
        try:
            with Progress("describe", len(images), "images") as bar:
                describe_images(images=images, progress=bar.add)
            found: list[Clustering] = []
            with Progress("cluster", len(words), "words") as bar:
                for word in words:
                    found.append(cluster(word=word, k=options["k"], seed=options["seed"]))
                    bar.add()
        except NstError as error:
            raise CommandError(str(error)) from error
        for clustering in found:
            self.stdout.write(_line(clustering))


def _line(clustering: Clustering) -> str:
    sizes = [row.members.count() for row in clustering.clusters.all()]
    quality = "" if clustering.silhouette is None else f", silhouette {clustering.silhouette:.2f}"
    return f"{clustering.word}: clusters of {sizes}{quality}"
