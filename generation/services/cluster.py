"""Described web images -> style clusters."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from generation.models import (
    Clustering,
    ClusterMember,
    Description,
    StyleCluster,
    WebImage,
    Word,
)
from generation.nst.clustering import AUTO, ClusteringError, Partition, partition
from generation.nst.reduction import joint_matrix
from generation.services.describe import StoredFeatures, current_descriptor
from generation.sources.licences import Demand, admits


def cluster(  # noqa: PLR0913 - all that decides the clusters
    *,
    word: Word,
    k: int | Literal["auto"] = 3,
    seed: int = 0,
    deep_weight: float = 1.0,
    style_weight: float = 1.0,
    licence: Demand = "any",
) -> Clustering:
    """Split the word's usable, described images into k clusters of similar style.

    With "auto" the silhouette chooses k; the clustering's parameters hold what was asked (`k`)
    and what was chosen (`chosen_k`). `licence` leaves out images whose licence is unknown
    ("known"), or is not known to allow changed images ("derivatives").

    The same images and parameters give the clustering that is there already, and choose it anew
    where another was asked for since; anything else makes a new one, never an overwrite. Raises
    ClusteringError, which names the word, when there are too few images.
    """
    parameters = {
        "k": k, "seed": seed, "deep_weight": deep_weight, "style_weight": style_weight,
    }  # fmt: skip
    described = _described(word)
    descriptions = [d for d in described if admits(licence, d.web_image.licence)]
    fingerprint = _fingerprint(parameters, licence, descriptions)
    if found := Clustering.objects.filter(word=word, fingerprint=fingerprint).first():
        found.chosen_at = timezone.now()
        found.save(update_fields=["chosen_at"])
        return found
    fewest = 3 if k == AUTO else k
    if len(descriptions) < fewest:
        left_out = len(described) - len(descriptions)
        why = f"; licence {licence!r} left out {left_out} more" if left_out else ""
        raise ClusteringError(
            f"{word}: expected at least {fewest} described images, got {len(descriptions)}{why}; "
            "manage.py collect finds more"
        )
    features = StoredFeatures(descriptions)
    points = joint_matrix(features, deep_weight=deep_weight, style_weight=style_weight)
    try:
        groups = partition(points, k=k, seed=seed)
    except ClusteringError as error:  # it knows no words
        raise ClusteringError(f"{word}: {error}") from error
    clustering = Clustering(word=word, licence=licence, fingerprint=fingerprint)
    return _save(clustering, parameters, descriptions, groups)


def _described(word: Word) -> list[Description]:
    """What the word's usable images are described by, in an order that their files give."""
    usable = WebImage.objects.usable().filter(word=word)
    found = Description.objects.filter(descriptor=current_descriptor(), web_image__in=usable)
    return list(found.select_related("web_image").order_by("web_image__sha256", "pk"))


def _fingerprint(
    parameters: dict[str, Any], licence: Demand, descriptions: list[Description]
) -> str:
    """Of a clustering that admits any licence it is what it was before there was a choice."""
    asked = parameters if licence == "any" else parameters | {"licence": licence}
    content = [current_descriptor(), asked, [item.web_image.sha256 for item in descriptions]]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def _save(
    clustering: Clustering,
    parameters: dict[str, Any],
    descriptions: list[Description],
    found: Partition,
) -> Clustering:
    clustering.descriptor = descriptions[0].descriptor
    clustering.parameters = parameters | {"chosen_k": len(found.clusters)}
    clustering.silhouette = found.silhouette
    clustering.save()
    for index, each in enumerate(found.clusters):
        row = StyleCluster.objects.create(
            clustering=clustering, index=index, tightness=each.tightness, silhouette=each.silhouette
        )
        ClusterMember.objects.bulk_create(
            ClusterMember(
                cluster=row, web_image=descriptions[member.index].web_image, rank=rank,
                distance=member.distance, outlier=member.outlier,
            )
            for rank, member in enumerate(each.members)
        )  # fmt: skip
    return clustering
