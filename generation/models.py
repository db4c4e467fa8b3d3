"""What the generator knows: words, their web images, the clusters of these, and the stimuli."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation import querysets
from generation.nst.errors import RecipeError
from generation.nst.recipe import Recipe as NstRecipe


class Word(models.Model):
    """A word that names a texture, such as ふさふさ."""

    text = models.CharField(_("word"), max_length=40, unique=True, help_text="ふさふさ")
    reading = models.SlugField(
        _("reading"), max_length=40, unique=True, help_text=_("in Latin letters: fusafusa")
    )
    gloss = models.CharField(
        _("gloss"), max_length=120, blank=True, help_text=_("in English: soft, long, thick hair")
    )
    phrases = models.JSONField(
        _("search phrases"), default=dict, blank=True, help_text='{"ja": ["..."], "en": ["..."]}'
    )
    consistency = models.FloatField(
        _("consistency"),
        null=True,
        editable=False,
        help_text=_("share of its web images that a linear classifier of styles recognises"),
    )

    class Meta:
        ordering = ["reading"]
        verbose_name = _("word")
        verbose_name_plural = _("words")

    def __str__(self) -> str:
        return f"{self.text} ({self.reading})"


class ContentImage(models.Model):
    """A photograph that is given textures. The file is upright sRGB without metadata."""

    name = models.SlugField(_("name"), max_length=60, unique=True, help_text=_("short, as: coffee"))
    file = models.ImageField(_("image"), width_field="width", height_field="height")
    sha256 = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    credit = models.CharField(_("credit"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    mask = models.ImageField(
        _("foreground mask"), blank=True, help_text=_("white is the object, black the background")
    )
    mask_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    mask_proposed = models.BooleanField(_("mask was proposed"), default=False, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("content image")
        verbose_name_plural = _("content images")

    def __str__(self) -> str:
        return self.name


class WebImage(models.Model):
    """One result of a search for a word: where it came from, and what became of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        OK = "ok", _("kept")
        FAILED = "failed", _("failed")
        REJECTED = "rejected", _("rejected")

    word = models.ForeignKey(
        Word, models.CASCADE, related_name="web_images", verbose_name=_("word")
    )
    provider = models.CharField(_("provider"), max_length=40)
    query = models.CharField(_("query"), max_length=200)
    rank = models.PositiveIntegerField(
        _("rank"), help_text=_("place among the query's results, from 0")
    )
    url = models.CharField(max_length=2000)
    page_url = models.CharField(max_length=2000, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    creator = models.CharField(_("creator"), max_length=300, blank=True)
    licence = models.CharField(
        _("licence"),
        max_length=120,
        blank=True,
        help_text=_("empty means unknown, which is not free"),
    )
    licence_url = models.CharField(max_length=2000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    file = models.ImageField(_("image"), blank=True, width_field="width", height_field="height")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    excluded_at = models.DateTimeField(_("excluded at"), null=True, blank=True)
    excluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("excluded by"),
    )
    collected_at = models.DateTimeField(_("collected at"), default=timezone.now)

    objects = querysets.WebImageQuerySet.as_manager()

    class Meta:
        ordering = ["word", "rank"]
        verbose_name = _("web image")
        verbose_name_plural = _("web images")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("word", "url", name="web_image_once_per_word"),
            models.CheckConstraint(
                condition=~Q(state="ok") | ~Q(sha256=""), name="kept_web_image_has_its_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url


class Description(models.Model):
    """The numbers that describe a web image; the file is a .npz named by image and descriptor."""

    web_image = models.ForeignKey(WebImage, models.CASCADE, related_name="descriptions")
    descriptor = models.CharField(max_length=120)
    file = models.FileField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("web_image", "descriptor", name="described_once"),
        ]

    def __str__(self) -> str:
        return f"{self.web_image} by {self.descriptor}"


class Clustering(models.Model):
    """One run of clustering over a word's images; never overwritten.

    With the descriptor IMPORTED it has no web images: its clusters are the variants in which
    stimuli of one method, made elsewhere, came.
    """

    IMPORTED = "imported"

    word = models.ForeignKey(
        Word, models.CASCADE, related_name="clusterings", verbose_name=_("word")
    )
    descriptor = models.CharField(_("descriptor"), max_length=120)
    parameters = models.JSONField(
        _("parameters"), help_text=_("k, seed, weights of the two descriptors")
    )
    fingerprint = models.CharField(max_length=64, help_text=_("of the parameters and the images"))
    silhouette = models.FloatField(_("silhouette"), null=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    chosen_at = models.DateTimeField(
        _("asked for"), default=timezone.now, help_text=_("the last one of a word is in use")
    )

    objects = querysets.ClusteringQuerySet.as_manager()

    class Meta:
        ordering = ["word", "pk"]
        verbose_name = _("clustering")
        verbose_name_plural = _("clusterings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("word", "fingerprint", name="clustered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.word} #{self.pk}"


class StyleCluster(models.Model):
    """Web images of one word whose styles are alike; the style of a stimulus."""

    clustering = models.ForeignKey(Clustering, models.CASCADE, related_name="clusters")
    index = models.PositiveSmallIntegerField()
    in_use = models.BooleanField(_("in use"), default=True)

    objects = querysets.StyleClusterQuerySet.as_manager()

    class Meta:
        ordering = ["clustering", "index"]
        verbose_name = _("style cluster")
        verbose_name_plural = _("style clusters")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("clustering", "index", name="cluster_index_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clustering.word.reading} {self.index}"

    @property
    def word(self) -> Word:
        return self.clustering.word


class ClusterMember(models.Model):
    """A web image in a cluster; `rank` 0 is the exemplar nearest to the centre."""

    cluster = models.ForeignKey(StyleCluster, models.CASCADE, related_name="members")
    web_image = models.ForeignKey(WebImage, models.PROTECT, related_name="memberships")
    rank = models.PositiveIntegerField()
    distance = models.FloatField(help_text=_("to the cluster's centre, in descriptor units"))
    weight = models.FloatField(default=1.0, help_text=_("in the cluster's mean Gram matrix"))

    class Meta:
        ordering = ["cluster", "rank"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("cluster", "web_image", name="member_once"),
            models.UniqueConstraint("cluster", "rank", name="member_rank_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} member {self.rank}"


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


class Leased(models.Model):
    """A piece of work whose row says truly how far it is.

    A worker claims rows by a lease and raises their `fence`; whoever finishes must still hold
    that lease and that fence, so a result is computed at least once and stored exactly once.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        LEASED = "leased", _("being made")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("higher is sooner"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(default=timezone.now)
    fence = models.PositiveIntegerField(default=0)
    batch = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    owner = models.CharField(max_length=200, blank=True, editable=False)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class StylisedImage(Leased):
    """A stimulus: a content image in the style of a cluster, made by a recipe."""

    content = models.ForeignKey(
        ContentImage, models.PROTECT, related_name="stylised", verbose_name=_("content image")
    )
    cluster = models.ForeignKey(
        StyleCluster, models.PROTECT, related_name="stylised", verbose_name=_("style cluster")
    )
    recipe = models.ForeignKey(
        Recipe, models.PROTECT, related_name="stylised", verbose_name=_("recipe")
    )
    file = models.ImageField(_("image"), blank=True, width_field="width", height_field="height")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
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

    objects = querysets.StylisedImageQuerySet.as_manager()

    class Meta:
        ordering = ["content", "cluster", "recipe"]
        verbose_name = _("stylised image")
        verbose_name_plural = _("stylised images")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-priority", "id"], name="stylised_claim"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint("content", "cluster", "recipe", name="stylised_once"),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(sha256=""), name="done_stylised_has_its_hash"
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False, batch__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True, batch__isnull=True)),
                name="stylised_leased_has_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} x {self.cluster}"
