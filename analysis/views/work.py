"""Work that a page of results waits for: how far it is, and trying again what failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analysis.views.scope import page, study_of
from analysis.work import KINDS
from jobs.models import Item
from jobs.querysets import ItemQuerySet, keys_of
from jobs.services.ask import retry
from jobs.services.workers import living
from jobs.templatetags.jobs import lasting, stage
from survey.models import Study

_MOST_ASKED = 10


@dataclass(frozen=True, slots=True)
class HowFar:
    """The progress of open work in words; `lacks_worker` says that nobody is there to do it."""

    item: Item
    lacks_worker: bool

    @property
    def stage(self) -> str:
        if self.item.state == Item.State.QUEUED:
            if self.item.error:
                return _("It failed and is tried again:")
            if self.lacks_worker:
                text = _("No worker is running, so this waits. Start one: %(command)s")
                return text % {"command": "manage.py worker"}
            return _("Waiting for a worker")
        return stage(self.item.stage) or _("Beginning")

    @property
    def quote(self) -> str:
        """Why it failed, in the words of the program."""
        return self.item.reason if self.item.state == Item.State.QUEUED else ""

    @property
    def detail(self) -> str:
        item = self.item
        if item.state != Item.State.LEASED or not item.done:
            return ""
        told = _("step %(step)s") % {"step": item.done}
        if item.total > 1:
            told = _("%(done)s of %(total)s") % {"done": item.done, "total": item.total}
        if (seconds := item.seconds_left) is None or item.done >= item.total:
            return told
        return _("%(told)s, about %(time)s left") % {"told": told, "time": lasting(seconds)}


def how_far(items: Iterable[Item | None]) -> dict[int, HowFar]:
    """Of those that there are, by their keys; by one query where something waits."""
    found = [item for item in items if item]
    waits = any(item.state == Item.State.QUEUED for item in found)
    lacks_worker = waits and not living()
    return {item.pk: HowFar(item, lacks_worker) for item in found}


@page
def progress(request: HttpRequest, slug: str) -> JsonResponse:
    """How far open work of the study is; what is over is not among it."""
    study = study_of(request, slug)
    wanted = keys_of(request.GET.getlist("of")[:_MOST_ASKED])
    found = how_far(_items_of(study).open().filter(pk__in=wanted))
    told = {
        pk: {"stage": each.stage, "quote": each.quote, "detail": each.detail}
        for pk, each in found.items()
    }
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


@require_POST
@staff_member_required(login_url=settings.LOGIN_URL)
def again(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Try again what failed or was called off, and go back to the page that waits for it."""
    study = study_of(request, slug)
    items = _items_of(study).filter(pk=pk)
    if not items.exists():
        raise Http404(f"no work {pk} on {study}")
    retry(items)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else reverse("analysis:models", args=[slug]))


def _items_of(study: Study) -> ItemQuerySet:
    """The work on a study's answers."""
    return Item.objects.filter(kind__in=KINDS, key__startswith=f"{study.pk}-")
