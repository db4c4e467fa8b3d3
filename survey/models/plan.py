"""The analysis plan of a study: fixed before it goes live, and what was changed about it later."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.append import AppendOnly, AppendOnlyQuerySet
from survey import querysets
from survey.errors import PlanError
from survey.models.people import Familiarity
from survey.models.plan_checks import Asks, asks_of, wrong_in
from survey.models.study import Study


class AnalysisPlan(models.Model):
    """What will be analysed, of whom, and how; going live freezes it.

    An exclusion rule whose threshold is empty is not used.
    `canonical` is the text whose SHA-256 is `sha256`; `version` is that of the study then.
    """

    class Outcome(models.TextChoices):
        OVERALL = "overall", _("overall accuracy above chance, people as units")
        WORDS = "words", _("number of words above chance, corrected for their number")
        NAMED = "named", _("accuracy of one or more named words")
        CONDITIONS = "conditions", _("difference between the conditions")

    class Correction(models.TextChoices):
        HOLM = "holm", _("Holm")
        BH = "bh", _("Benjamini-Hochberg")
        NONE = "none", _("no correction")

    study = models.OneToOneField(
        Study, models.CASCADE, related_name="plan", verbose_name=_("study")
    )
    outcome = models.CharField(
        _("primary outcome"), max_length=10, choices=Outcome, default=Outcome.OVERALL
    )
    words = models.JSONField(
        _("named words"),
        default=list,
        blank=True,
        help_text=_("of the outcome that is about named words"),
    )
    baseline = models.CharField(
        _("compared with"),
        max_length=100,
        blank=True,
        help_text=_("the condition that the others are compared with"),
    )
    alpha = models.FloatField(
        _("alpha"), default=0.05, help_text=_("greater than 0 and less than 0.5")
    )
    correction = models.CharField(
        _("correction"),
        max_length=5,
        choices=Correction,
        default=Correction.HOLM,
        help_text=_("where the outcome takes several tests"),
    )
    people = models.PositiveIntegerField(
        _("number of people"),
        help_text=_("at which the study is analysed, before careless people are left out"),
    )
    # Named and preset as the careless rules of the analysis are.
    fast_ms = models.PositiveIntegerField(
        _("too fast: answers of less than (ms)"), null=True, blank=True, default=1000
    )
    fast_share = models.FloatField(
        _("too fast: share of such answers"),
        null=True,
        blank=True,
        default=0.2,
        help_text=_("A person of this share or more is left out; 0.2 is a fifth."),
    )
    failed_catches = models.PositiveSmallIntegerField(
        _("failed catch questions"),
        null=True,
        blank=True,
        default=2,
        help_text=_("A person of this many or more is left out."),
    )
    run_alpha = models.FloatField(
        _("long run of one position: p less than"),
        null=True,
        blank=True,
        default=0.001,
        help_text=_("of so long a run by chance, adjusted over people by Holm's method"),
    )
    position_alpha = models.FloatField(
        _("position bias: p less than"),
        null=True,
        blank=True,
        default=0.001,
        help_text=_("of the equal use of positions, adjusted over people by Holm's method"),
    )
    agreement_z = models.FloatField(
        _("agreement with others: z of at most"),
        null=True,
        blank=True,
        help_text=_("robust z, such as -3; it also leaves out people who see textures otherwise"),
    )
    keeps_incomplete = models.BooleanField(_("people who did not finish are kept"), default=False)
    least_familiarity = models.PositiveSmallIntegerField(
        _("answers to words are kept from"),
        null=True,
        blank=True,
        choices=[(level.value, level.label) for level in (Familiarity.Level.HEARD,
                                                          Familiarity.Level.KNOWN)],
        help_text=_("how well a person has to know a word; empty keeps all answers"),
    )  # fmt: skip
    hypotheses = models.TextField(_("hypotheses"), blank=True)
    frozen_at = models.DateTimeField(_("frozen"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), null=True, editable=False)
    origins = models.JSONField(_("counted origins"), default=list, blank=True, editable=False)
    canonical = models.TextField(_("frozen text"), blank=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)

    objects = querysets.AnalysisPlanQuerySet.as_manager()

    # Of a plan whose study is not composed yet, what this will ask.
    asks: Asks | None = None

    # What a researcher decides; the rest is written when the plan is frozen.
    DECISIONS: ClassVar = (
        "outcome", "words", "baseline", "alpha", "correction", "people", "fast_ms",
        "fast_share", "failed_catches", "run_alpha", "position_alpha", "agreement_z",
        "keeps_incomplete", "least_familiarity", "hypotheses",
    )  # fmt: skip

    class Meta:
        verbose_name = _("analysis plan")
        verbose_name_plural = _("analysis plans")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, version__isnull=True, canonical="", sha256="")
                | Q(frozen_at__isnull=False, version__isnull=False)
                & ~Q(canonical="")
                & ~Q(sha256=""),
                name="frozen_plan_has_time_and_hash",
            ),
            models.CheckConstraint(
                condition=Q(alpha__gt=0, alpha__lt=0.5), name="plan_alpha_of_a_test"
            ),
            models.CheckConstraint(condition=Q(people__gte=2), name="plan_of_two_people_or_more"),
            models.CheckConstraint(
                condition=Q(fast_ms__isnull=True, fast_share__isnull=True)
                | Q(
                    fast_ms__isnull=False,
                    fast_ms__gte=1,
                    fast_share__isnull=False,
                    fast_share__gt=0,
                    fast_share__lte=1,
                ),
                name="plan_too_fast_has_time_and_share",
            ),
            models.CheckConstraint(
                condition=(Q(failed_catches__isnull=True) | Q(failed_catches__gte=1))
                & (Q(run_alpha__isnull=True) | Q(run_alpha__gt=0, run_alpha__lt=0.5))
                & (Q(position_alpha__isnull=True) | Q(position_alpha__gt=0, position_alpha__lt=0.5))
                & (Q(agreement_z__isnull=True) | Q(agreement_z__lt=0)),
                name="plan_thresholds_can_be_met",
            ),
            models.CheckConstraint(
                condition=Q(outcome="conditions") & ~Q(baseline="")
                | ~Q(outcome="conditions") & Q(baseline=""),
                name="plan_baseline_of_conditions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study}: {self.get_outcome_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises PlanError where the stored plan is frozen, or its study was live already."""
        if AnalysisPlan.objects.frozen().filter(study=self.study_id).exists():
            raise PlanError(
                _(
                    "expected a plan that is not frozen, got that of study %(study)s, which is: "
                    "write an amendment"
                )
                % {"study": self.study}
            )
        if Study.objects.filter(pk=self.study_id, live_at__isnull=False).exists():
            raise PlanError(
                _(
                    "expected a study that was never live, got %(study)s, which was: a plan is "
                    "made before the data"
                )
                % {"study": self.study}
            )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises PlanError where the plan is frozen."""
        if AnalysisPlan.objects.frozen().filter(pk=self.pk).exists():
            raise PlanError(f"the plan of study {self.study} is frozen and stays")
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        if wrong := wrong_in(self, self.asks or asks_of(self.study)):
            raise ValidationError({name: [text] for name, text in wrong.items()})


class Amendment(AppendOnly, models.Model):
    """What was decided otherwise after the plan was frozen; never edited, never removed."""

    plan = models.ForeignKey(
        AnalysisPlan, models.CASCADE, related_name="amendments", verbose_name=_("analysis plan")
    )
    what = models.TextField(_("what is done otherwise"))
    why = models.TextField(_("why"))
    made_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    by_name = models.CharField(_("written by"), max_length=150, editable=False)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "made_at", "pk"]
        verbose_name = _("amendment of a plan")
        verbose_name_plural = _("amendments of plans")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(what="") & ~Q(why=""), name="amendment_says_what_and_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.study} {self.made_at:%Y-%m-%d}"
