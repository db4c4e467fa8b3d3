"""Recipes, and the stimuli that are made by them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation import querysets
from generation.models.clusters import StyleCluster
from generation.models.contents import ContentImage
from generation.models.words import Word
from generation.nst.errors import RecipeError
from generation.nst.recipe import Recipe as NstRecipe
from jobs.models import Item


class Recipe(models.Model):
    """A stored `generation.nst.Recipe`, or the method of images made elsewhere.

    A study's conditions are recipes.
    """

    name = models.SlugField(_("name"), max_length=60, unique=True)
    parameters = models.JSONField(_("parameters"))
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    imported = models.BooleanField(
        _("imported"), default=False, help_text=_("its images were made elsewhere")
    )
    in_use = models.BooleanField(
        _("in use"), default=True, help_text=_("new content images are stylised by it")
    )

    objects = querysets.RecipeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("recipe")
        verbose_name_plural = _("recipes")

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> NstRecipe:
        """What the engine follows; RecipeError for a method that only others can."""
        if self.imported:
            raise RecipeError(
                f"expected a recipe that this engine can follow, got {self.name!r}: its images "
                "were made elsewhere and imported"
            )
        return NstRecipe.from_json(self.parameters)


class StylisedImage(models.Model):
    """A stimulus: a content image in the style of a cluster, made by a recipe.

    `item` makes it; it is None for what was made elsewhere, or when its job was removed.
    """

    content = models.ForeignKey(
        ContentImage, models.PROTECT, related_name="stylised", verbose_name=_("content image")
    )
    cluster = models.ForeignKey(
        StyleCluster, models.PROTECT, related_name="stylised", verbose_name=_("style cluster")
    )
    recipe = models.ForeignKey(
        Recipe, models.PROTECT, related_name="stylised", verbose_name=_("recipe")
    )
    item = models.OneToOneField(
        Item,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="stylised",
        verbose_name=_("work"),
    )
    file = models.ImageField(_("image"), blank=True, width_field="width", height_field="height")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    loss = models.FloatField(
        _("loss"), null=True, help_text=_("the objective at the last iteration")
    )
    seconds = models.FloatField(
        _("seconds"), null=True, help_text=_("of its batch, divided by its size")
    )
    device = models.CharField(_("device"), max_length=60, blank=True)
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    # How content and style go together; `generation.nst.compatibility` says what each one is.
    colour_distance = models.FloatField(_("colour distance"), null=True)
    style_distance = models.FloatField(_("style distance"), null=True)
    content_change = models.FloatField(_("change of the content"), null=True)
    style_remainder = models.FloatField(_("style not reached"), null=True)
    recognised = models.FloatField(
        _("recognised by the machine"),
        null=True,
        help_text=_("probability that the classifier of styles gives to the word"),
    )
    recognised_as = models.ForeignKey(
        Word,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("recognised as"),
        help_text=_("the word that the classifier of styles takes it for"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)

    objects = querysets.StylisedImageQuerySet.as_manager()

    class Meta:
        ordering = ["content", "cluster", "recipe"]
        verbose_name = _("stylised image")
        verbose_name_plural = _("stylised images")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("content", "cluster", "recipe", name="stylised_once"),
            models.CheckConstraint(
                condition=Q(file="") | ~Q(sha256=""), name="stylised_file_has_its_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} x {self.cluster}"

    @property
    def state(self) -> Item.State:
        """Done once there is the picture, until then as the item that makes it."""
        if self.sha256:
            return Item.State.DONE
        return Item.State(self.item.state) if self.item else Item.State.CANCELLED
