"""Photographs: upload, mask, and the stimuli made from them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from generation import models
from generation.admin import crop, making, mask, several
from generation.admin.display import picture as show
from generation.admin.making import parts_of
from generation.admin.mask import NO_MASK
from generation.admin.removal import ContentRemovalAdmin
from generation.forms import ContentImageForm, StoredContentImageForm, mask_in_use
from generation.nst.foreground import fell_back
from generation.photographs import MIN_SIDE
from generation.segmenters import SegmenterError
from generation.services.contents import add_content
from generation.services.masks import MaskInUse, propose, set_mask
from jobs.templatetags.jobs import quoted


@admin.register(models.ContentImage)
class ContentImageAdmin(ContentRemovalAdmin):
    form = ContentImageForm
    list_display = ("picture", "name", "stimuli", "credit", "licence", "uploaded_at")
    list_display_links = ("picture", "name")
    search_fields = ("name", "credit")
    change_list_template = "generation/content_image_list.html"
    change_form_template = "generation/content_image_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.ContentImage]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                wanted=Count("stylised"), done=Count("stylised", filter=~Q(stylised__sha256=""))
            )
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["name", "upload", "credit", "licence"]})]
        facts = ["name", "large_picture", "credit", "licence", "size", "sha256", "uploaded_by"]
        may_upload = self.has_change_permission(request, obj)
        shown = ["mask_preview", "mask_upload"] if may_upload else ["mask_preview"]
        return [(None, {"fields": facts}), (_("Foreground mask"), {"fields": shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return ["large_picture", "size", "sha256", "uploaded_by", "mask_preview"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        if obj is not None:  # the picture stays what it is: stimuli were made from it
            kwargs["form"] = StoredContentImageForm
        return super().get_form(request, obj, change, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:  # fmt: skip
        """Outside of a transaction, unlike Django's: a picture takes seconds to be read and
        encoded, in which nobody else could write into SQLite. The services have their own.
        """
        answer = partial(self._changeform_view, request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
        try:
            page: HttpResponse = answer()
        except IntegrityError:  # somebody else took the name in this moment: the form says so now
            for file in request.FILES.values():
                file.seek(0)  # type: ignore[union-attr]
            page = answer()
        return page

    def save_model(
        self, request: HttpRequest, obj: models.ContentImage, form: Any, change: bool
    ) -> None:
        if change:
            # Not its mask, which a worker may have proposed while somebody typed.
            obj.save(update_fields=["name", "credit", "licence"])
            if form.mask is not None:
                self._set_mask(request, obj, form.mask)
        else:
            obj.pk = add_content(
                name=obj.name, image=form.image, credit=obj.credit, licence=obj.licence,
                uploaded_by=request.user,  # type: ignore[arg-type]
            ).pk  # fmt: skip

    def _set_mask(self, request: HttpRequest, content: models.ContentImage, image: Any) -> None:
        try:
            set_mask(content=content, image=image)
        except MaskInUse as error:  # since the form was checked
            self.message_user(request, mask_in_use(error.count), messages.ERROR)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        view = site.admin_view(require_POST(self.propose_mask))
        name = "generation_contentimage_propose_mask"
        own = [path("<int:pk>/propose-mask/", view, name=name)]
        own += [*several.urls(site), *making.urls(site), *mask.urls(site), *crop.urls(site)]
        return [*own, *super().get_urls()]

    def propose_mask(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The button of the photograph's page: proposes a mask, and goes back there."""
        content = get_object_or_404(models.ContentImage, pk=pk)
        if not self.has_change_permission(request, content):
            raise PermissionDenied
        self.message_user(request, *self._propose(request, content))
        page = reverse("admin:generation_contentimage_change", args=[pk])
        return HttpResponseRedirect(page)

    def _propose(self, request: HttpRequest, content: models.ContentImage) -> tuple[str, int]:
        """What to say of it, and how loudly."""
        try:
            proposed = propose(content=content)
        except MaskInUse as error:
            return mask_in_use(error.count), messages.ERROR
        except (SegmenterError, OSError) as error:
            return format_html("{} {}", NO_MASK, quoted(error)), messages.ERROR
        self.log_change(request, content, [{"changed": {"fields": ["foreground mask"]}}])
        if fell_back(proposed):
            told = _("No object stood out, so this mask is only a stand-in: better upload one.")
            return str(told), messages.WARNING
        told = _("A mask was proposed. Where it misses the object, upload a better one.")
        return str(told), messages.SUCCESS

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if content := context["original"]:
            context |= {**parts_of(request, [content]), "min_side": MIN_SIDE}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("image"))
    def picture(self, content: models.ContentImage) -> SafeString | str:
        return show(content.file, alt=content.name)

    @admin.display(description=_("image"))
    def large_picture(self, content: models.ContentImage) -> SafeString | str:
        return show(content.file, 240, alt=content.name)

    @admin.display(description=_("mask"))
    def mask_preview(self, content: models.ContentImage) -> SafeString:
        return render_to_string("generation/_mask.html", {"content": content})

    @admin.display(description=_("size"))
    def size(self, content: models.ContentImage) -> str:
        return f"{content.width} x {content.height} px"

    @admin.display(description=_("stimuli done"))
    def stimuli(self, content: Any) -> str:
        return f"{content.done} / {content.wanted}"
