"""What clustering a word's images again would do, said before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generation.models import Clustering, Description
from generation.nst.clustering import AUTO
from generation.services.curate import Gallery
from generation.services.describe import current_descriptor
from generation.sources.licences import admits

DEFAULTS: dict[str, Any] = {
    "k": 3, "seed": 0, "deep_weight": 1.0, "style_weight": 1.0, "licence": "any",
}  # fmt: skip


@dataclass(frozen=True)
class NextRun:
    """What clustering a word's images with some parameters would do now.

    `images` would be clustered, `undescribed` of them described first; `added` and `removed`
    compare them with the shown clustering's. The rest stays out: `excluded` by a researcher,
    `near_duplicates`, and those whose licence the parameters do not admit (`unlicensed`). `same`
    is whether it would choose the shown clustering again.
    """

    images: int
    undescribed: int
    added: int
    removed: int
    excluded: int
    near_duplicates: int
    unlicensed: int
    fewest: int
    same: bool

    @property
    def possible(self) -> bool:
        return self.images >= self.fewest


def next_run(*, seen: Gallery, shown: Clustering | None, parameters: dict[str, Any]) -> NextRun:
    """What it would do with the images of a word's gallery, beside the clustering shown there."""
    images = seen.images
    members = {m.web_image_id for group in seen.groups for m in group.members}
    left = [image for image in images if image.excluded_at is None]
    usable = {image.pk for image in left if admits(parameters["licence"], image.licence)}
    described = Description.objects.filter(descriptor=current_descriptor(), web_image__in=usable)
    undescribed = len(usable) - described.count()
    same = (
        shown is not None
        and usable == members
        and not undescribed
        and parameters == shown_parameters(shown)
        and shown.descriptor == current_descriptor()
    )
    k = parameters["k"]
    return NextRun(
        images=len(usable), undescribed=undescribed, added=len(usable - members),
        removed=len(members - usable), excluded=len(images) - len(left),
        near_duplicates=seen.near_duplicates, unlicensed=len(left) - len(usable),
        fewest=3 if k == AUTO else k, same=same,
    )  # fmt: skip


def shown_parameters(clustering: Clustering | None) -> dict[str, Any]:
    """The parameters that made a clustering, to be asked for again; the defaults for none."""
    if clustering is None:
        return dict(DEFAULTS)
    stored = {**clustering.parameters, "licence": clustering.licence}
    return {name: stored.get(name, value) for name, value in DEFAULTS.items()}
