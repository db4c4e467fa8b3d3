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


def cluster(
    *,
    word: Word,
    k: int | Literal["auto"] = 3,
    seed: int = 0,
    deep_weight: float = 1.0,
    style_weight: float = 1.0,
) -> Clustering:
    """Split the word's usable, described images into k clusters of similar style.

    With "auto" the silhouette chooses k; the clustering's parameters hold what was asked (`k`)
    and what was chosen (`chosen_k`).

    The same images and parameters give the clustering that is there already, and choose it anew
    where another was asked for since; anything else makes a new one, never an overwrite. Raises
    ClusteringError, which names the word, when there are too few images.
    """
    parameters = {
        "k": k, "seed": seed, "deep_weight": deep_weight, "style_weight": style_weight,
    }  # fmt: skip
    descriptions = _described(word)
    fingerprint = _fingerprint(parameters, descriptions)
    if found := Clustering.objects.filter(word=word, fingerprint=fingerprint).first():
        found.chosen_at = timezone.now()
        found.save(update_fields=["chosen_at"])
        return found
    fewest = 3 if k == AUTO else k
    if len(descriptions) < fewest:
        raise ClusteringError(
            f"{word}: expected at least {fewest} described images, got {len(descriptions)}"
        )
    features = StoredFeatures(descriptions)
    points = joint_matrix(features, deep_weight=deep_weight, style_weight=style_weight)
    try:
        groups = partition(points, k=k, seed=seed)
    except ClusteringError as error:  # it knows no words
        raise ClusteringError(f"{word}: {error}") from error
    return _save(word, parameters, fingerprint, descriptions, groups)


def _described(word: Word) -> list[Description]:
    """What the word's usable images are described by, in an order that their files give."""
    usable = WebImage.objects.usable().filter(word=word)
    found = Description.objects.filter(descriptor=current_descriptor(), web_image__in=usable)
    return list(found.select_related("web_image").order_by("web_image__sha256", "pk"))


def _fingerprint(parameters: dict[str, Any], descriptions: list[Description]) -> str:
    content = [current_descriptor(), parameters, [item.web_image.sha256 for item in descriptions]]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def _save(
    word: Word,
    parameters: dict[str, Any],
    fingerprint: str,
    descriptions: list[Description],
    found: Partition,
) -> Clustering:
    clustering = Clustering.objects.create(
        word=word, descriptor=descriptions[0].descriptor,
        parameters=parameters | {"chosen_k": len(found.clusters)},
        fingerprint=fingerprint, silhouette=found.silhouette,
    )  # fmt: skip
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
