"""The admin's site: its front page, and having the installation checked."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jobs.live import part
from jobs.services.ask import Wanted, ask_once
from texturestudy import front
from texturestudy.work import DOCTOR


class Desk(admin.AdminSite):
    site_header = site_title = "texturestudy"
    index_title = _("At a glance")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        user = cast(User, request.user)
        facts: dict[str, Any] = {
            "studies": front.studies(user),
            "work": front.work(user),
            "warnings": front.warnings(user),
        }
        if _may_check(request):
            facts |= {"disk": front.disk(), "checked": front.checked()}
        return super().index(request, {**facts, **(extra_context or {})})

    def get_urls(self) -> list[URLResolver | URLPattern]:
        check = self.admin_view(require_POST(self.examine))
        return [
            path("check/", check, name="check"),
            path("under-way/", self.admin_view(self.under_way), name="under_way"),
            *super().get_urls(),
        ]

    def under_way(self, request: HttpRequest) -> HttpResponse:
        """The part of the front page that moves."""
        work = front.work(cast(User, request.user))
        return part(request, "jobs/_under_way.html", {"work": work})

    def examine(self, request: HttpRequest) -> HttpResponse:
        """Have everything checked by a worker; asked twice, it is done once."""
        if not _may_check(request):
            raise PermissionDenied
        wanted = Wanted(key="all")
        ask_once(kind=DOCTOR, item=wanted, asked_by=cast(User, request.user))
        return redirect("admin:index")


def _may_check(request: HttpRequest) -> bool:
    """It tells of all studies."""
    return request.user.has_perm("survey.every_study")
