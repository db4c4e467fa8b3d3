"""What participants made and what questions show: to look at, not to edit."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from survey.admin.own import OwnStudiesFilter, RowsOfOwnStudies
from survey.models import Fault, Option, Question, StudyVersion, Trial, Withdrawal


@admin.register(Question)
class QuestionAdmin(RowsOfOwnStudies):
    list_display = ["index", "word", "content", "kind", "recipe", "study", "version"]
    list_filter = [("study", OwnStudiesFilter), "version", "kind", "content", "word", "recipe"]
    list_select_related = ["study", "content", "word", "recipe"]
    fields = ["study", "version", "index", "kind", "content", "word", "recipe", "pictures"]
    readonly_fields = ["pictures"]

    @admin.display(description=_("images"))
    def pictures(self, question: Question) -> SafeString:
        options = question.options.select_related(
            "stylised__content", "stylised__cluster__clustering__word", "content"
        )
        cells = format_html_join("", "{}", ((_picture(option),) for option in options))
        return format_html('<div style="display:flex;flex-wrap:wrap;gap:12px">{}</div>', cells)


def _picture(option: Option) -> SafeString:
    return format_html(
        '<figure style="margin:0"><img src="{}" alt="" width="120">'
        "<figcaption>{}</figcaption></figure>",
        option.image.file.url,
        _named(option),
    )


def _named(option: Option) -> str:
    """What was offered, with a tick where it is what the question asks for."""
    name = option.stylised.cluster if option.stylised else option.content
    return f"{'✓ ' if option.is_target else ''}{name}"


@admin.register(Trial)
class TrialAdmin(RowsOfOwnStudies):
    study_path = "participant__study"
    list_display = [
        "participant", "order", "question", "choice", "response_ms", "answered_at",
    ]  # fmt: skip
    list_filter = [
        ("participant__study", OwnStudiesFilter), "participant__origin", "question__kind",
        "question__word", "answered_at",
    ]  # fmt: skip
    search_fields = ["participant__label", "participant__completion_code"]
    list_select_related = [
        "participant",
        "question__study",
        "question__content",
        "question__word",
        "chosen__stylised__cluster__clustering__word",
        "chosen__content",
    ]

    @admin.display(description=_("chosen image"))
    def choice(self, trial: Trial) -> str:
        return _named(trial.chosen) if trial.chosen else "–"


@admin.register(Fault)
class FaultAdmin(RowsOfOwnStudies):
    list_display = ["file", "study", "noticed_at", "expected", "found"]
    list_filter = [("study", OwnStudiesFilter), "noticed_at"]
    list_select_related = ["study"]
    search_fields = ["study__slug", "file", "expected", "found"]
    date_hierarchy = "noticed_at"


@admin.register(Withdrawal)
class WithdrawalAdmin(RowsOfOwnStudies):
    list_display = ["study", "withdrawn_at", "origin", "version", "answers", "was_complete"]
    list_filter = [("study", OwnStudiesFilter), "origin", "was_complete", "withdrawn_at"]
    list_select_related = ["study"]
    search_fields = ["study__slug"]
    date_hierarchy = "withdrawn_at"


@admin.register(StudyVersion)
class StudyVersionAdmin(RowsOfOwnStudies):
    list_display = ["study", "version", "changed", "made_at", "composition", "short_hash"]
    list_display_links = ["version"]
    list_filter = [("study", OwnStudiesFilter), "made_at"]
    list_select_related = ["study"]
    search_fields = ["study__slug", "sha256"]
    date_hierarchy = "made_at"

    @admin.display(description="SHA-256", ordering="sha256")
    def short_hash(self, version: StudyVersion) -> str:
        return f"{version.sha256[:12]}…"

    @admin.display(description=_("pages"))
    def changed(self, version: StudyVersion) -> SafeString:
        page = reverse("admin:survey_study_versions", args=[version.study_id])
        return format_html('<a href="{}?after={}">{}</a>', page, version.version, _("What changed"))
