"""What a researcher decides about a word's web images, cluster by cluster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from generation.models import Clustering, ClusterMember, StyleCluster, WebImage, Word


class CurationError(Exception):
    """A decision about something that is not there (any more)."""


@dataclass(frozen=True)
class Group:
    """A cluster's members, nearest to its centre first, excluded ones among them."""

    cluster: StyleCluster
    members: list[ClusterMember]

    @property
    def excluded(self) -> int:
        return sum(member.web_image.excluded_at is not None for member in self.members)

    @property
    def outliers(self) -> int:
        return sum(member.outlier for member in self.members)


@dataclass(frozen=True)
class Gallery:
    """All kept images of a word, near-duplicates apart: in clusters, or not in any."""

    groups: list[Group]
    unclustered: list[WebImage]
    near_duplicates: int

    @property
    def images(self) -> list[WebImage]:
        clustered = [member.web_image for group in self.groups for member in group.members]
        return [*clustered, *self.unclustered]


def gallery(*, word: Word, clustering: Clustering | None) -> Gallery:
    """The word's images by the clusters of this clustering."""
    groups = groups_of(clustering) if clustering else []
    kept = WebImage.objects.filter(word=word, state=WebImage.State.OK).select_related("excluded_by")
    clustered = {member.web_image_id for group in groups for member in group.members}
    others = [image for image in kept.order_by("pk") if image.pk not in clustered]
    unlike = [image for image in others if image.duplicate_of_id is None]
    return Gallery(groups, unlike, near_duplicates=len(others) - len(unlike))


def groups_of(clustering: Clustering) -> list[Group]:
    """The clusters with their members, the images at hand."""
    members = ClusterMember.objects.filter(cluster__clustering=clustering)
    by_cluster: dict[int, list[ClusterMember]] = {}
    for member in members.select_related("web_image__excluded_by"):
        by_cluster.setdefault(member.cluster_id, []).append(member)
    return [Group(c, by_cluster.get(c.pk, [])) for c in clustering.clusters.all()]


@transaction.atomic
def exclude(*, word: Word, ids: Collection[int], by: AbstractBaseUser, why: str) -> int:
    """Keep these images of the word out of what is clustered from now on; returns how many.

    They stay, with who and why; one that is excluded already takes on the new reason. Raises
    CurationError for an image that is not among the word's kept ones; then nothing is changed.
    """
    images = _kept(word, ids)
    return WebImage.objects.filter(pk__in=images).update(
        excluded_at=timezone.now(), excluded_by=by, excluded_why=why.strip()[:200]
    )


@transaction.atomic
def include(*, word: Word, ids: Collection[int]) -> int:
    """Let these images be clustered again; returns how many. Raises CurationError."""
    images = _kept(word, ids)
    return WebImage.objects.filter(pk__in=images).update(
        excluded_at=None, excluded_by=None, excluded_why=""
    )


def _kept(word: Word, ids: Collection[int]) -> list[int]:
    kept = WebImage.objects.filter(pk__in=ids, word=word, state=WebImage.State.OK)
    found = list(kept.select_for_update().values_list("pk", flat=True))
    if unknown := sorted(set(ids) - set(found)):
        raise CurationError(f"expected kept images of {word}, got {unknown}")
    return found
