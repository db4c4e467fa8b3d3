"""StyleCluster -> StylisedImage: queueing, and making a claimed batch."""

from __future__ import annotations

import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from PIL import Image, UnidentifiedImageError

from generation.models import ContentImage, Recipe, StyleCluster, StylisedImage
from generation.nst.errors import ImageError, RecipeError
from generation.nst.recipe import Recipe as NstRecipe
from generation.querysets import StylisedImageQuerySet
from generation.services import leases
from generation.services.heartbeat import Heartbeat, LeaseLost
from generation.services.masks import ensure_mask
from generation.services.store import store_png

if TYPE_CHECKING:
    from generation.nst import Step, Style, Stylised

_PAUSE = 0.5  # seconds between two looks at work that others do
# What comes back the same however often and wherever one tries.
_FINAL = (ImageError, RecipeError, FileNotFoundError, UnidentifiedImageError)


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
) -> None:
    """Queue every content x cluster x recipe that there is not yet; by default all clusters in use.

    Neighbours in the queue share their cluster, so that a batch computes its style once. Raises
    RecipeError for a recipe whose images are made elsewhere.
    """
    photographs, stored = list(contents), list(recipes)
    for recipe in stored:
        recipe.value  # noqa: B018  it refuses
    chosen = StyleCluster.objects.in_use().order_by("pk") if clusters is None else clusters
    StylisedImage.objects.bulk_create(
        [
            StylisedImage(content=content, cluster=cluster, recipe=recipe, priority=priority)
            for recipe in stored
            for cluster in chosen
            for content in photographs
        ],
        ignore_conflicts=True,
    )


def make(
    *, batch: uuid.UUID, ids: Iterable[int], progress: Callable[[float], None] | None = None
) -> None:
    """Compute the claimed images of a batch and store each as it is finished.

    `progress` receives the images' worth of work done since it was called last. A bad image
    fails alone. A batch that was killed and is claimed again as it was continues from its
    checkpoints. Ends quietly when the lease is lost.
    """
    rows = list(
        StylisedImage.objects.filter(pk__in=list(ids), state="leased", batch=batch)
        .select_related("content", "recipe", "cluster")
        .order_by("pk")
    )
    with Heartbeat(batch) as heartbeat:
        try:
            _make_together(rows, heartbeat, progress)
        except LeaseLost:
            return
        except Exception as error:
            _make_alone(rows, heartbeat, error)


def queue_again(*, rows: QuerySet[StylisedImage]) -> int:
    """Give failed images a fresh start; returns how many there were."""
    return rows.filter(state="failed").update(
        state="queued", attempts=0, error="", not_before=timezone.now(), finished_at=None
    )


def finish(
    *, rows: StylisedImageQuerySet, batch_size: int, progress: Callable[[float, float], None]
) -> None:
    """Work in this process until none of `rows` is queued or being made, here or elsewhere.

    `progress(images done, images in all)` counts from the start of this call.
    """
    total = rows.unfinished().count()
    while (left := rows.unfinished().count()) > 0:
        total = max(total, left)  # somebody may queue more
        done = float(total - left)
        progress(done, total)
        leases.sweep()
        batch, ids = leases.claim(limit=batch_size, rows=rows)
        if not ids:
            time.sleep(_PAUSE)  # the rest is with another worker, or waits for its next attempt
            continue

        def add(amount: float, total: int = total) -> None:
            nonlocal done
            done += amount
            progress(done, total)

        make(batch=batch, ids=ids, progress=add)
    progress(total, total)


def _make_together(
    rows: list[StylisedImage], heartbeat: Heartbeat, progress: Callable[[float], None] | None
) -> None:
    from generation.nst import stylise  # PyTorch, which a web process does without

    if not rows:
        return
    recipe = rows[0].recipe.value
    told = 0.0

    def on_step(step: Step) -> None:
        nonlocal told
        heartbeat.check()
        now = len(rows) * step.done / step.total
        if progress:
            progress(now - told)
        told = now

    def on_error(content: int, style: int, error: Exception) -> None:
        _fail(rows[content], error)

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
        _commit(rows[result.content], result)


def _make_alone(rows: list[StylisedImage], heartbeat: Heartbeat, error: Exception) -> None:
    """One by one what failed together, as when a file is missing."""
    if len(rows) == 1:
        _fail(rows[0], error)
        return
    mine = leases.held(heartbeat.batch, StylisedImage.objects.all())
    for row in mine.filter(pk__in=[row.pk for row in rows]):
        try:
            _make_together([row], heartbeat, None)
        except LeaseLost:
            return
        except Exception as alone:
            _make_alone([row], heartbeat, alone)


def _fail(row: StylisedImage, error: Exception) -> None:
    """Give a row back with the reason, if it is still this batch's."""
    mine = StylisedImage.objects.filter(pk=row.pk, state="leased", batch=row.batch, fence=row.fence)
    reason = "".join(traceback.format_exception(error))
    leases.give_back(mine, error=reason, final=isinstance(error, _FINAL))


def _masks(rows: list[StylisedImage], recipe: NstRecipe) -> list[Image.Image] | None:
    """The objects of the rows' photographs, where the recipe changes nothing else."""
    if recipe.foreground == "none":
        return None
    return [ensure_mask(content=row.content) for row in rows]


def _commit(row: StylisedImage, result: Stylised) -> None:
    """Store a result, if its row is still this batch's: first the whole file, then the row."""
    name, digest = store_png("stylised", result.image)
    width, height = result.image.size
    StylisedImage.objects.filter(
        pk=row.pk, state="leased", batch=row.batch, fence=row.fence
    ).update(
        state="done", batch=None, lease_until=None, owner="", error="", file=name, sha256=digest,
        width=width, height=height, loss=result.loss, seconds=result.seconds,
        device=f"{result.device} {result.precision}", finished_at=timezone.now(),
        **asdict(result.compatibility),
    )  # fmt: skip


def _style(cluster: StyleCluster, recipe: NstRecipe) -> Style:
    from generation.nst import Style

    members = cluster.members.typical().select_related("web_image")[: recipe.style_members]
    return Style(
        [_open(member.web_image.file) for member in members], [member.weight for member in members]
    )


def _open(stored: FieldFile) -> Image.Image:
    with stored.open() as file:
        return Image.open(file).convert("RGB")
