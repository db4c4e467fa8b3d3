"""What the lists of studies and of people are narrowed down by."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from survey.models import Study, Trial
from survey.models.rules import SITTING

_FAST_MS = 1000


class LanguageFilter(admin.SimpleListFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*settings.LANGUAGES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Study]) -> QuerySet[Study]:
        if code := self.value():  # SQLite cannot look into a list
            text = queryset.annotate(_languages=Cast("languages", TextField()))
            return text.filter(_languages__contains=f'"{code}"')
        return queryset


class OwnFilter(admin.SimpleListFilter):
    """For those who see the studies of others too."""

    title = _("whose")
    parameter_name = "own"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("my own"))] if request.user.has_perm("survey.every_study") else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Study]) -> QuerySet[Study]:
        if self.value() == "1":
            return queryset.filter(pk__in=Study.objects.filter(researchers=request.user.pk))
        return queryset


class StateFilter(admin.SimpleListFilter):
    """How far somebody came."""

    title = _("state")
    parameter_name = "state"
    STATES = {
        "complete": (_("finished"), Q(finished_at__isnull=False)),
        "under-way": (_("under way"), Q(finished_at=None, left_at=None)),
        "left": (_("left"), Q(left_at__isnull=False)),
        "not-agreed": (_("not agreed yet"), Q(consented_at=None, left_at=None)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        here = [("here", _("active in the last 10 minutes"))]
        return [(name, label) for name, (label, _rule) in self.STATES.items()] + here

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "here":
            return queryset.filter(finished_at=None, seen_at__gte=timezone.now() - SITTING)
        if self.value() in self.STATES:
            return queryset.filter(self.STATES[str(self.value())][1])
        return queryset


class FlagFilter(admin.SimpleListFilter):
    """Signs that somebody's answers deserve a look; the results have all of them."""

    title = _("signs")
    parameter_name = "sign"
    SIGNS = {
        "catch": (
            _("failed a catch question"),
            Q(question__kind="catch", chosen__is_target=False),
        ),
        "fast": (_("answered in less than a second"), Q(response_ms__lt=_FAST_MS)),
        "blur": (_("left the window during a question"), Q(blurs__gt=0)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _rule) in self.SIGNS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in self.SIGNS:
            rule = self.SIGNS[str(self.value())][1]
            return queryset.filter(
                Exists(Trial.objects.answered().filter(rule, participant=OuterRef("pk")))
            )
        return queryset
