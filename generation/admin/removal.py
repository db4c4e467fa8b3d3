"""Removing rows that studies may be built on: refused with the reason, or told in full."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.models import ContentImage, StylisedImage
from generation.services.remove import ContentInUse, removal_of, remove_contents
from generation.uses import uses


class GuardedAdmin(admin.ModelAdmin):
    """Refuses to remove what something is built on, such as a study, and names it."""

    delete_confirmation_template = "generation/remove.html"
    delete_selected_confirmation_template = "generation/remove_several.html"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, which would list each question in the place of the study."""
        told = [f"{row}: {reason}" for row in objs for reason in uses(row)]
        if told:
            return [str(row) for row in objs], {}, set(), told
        return self.what_goes(objs, request)

    def what_goes(self, rows: Any, request: HttpRequest) -> Any:
        return super().get_deleted_objects(rows, request)


class ContentRemovalAdmin(GuardedAdmin):
    """A photograph takes its stimuli along, and the files of both."""

    def what_goes(self, rows: Any, request: HttpRequest) -> Any:
        goes = removal_of(rows)
        meta, made = ContentImage._meta, StylisedImage._meta
        counts: dict[Any, int] = {meta.verbose_name_plural: len(rows)}
        shown: list[Any] = [str(row) for row in rows]
        lacking: set[Any] = set()
        if goes.stimuli:
            counts[made.verbose_name_plural] = goes.stimuli
            told = ngettext("%(n)d stimulus", "%(n)d stimuli", goes.stimuli)
            shown.append(told % {"n": goes.stimuli})
            if not request.user.has_perm("generation.delete_stylisedimage"):
                lacking.add(made.verbose_name)
        counts[_("files")] = len(goes.files)
        told = ngettext("%(n)d file in the storage", "%(n)d files in the storage", len(goes.files))
        shown.append(told % {"n": len(goes.files)})
        return shown, counts, lacking, []

    def delete_model(self, request: HttpRequest, obj: ContentImage) -> None:
        remove_contents(contents=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ContentImage]) -> None:
        remove_contents(contents=queryset)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, *args, **kwargs)
        except ContentInUse as error:  # since the page was shown
            return self._refused(request, error)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().changelist_view(request, *args, **kwargs)
        try:
            with transaction.atomic():  # nor is what was not removed told of in its history
                return super().changelist_view(request, *args, **kwargs)
        except ContentInUse as error:
            return self._refused(request, error)

    def _refused(self, request: HttpRequest, error: ContentInUse) -> HttpResponse:
        told = _("“%(name)s” stays, because something is built on it: %(reasons)s")
        reasons = "; ".join(error.reasons)
        facts = {"name": error.content, "reasons": reasons}
        self.message_user(request, told % facts, messages.ERROR)
        return HttpResponseRedirect(request.path if "delete" not in request.path else "../change/")
