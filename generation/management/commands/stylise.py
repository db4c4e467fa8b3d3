from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.management.arguments import add_licence, contents_of
from generation.models import Recipe, StyleCluster, StylisedImage
from generation.nst import NstError
from generation.nst.devices import pick_device
from generation.nst.recipe import PRESETS
from generation.querysets import StyleClusterQuerySet
from generation.services.stylise import enqueue, save_recipe
from generation.sources.licences import Demand
from jobs.management.arguments import add_batch_size, add_wait
from jobs.management.waiting import tell_of, wait_for
from jobs.models import Item
from jobs.services.ask import retry


class Command(BaseCommand):
    help = (
        "Make every content x word x cluster with a recipe; continues where it was stopped, "
        "and tries again what had failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--contents", nargs="*", action="extend", metavar="NAME", help="all by default"
        )
        parser.add_argument("--recipe", default="study", help="a stored recipe or a preset")
        add_licence(parser)
        add_batch_size(parser)
        add_wait(parser)

    def handle(self, **options: Any) -> None:
        contents = contents_of(options["contents"])
        clusters = _clusters(options["licence"])
        recipe = _recipe(options["recipe"])
        enqueue(contents=contents, recipes=[recipe], clusters=clusters)
        rows = StylisedImage.objects.filter(content__in=contents, recipe=recipe)
        # Whoever asks again wants the failed ones tried again.
        retry(Item.objects.filter(stylised__in=rows))
        items = list(Item.objects.open().filter(stylised__in=rows).order_by("pk"))
        if options["wait"]:
            wait_for(
                items, name=f"stylise on {_device()}", unit="images",
                batch_size=options["batch_size"],
            )  # fmt: skip
        elif items:
            tell_of(items, self.stdout)
        counts = rows.counts()
        self.stdout.write(", ".join(f"{n} {state}" for state, n in counts.items() if n))
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} images failed; the admin lists their errors")


def _device() -> str:
    try:
        return str(pick_device(settings.NST_DEVICE))
    except NstError as error:
        raise CommandError(str(error)) from error


def _clusters(licence: Demand) -> StyleClusterQuerySet:
    clusters = StyleCluster.objects.in_use(licence)
    if clusters.exists():
        return clusters.order_by("pk")
    if licence == "any":
        raise CommandError("there are no style clusters in use yet: run collect and cluster")
    raise CommandError(
        "there are no style clusters of web images of such licences in use yet: run "
        f"manage.py cluster --licence {licence}"
    )


def _recipe(name: str) -> Recipe:
    recipes = Recipe.objects.makeable()
    if found := recipes.filter(name=name).first():
        return found
    if name not in PRESETS:
        stored = list(recipes.values_list("name", flat=True))
        raise CommandError(f"expected a recipe of {[*stored, *PRESETS]}, got {name!r}")
    return save_recipe(name=name, value=PRESETS[name])
