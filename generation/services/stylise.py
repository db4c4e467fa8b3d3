"""StyleCluster -> StylisedImage: queueing, and making a claimed batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from PIL import Image

from generation.models import ContentImage, Recipe, StyleCluster, StylisedImage
from generation.nst.recipe import Recipe as NstRecipe
from generation.services.masks import ensure_mask
from generation.services.store import store_png
from jobs.models import Item, Job
from jobs.services.ask import Wanted, ask
from jobs.services.batch import Batch

if TYPE_CHECKING:
    from generation.nst import Step, Style, Stylised

KIND = "stylise"


def save_recipe(*, name: str, value: NstRecipe) -> Recipe:
    """The stored recipe of this value; its name is that of its first saving."""
    return Recipe.objects.get_or_create(
        sha256=value.sha256, defaults={"name": name, "parameters": value.to_json()}
    )[0]


def enqueue(
    *,
    contents: Iterable[ContentImage],
    recipes: Iterable[Recipe],
    clusters: Iterable[StyleCluster] | None = None,
    priority: int = 0,
    asked_by: User | None = None,
) -> Job | None:
    """Queue every content x cluster x recipe that there is not yet; by default all clusters in use.

    Neighbours in the queue share their cluster, so that a batch computes its style once; only
    images of one recipe and one shape come into a batch, for those are optimised together. None
    where there is nothing to make. Raises RecipeError for a recipe whose images are made elsewhere.
    """
    photographs, stored = list(contents), list(recipes)
    for recipe in stored:
        recipe.value  # noqa: B018  it refuses
    if clusters is None:
        in_use = StyleCluster.objects.in_use().order_by("pk")
        clusters = in_use.select_related("clustering__word")
    wanted = [
        StylisedImage(content=content, cluster=cluster, recipe=recipe)
        for cluster in clusters
        for recipe in stored
        for content in photographs
    ]
    while True:
        try:
            return _queue(wanted, photographs, priority, asked_by)
        except IntegrityError:  # somebody else queued some of these in this moment: look again
            continue


@transaction.atomic
def _queue(
    wanted: Sequence[StylisedImage],
    photographs: Sequence[ContentImage],
    priority: int,
    asked_by: User | None,
) -> Job | None:
    """Those that are not there yet, and those that lost their item before they were made."""
    known = {_key(image): image for image in StylisedImage.objects.filter(content__in=photographs)}
    new = [image for image in wanted if _key(image) not in known]
    lost = [
        found
        for image in wanted
        if (found := known.get(_key(image))) and not (found.sha256 or found.item_id)
    ]
    if not (new or lost):
        return None
    pairs = {(i.recipe_id, i.content_id): (i.recipe, i.content) for i in [*lost, *new]}
    groups = {key: _group(*pair) for key, pair in pairs.items()}
    job = ask(
        kind=KIND,
        about=", ".join(content.name for content in photographs),
        items=[
            Wanted(
                key=_key(image),
                label=str(image),
                part=image.content.name,
                group=groups[image.recipe_id, image.content_id],
            )
            for image in [*lost, *new]
        ],
        priority=priority,
        asked_by=asked_by,
    )
    items = {item.key: item for item in job.items.all()}
    for image in [*lost, *new]:
        image.item = items[_key(image)]
    StylisedImage.objects.bulk_create(new)
    StylisedImage.objects.bulk_update(lost, ["item"])
    return job


def _key(image: StylisedImage) -> str:
    return f"{image.content_id}-{image.cluster_id}-{image.recipe_id}"


def _group(recipe: Recipe, content: ContentImage) -> str:
    """The recipe, and the size of what it will make of the photograph."""
    scale = recipe.value.size / max(content.width, content.height, 1)
    return f"{recipe.pk} {round(content.width * scale)}x{round(content.height * scale)}"


def make(batch: Batch) -> None:
    """Compute the images of a claimed batch and store each as it is finished.

    A bad photograph fails alone. A batch that was killed and is claimed again as it was continues
    from its checkpoints.
    """
    made = StylisedImage.objects.filter(item__in=batch.items)
    rows = {row.item_id: row for row in made.select_related("content", "recipe", "cluster")}
    for item in batch.items:
        if item.pk not in rows:  # somebody removed the image
            batch.commit(item)
    pairs = [(item, rows[item.pk]) for item in batch.items if item.pk in rows]
    if pairs:
        _make(batch, [item for item, _row in pairs], [row for _item, row in pairs])


def _make(batch: Batch, items: list[Item], rows: list[StylisedImage]) -> None:
    from generation.nst import stylise  # PyTorch, which a web process does without

    recipe = rows[0].recipe.value
    told = 0.0

    def on_step(step: Step) -> None:
        nonlocal told
        batch.check()
        now = len(rows) * step.done / step.total
        batch.advance(now - told)
        told = now
        reached = sum(scale.iterations for scale in recipe.scales[: step.scale]) + step.iteration
        own = [items[content] for content, _style in step.pairs]
        batch.tell(own, KIND, reached, recipe.iterations)

    def on_error(content: int, style: int, error: Exception) -> None:
        batch.fail(items[content], error)

    styles: dict[int, Style] = {}
    for row in rows:
        if row.cluster_id not in styles:
            styles[row.cluster_id] = _style(row.cluster, recipe)
    order = list(styles)
    results = stylise(
        [_open(row.content.file) for row in rows],
        list(styles.values()),
        recipe,
        pairs=[(i, order.index(row.cluster_id)) for i, row in enumerate(rows)],
        masks=_masks(rows, recipe),
        device=settings.NST_DEVICE,
        batch_size=settings.NST_BATCH_SIZE,
        backbone_file=settings.NST_BACKBONE_FILE,
        checkpoints=settings.DATA_DIR / "checkpoints",
        on_step=on_step,
        on_error=on_error,
    )
    for result in results:
        _commit(batch, items[result.content], rows[result.content], result)


def _masks(rows: list[StylisedImage], recipe: NstRecipe) -> list[Image.Image] | None:
    """The objects of the rows' photographs, where the recipe changes nothing else."""
    if recipe.foreground == "none":
        return None
    return [ensure_mask(content=row.content) for row in rows]


def _commit(batch: Batch, item: Item, row: StylisedImage, result: Stylised) -> None:
    """Store a result, if its item is still this batch's: first the whole file, then the row."""
    name, digest = batch.patiently(lambda: store_png("stylised", result.image))
    width, height = result.image.size
    values = {
        "file": name, "sha256": digest, "width": width, "height": height, "loss": result.loss,
        "seconds": result.seconds, "device": f"{result.device} {result.precision}",
        "finished_at": timezone.now(), **asdict(result.compatibility),
    }  # fmt: skip
    batch.commit(item, lambda: StylisedImage.objects.filter(pk=row.pk).update(**values))


def _style(cluster: StyleCluster, recipe: NstRecipe) -> Style:
    from generation.nst import Style

    members = cluster.members.typical().select_related("web_image")[: recipe.style_members]
    return Style(
        [_open(member.web_image.file) for member in members], [member.weight for member in members]
    )


def _open(stored: FieldFile) -> Image.Image:
    with stored.open() as file:
        return Image.open(file).convert("RGB")
