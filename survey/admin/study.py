"""A researcher's page of a study: what it asks for, and its way from draft to closed."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from survey.admin.fields import SeveralField, TextsField, name_parts
from survey.admin.filters import LanguageFilter, OwnFilter
from survey.admin.own import OfOwnStudies
from survey.admin.plan import PlanInline
from survey.admin.texts import StudyTexts
from survey.admin.wizard import pages, study_pages
from survey.models import AnalysisPlan, Participant, Study, StudyDraft, StudyVersion, Trial
from survey.services.integrity import check_all, damaged
from survey.services.lifecycle import close, go_live, revise, stimuli_of

_WITHOUT_PLAN = _(
    "This study went live without an analysis plan: whatever its results show is exploratory, "
    "and a plan cannot be added any more."
)


class StudyForm(StudyTexts):
    """Going live reads every image first; what was live is closed, never a draft again."""

    title = TextsField(label=capfirst(_("title")))
    languages = SeveralField(label=capfirst(_("languages")), choices=settings.LANGUAGES)

    def clean_status(self) -> str:
        status: str = self.cleaned_data["status"]
        before = self.instance.status
        if status == Study.Status.DRAFT and self.instance.live_at:
            raise forms.ValidationError(_("What was live can be closed, not drafted again."))
        if status == Study.Status.LIVE != before:
            stimuli = stimuli_of(self.instance)
            if wrong := damaged(study=self.instance, stimuli=stimuli):
                raise forms.ValidationError(
                    _("%(n)s images are missing or changed, as %(file)s.")
                    % {"n": len(wrong), "file": wrong[0]}
                )
        return status


class VersionInline(admin.TabularInline):
    """What participants met, version by version."""

    model = StudyVersion
    fields = ["version", "composition", "made_at", "sha256"]
    readonly_fields = ["version", "composition", "made_at", "sha256"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Study)
class StudyAdmin(OfOwnStudies):
    study_path = "pk"
    form = StudyForm
    inlines = [PlanInline, VersionInline]
    actions = ["check_images", "duplicate"]
    change_list_template = "survey/study_list.html"
    change_form_template = "survey/study_form.html"
    list_display = [
        "titled", "status", "people", "under_way", "links", "damaged", "slug", "version", "live_at",
    ]  # fmt: skip
    list_filter = ["status", LanguageFilter, OwnFilter, "live_at"]
    search_fields = ["slug", "contact"]
    search_help_text = _("slug, title or contact")
    date_hierarchy = "created_at"
    filter_horizontal = ["researchers"]
    fieldsets = [
        (None, {"fields": ["slug", "title", "status", "languages", "contact", "researchers",
                           "links", "damaged"]}),
        (_("Texts"), {"fields": ["introduction", "consent_text", "consent_version"]}),
        (_("Taking part"), {"fields": ["opens_at", "closes_at", "quota", "abandoned_minutes",
                                       "returning", "resume_hours"]}),
        (_("After the questions"), {"fields": ["asks_familiarity", "closing", "completion_url",
                                               "recruiter_parameters", "retain_until"]}),
        (_("Results"), {"fields": ["counted_origins", "counts"]}),
        (_("Design"), {"fields": ["version", "composition", "design", "clusters", "options",
                                  "distractors", "licence", "seed"]}),
    ]  # fmt: skip
    # The design belongs to the composed questions: composing changes both.
    readonly_fields = [
        "links", "counts", "damaged", "version", "composition", "design", "clusters",
        "options", "distractors", "licence", "seed",
    ]  # fmt: skip

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:  # fmt: skip
        """Going live reads every image before Django's transaction begins, in which nobody else
        could write into SQLite; the form asks what was found.
        """
        if request.method == "POST" and request.POST.get("status") == Study.Status.LIVE:
            study = self.get_object(request, object_id or "")
            is_theirs = study is not None and self.has_change_permission(request, study)
            if study and is_theirs and study.status != Study.Status.LIVE:
                check_all(study=study, stimuli=stimuli_of(study))
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Study, form: Any, change: bool) -> None:
        """Through the services: a live study's edit is a new version."""
        values = {name: form.cleaned_data[name] for name in form.changed_data if name != "status"}
        revise(study=obj, values=values)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The status comes after the plan, which going live freezes; closing waits for answers."""
        study = form.instance
        if study.live_at and "plan-0-outcome" in request.POST:  # the page was opened before
            text = _("The plan is frozen: what you changed of it is not stored.")
            self.message_user(request, text, messages.WARNING)
        super().save_related(request, form, formsets, change)
        if "status" in form.changed_data and study.status == Study.Status.LIVE:
            go_live(study=study, is_checked=True)  # by the form
            self._tell_of_plan(request, study)
        elif "status" in form.changed_data and study.status == Study.Status.CLOSED:
            close(study=study)
        study.refresh_from_db()

    def _tell_of_plan(self, request: HttpRequest, study: Study) -> None:
        plan = AnalysisPlan.objects.frozen().filter(study=study).first()
        if plan:
            text, level = _("The analysis plan is frozen, SHA-256 %(hash)s."), messages.SUCCESS
        else:
            text, level = _WITHOUT_PLAN, messages.WARNING
        self.message_user(request, text % {"hash": plan.sha256 if plan else ""}, level)

    @admin.action(description=_("Check the images again"))
    def check_images(self, request: HttpRequest, queryset: QuerySet[Study]) -> None:
        for study in queryset:
            stimuli = stimuli_of(study)
            if wrong := check_all(study=study, stimuli=stimuli):
                text = _("%(study)s: %(n)s of %(all)s images are missing or changed.")
                level = messages.ERROR
            else:
                text, level = _("%(study)s: all %(all)s images are as pinned."), messages.SUCCESS
            facts = {"study": study, "n": len(wrong), "all": len(stimuli)}
            self.message_user(request, text % facts, level)

    @admin.display(description=_("damaged images"))
    def damaged(self, study: Study) -> str | SafeString:
        faults = list(study.faults.all())
        if not faults:
            return "–"
        address = reverse("admin:survey_fault_changelist") + f"?study__id__exact={study.pk}"
        return format_html('<a href="{}"><strong>⚠ {}</strong></a>', address, len(faults))

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [*pages.urls(site), *study_pages.urls(site), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new study comes from the steps, which compose it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return pages.begin(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        drafts = StudyDraft.objects.filter(user=cast(User, request.user))
        unfinished = drafts.select_related("study")
        context = {"title": _("Studies"), "unfinished": unfinished, **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {"may_add": self.has_add_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @admin.action(description=_("Duplicate as new drafts"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Study]) -> None:
        for study in queryset:
            study_pages.copy_of(request, study)

    def has_delete_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        """What people answered is not deleted with a click: close the study instead."""
        previews = Participant.Origin.PREVIEW
        if obj is None or obj.participants.exclude(origin=previews).exists():
            return False
        return super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Study]:
        counted = ~Q(participants__origin=Participant.Origin.PREVIEW)
        complete = Count("participants", filter=~Q(participants__finished_at=None))
        going_on = Q(participants__finished_at=None, participants__left_at=None) & counted
        counts = {"_people": complete, "_under_way": Count("participants", filter=going_on)}
        return super().get_queryset(request).annotate(**counts).prefetch_related("faults")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Study], search_term: str
    ) -> tuple[QuerySet[Study], bool]:
        """By the title too, which is a text by language."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if term := search_term.strip().casefold():
            titled = [
                study.pk
                for study in Study.objects.only("title")
                if any(term in text.casefold() for text in study.title.values())
            ]
            found = found | queryset.filter(pk__in=titled)
        return found, may_repeat

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return name_parts(field) if isinstance(field, forms.SplitDateTimeField) else field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "researchers":  # of those who can sign in
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("complete participants"), ordering="_people")
    def people(self, study: Any) -> int:
        count: int = study._people
        return count

    @admin.display(description=_("title"))
    def titled(self, study: Study) -> str:
        return study.name

    @admin.display(description=_("under way"), ordering="_under_way")
    def under_way(self, study: Any) -> SafeString | int:
        page = reverse("admin:survey_participant_changelist")
        query = f"?study__id__exact={study.pk}&state=under-way"
        return format_html('<a href="{}{}">{}</a>', page, query, study._under_way)

    @admin.display(description=_("pages"))
    def links(self, study: Study) -> SafeString:
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a> · <a href="{}">{}</a> · '
            '<a href="{}?study__id__exact={}">{}</a> · <a href="{}">{}</a>',
            reverse("survey:landing", args=[study.slug]),
            _("Questionnaire"),
            reverse("survey:preview", args=[study.slug, 0]),
            _("Preview"),
            f"/results/{study.slug}/",
            _("Results"),
            reverse("admin:survey_participant_changelist"),
            study.pk,
            pgettext_lazy("link", "People"),
            reverse("admin:survey_study_link", args=[study.pk]),
            _("Link"),
        )

    @admin.display(description=_("stored so far"))
    def counts(self, study: Study) -> str:
        people = study.participants.aggregate(all=Count("pk"), complete=Count("finished_at"))
        answers = Trial.objects.answered().filter(participant__study=study).count()
        return _(
            "%(questions)s questions, %(all)s people, %(complete)s complete, %(n)s answers"
        ) % {
            "questions": study.questions.in_force().count(),
            "n": answers,
            **people,
        }
