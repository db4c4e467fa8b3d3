"""What the results know beyond the questionnaire: studies made elsewhere, and long computations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, URLValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_delete, pre_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from audit.services import record
from jobs.models import Item
from survey.errors import ComposeError
from survey.models import Participant, Study
from survey.models.study import in_language

if TYPE_CHECKING:
    from analysis.votes import WordVotes


class ImportedStudy(models.Model):
    """A study that was made elsewhere, shown beside this site's own at /results/<slug>/.

    `tables` holds its votes, as `analysis.votes.stored` writes them. Where single answers are
    known, `file` has them as they came; `sha256` is that of the file that was imported.
    """

    class Kind(models.TextChoices):
        VOTES = "votes", _("tables of votes")
        ANSWERS = "answers", _("single answers")

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.JSONField(_("title"), default=dict, help_text='{"ja": "...", "en": "..."}')
    notes = models.JSONField(_("notes"), default=dict, blank=True)
    citation = models.CharField(_("source"), max_length=500, blank=True)
    url = models.CharField(
        _("address"), max_length=500, blank=True, validators=[URLValidator(["http", "https"])]
    )
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    participants = models.PositiveIntegerField(_("people"), validators=[MinValueValidator(1)])
    tables = models.JSONField(_("votes"))
    words = models.JSONField(
        _("words"), default=dict, blank=True, help_text='{"fusafusa": {"text": "ふさふさ"}}'
    )
    other_options = models.PositiveSmallIntegerField(
        _("images per question by another reading"), null=True, blank=True
    )
    file = models.FileField(_("answers"), upload_to="imports", blank=True, max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    imported_at = models.DateTimeField(_("imported"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("imported study")
        verbose_name_plural = _("imported studies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind="votes", file="") | (Q(kind="answers") & ~Q(file="")),
                name="imported_answers_have_a_file",
            ),
            models.CheckConstraint(
                condition=Q(participants__gte=1), name="imported_study_has_people"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Both kinds of studies have their results at the same addresses."""
        if Study.objects.filter(slug=self.slug).exists():
            text = _("Expected a slug that no study has; %(slug)s is one of this site’s own.")
            raise ValidationError({"slug": text % {"slug": self.slug}})

    @property
    def name(self) -> str:
        """The title in the reader's language, else in any, else the slug."""
        return in_language(self.title) or self.slug

    @property
    def remarks(self) -> str:
        """The notes in the reader's language, else in any."""
        return in_language(self.notes)

    @property
    def votes(self) -> tuple[WordVotes, ...]:
        # NumPy takes longer to load than most commands that load the models take in all.
        from analysis.votes import restored

        return restored(self.tables)


class Computation(models.Model):
    """The result of something about a study that takes too long for a page.

    `about` is the SHA-256 of what was chosen (the filters), `sha256` of that and of the answers as
    they were read at `read_at`, so that a result is of these answers and no others. `result` is
    written as `analysis.stored` does.
    """

    study = models.ForeignKey(
        Study, models.CASCADE, related_name="computations", verbose_name=_("study")
    )
    kind = models.CharField(_("kind"), max_length=20)
    about = models.CharField(max_length=64, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64)
    answers = models.PositiveIntegerField(_("answers"))
    read_at = models.DateTimeField(default=timezone.now, editable=False)
    result = models.JSONField(editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("computation")
        verbose_name_plural = _("computations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["study", "kind", "sha256"], name="one_computation_of_the_same"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.study_id}"


class MadeFile(models.Model):
    """A file of a study's answers that took long to make, kept for some days.

    `name` says what it is, `about` is the SHA-256 of what was chosen, `stamp` that of the answers
    as they were read at `read_at`. `file` is named by the SHA-256 of what it holds. It is of
    nobody who took their data back: it is not offered where `withdrawals` became more.
    """

    study = models.ForeignKey(
        Study, models.CASCADE, related_name="made_files", verbose_name=_("study")
    )
    item = models.ForeignKey(Item, models.CASCADE, related_name="made", editable=False)
    name = models.CharField(_("name"), max_length=40, editable=False)
    about = models.CharField(max_length=64, editable=False)
    stamp = models.CharField(max_length=64, editable=False)
    answers = models.PositiveIntegerField(_("answers"), editable=False)
    withdrawals = models.PositiveIntegerField(editable=False)
    file = models.FileField(_("file"), max_length=200, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("bytes"), editable=False)
    read_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("made file")
        verbose_name_plural = _("made files")

    def __str__(self) -> str:
        return f"{self.study.slug}-{self.name}"


@receiver(post_delete, sender=MadeFile)
def _remove_made_file(instance: MadeFile, **_kwargs: object) -> None:
    """Another row may be of the same content. What the storage fails to remove is logged, and
    swept later: whoever took their data back is not told that nothing was stored.
    """
    name = str(instance.file.name)
    if not MadeFile.objects.filter(file=name).exists():
        transaction.on_commit(lambda: instance.file.storage.delete(name), robust=True)


@receiver(post_delete, sender=Participant)
def _remove_what_holds_answers(instance: Participant, **_kwargs: object) -> None:
    """Answers that somebody takes back are in no file."""
    MadeFile.objects.filter(study=instance.study_id, answers__gt=0).delete()


@receiver(post_delete, sender=ImportedStudy)
def imported_study_removed(instance: ImportedStudy, **kwargs: Any) -> None:
    about = f"imported study {instance.slug}"
    record(action=Action.VOTES_REMOVED, about=about, facts={"sha256": instance.sha256})


@receiver(post_delete, sender=ImportedStudy)
def _remove_file(instance: ImportedStudy, **_kwargs: object) -> None:
    """Answers of people go with their study."""
    if name := instance.file.name:
        transaction.on_commit(lambda: instance.file.storage.delete(name))


@receiver(pre_save, sender=Study)
def _keep_slugs_apart(instance: Study, **_kwargs: object) -> None:
    """A new study would hide the imported one of its slug."""
    if instance._state.adding and ImportedStudy.objects.filter(slug=instance.slug).exists():
        raise ComposeError(
            f"expected a slug that no study has; {instance.slug} is an imported study"
        )
