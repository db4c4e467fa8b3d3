"""The researcher's view of studies and of who answered; what participants made is read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from survey.models import Option, Participant, Question, Study, Trial


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the questionnaire itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Study)
class StudyAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "status", "version", "people", "links"]
    list_filter = ["status"]
    search_fields = ["slug"]
    fieldsets = [
        (None, {"fields": ["slug", "title", "status", "languages", "contact", "links"]}),
        (_("Results"), {"fields": ["counted_origins", "counts"]}),
        (_("Design"), {"fields": ["version", "design", "options", "licence", "seed",
                                "consent_version"]}),
    ]  # fmt: skip
    # The design belongs to the composed questions: `manage.py compose` changes both.
    readonly_fields = ["links", "counts", "version", "design", "options", "licence", "seed"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Study]:
        complete = Count("participants", filter=~Q(participants__finished_at=None))
        return super().get_queryset(request).annotate(_people=complete)

    @admin.display(description=_("complete participants"), ordering="_people")
    def people(self, study: Any) -> int:
        count: int = study._people
        return count

    @admin.display(description=_("pages"))
    def links(self, study: Study) -> SafeString:
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("survey:landing", args=[study.slug]),
            _("Questionnaire"),
            f"/results/{study.slug}/",
            _("Results"),
        )

    @admin.display(description=_("stored so far"))
    def counts(self, study: Study) -> str:
        people = study.participants.aggregate(all=Count("pk"), complete=Count("finished_at"))
        answers = Trial.objects.answered().filter(participant__study=study).count()
        return _(
            "%(questions)s questions, %(all)s people, %(complete)s complete, %(n)s answers"
        ) % {
            "questions": study.questions.count(),
            "n": answers,
            **people,
        }


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ["index", "study", "kind", "content", "word", "recipe"]
    list_filter = ["study", "kind", "content", "word", "recipe"]
    list_select_related = ["study", "content", "word", "recipe"]
    fields = ["study", "index", "kind", "content", "word", "recipe", "pictures"]
    readonly_fields = ["pictures"]

    @admin.display(description=_("images"))
    def pictures(self, question: Question) -> SafeString:
        options = question.options.select_related(
            "stylised__content", "stylised__cluster__clustering__word", "content"
        )
        cells = format_html_join("", "{}", ((_picture(option),) for option in options))
        return format_html('<div style="display:flex;flex-wrap:wrap;gap:12px">{}</div>', cells)


def _picture(option: Option) -> SafeString:
    name = str(option.stylised.cluster) if option.stylised else str(option.content)
    return format_html(
        '<figure style="margin:0"><img src="{}" alt="" width="120">'
        "<figcaption>{}{}</figcaption></figure>",
        option.image.file.url,
        "✓ " if option.is_target else "",
        name,
    )


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "study",
        "condition",
        "origin",
        "language",
        "started_at",
        "finished_at",
    ]
    list_filter = [
        "study",
        "condition",
        "origin",
        "language",
        ("finished_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["study", "condition"]
    search_fields = ["label", "completion_code"]
    exclude = ["seed"]


@admin.register(Trial)
class TrialAdmin(ReadOnlyAdmin):
    list_display = ["participant", "order", "question", "chosen", "response_ms", "answered_at"]
    list_filter = ["participant__study", "participant__origin", "question__word"]
    list_select_related = [
        "participant",
        "question__study",
        "question__content",
        "question__word",
        "chosen__question__study",
        "chosen__question__content",
        "chosen__question__word",
    ]
