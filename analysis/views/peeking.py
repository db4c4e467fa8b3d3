"""Looking at p values before a study is over: asked once more, then logged."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from analysis.peeking import p_values
from analysis.views.scope import study_of
from survey.services.peeking import peek as log_peek


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_member_required(login_url=settings.LOGIN_URL)
def peek(request: HttpRequest, slug: str) -> HttpResponse:
    """POST logs the look and leads back to `next`, a page of this site; GET asks."""
    study = study_of(request, slug)
    back = _local(request.POST.get("next") or request.GET.get("next", ""))
    address = back or reverse("analysis:overview", args=[slug])
    if request.method == "POST":
        log_peek(study=study, user=cast(User, request.user))
        return redirect(address)
    p = p_values(study, request.user)
    if p.shown:
        return redirect(address)
    return render(request, "analysis/peek.html", {"study": study, "p": p, "next": address})


def _local(address: str) -> str:
    """The address if it is a path of this site, else nothing."""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""
