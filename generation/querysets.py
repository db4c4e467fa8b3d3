"""The words in which the generator's rows are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from generation.sources.licences import DERIVATIVES, Demand, satisfying
from jobs.models import Item
from jobs.querysets import OPEN

if TYPE_CHECKING:
    from generation.models import (  # noqa: F401
        Clustering,
        ClusterMember,
        Recipe,
        StyleCluster,
        StylisedImage,
        WebImage,
    )


class WebImageQuerySet(models.QuerySet["WebImage"]):
    def usable(self) -> WebImageQuerySet:
        """Downloaded, decoded, unlike the others, and not excluded by a researcher."""
        return self.filter(state="ok", duplicate_of=None, excluded_at=None)

    def licensed(self, demand: Demand) -> WebImageQuerySet:
        """Those that `sources.licences.admits`."""
        if demand == "derivatives":
            return self.filter(licence__iregex=DERIVATIVES)
        return self.exclude(licence="") if demand == "known" else self.all()

    def standing(self, standing: str) -> WebImageQuerySet:
        """Those of which `sources.licences.standing` says this."""
        if standing == "unknown":
            return self.filter(licence="")
        if standing == "free":
            return self.licensed("derivatives")
        return self.licensed("known").exclude(licence__iregex=DERIVATIVES)


class ClusteringQuerySet(models.QuerySet["Clustering"]):
    def last_chosen(self, licence: Demand = "any") -> ClusteringQuerySet:
        """Of each word the clustering of web images that was asked for last.

        With a demand, the last of those that were made with this one or a stricter one: images
        that may be changed are images of a known licence too. So for a study that wants nothing
        of licences it is the last of all, whatever that one admitted.
        """
        same_word = self.model._default_manager.filter(
            word=models.OuterRef("word"), licence__in=satisfying(licence)
        )
        last = same_word.exclude(descriptor=self.model.IMPORTED).order_by("-chosen_at", "-pk")
        return self.filter(pk=models.Subquery(last.values("pk")[:1]))


class StyleClusterQuerySet(models.QuerySet["StyleCluster"]):
    def in_use(self, licence: Demand = "any") -> StyleClusterQuerySet:
        """The clusters of each word's `last_chosen` clustering that nobody took out of use."""
        clusterings = apps.get_model("generation", "Clustering").objects
        return self.filter(in_use=True, clustering__in=clusterings.last_chosen(licence))

    def of_recipe(self, recipe: Recipe, licence: Demand = "any") -> StyleClusterQuerySet:
        """What a study shows by this recipe: the clusters in use, or those of imported images.

        Imported images have no web images, of which a licence could be demanded.
        """
        if not recipe.imported:
            return self.in_use(licence)
        images = apps.get_model("generation", "StylisedImage").objects.filter(recipe=recipe)
        return self.filter(pk__in=images.order_by().values("cluster"))

    def counted(self) -> StyleClusterQuerySet:
        """With `size`, the number of members, and `outlier_count`, of those that are outliers."""
        outliers = models.Count("members", filter=models.Q(members__outlier=True))
        counted = self.annotate(size=models.Count("members"), outlier_count=outliers)
        # A query that groups leaves the model's own ordering out.
        return counted.order_by("clustering", "index")


class ClusterMemberQuerySet(models.QuerySet["ClusterMember"]):
    def typical(self) -> ClusterMemberQuerySet:
        """Without the outliers; these members make the cluster's style."""
        return self.filter(outlier=False)

    def exemplars(self, count: int) -> ClusterMemberQuerySet:
        """The typical members nearest to each centre, at most `count` of a cluster."""
        return self.typical().filter(rank__lt=count)

    def behind(
        self, images: StylisedImageQuerySet, recipes: Iterable[Recipe] | None = None
    ) -> ClusterMemberQuerySet:
        """Those whose style went into these images: of a cluster as many as the recipe takes.

        `recipes` are the images' that this engine followed, where somebody has read them already.
        """
        if recipes is None:
            known = apps.get_model("generation", "Recipe").objects.makeable()
            recipes = known.filter(pk__in=images.order_by().values("recipe"))
        taken = models.Q(pk__in=[])
        for recipe in recipes:
            clusters = images.filter(recipe=recipe).order_by().values("cluster")
            taken |= models.Q(cluster__in=clusters, rank__lt=recipe.value.style_members)
        return self.typical().filter(taken)


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def makeable(self) -> RecipeQuerySet:
        """Recipes that this engine can follow; those of imported images only name a method."""
        return self.filter(imported=False)

    def in_use(self) -> RecipeQuerySet:
        """The recipes that new content images are stylised by."""
        return self.makeable().filter(in_use=True)


class StylisedImageQuerySet(models.QuerySet["StylisedImage"]):
    def done(self) -> StylisedImageQuerySet:
        return self.exclude(sha256="")

    def unfinished(self) -> StylisedImageQuerySet:
        """Queued or being made."""
        return self.filter(sha256="", item__state__in=OPEN)

    def with_state(self) -> StylisedImageQuerySet:
        """With `stands`, what `StylisedImage.state` says of each."""
        return self.annotate(
            stands=models.Case(
                models.When(~models.Q(sha256=""), then=models.Value("done")),
                models.When(item=None, then=models.Value("cancelled")),
                default=models.F("item__state"),
            )
        )

    def bound_to_mask(self) -> StylisedImageQuerySet:
        """Made or being made inside their content's mask, which must then stay as it is."""
        begun = ~models.Q(sha256="") | models.Q(item__state="leased")
        return self.filter(begun, recipe__parameters__foreground="object")

    def counts(self) -> dict[str, int]:
        """How many images are in each state; every state is a key."""
        rows: models.QuerySet[Any] = self.with_state().order_by()
        found = dict(rows.values_list("stands").annotate(n=models.Count("pk")))
        return {state: found.get(state, 0) for state in Item.State.values}
