"""Web images: where each came from, and which others have its style."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.read_only import UneditedAdmin
from generation import models
from generation.admin.display import link
from generation.admin.display import picture as show
from generation.admin.licences import StandingFilter, mark
from generation.services.similar import is_described, similar_images
from generation.services.thumbnails import thumbnail
from jobs.templatetags.jobs import quoted


@admin.register(models.WebImage)
class WebImageAdmin(UneditedAdmin):
    list_display = ("picture", "word", "title", "creator", "marked", "state", "refusal")
    list_filter = ("word", "state", "provider", StandingFilter)
    list_select_related = ("word",)
    change_form_template = "generation/web_image_form.html"
    fieldsets = (
        (None, {"fields": ("large_picture", "word", "state", "refusal", "duplicate_of",
                           "excluded")}),
        (
            pgettext_lazy("web image", "Origin"),
            {"fields": ("title", "creator", "attribution", "terms", "page", "file_url", "provider",
                        "query", "rank", "collected_at", "size", "sha256")},
        ),
    )  # fmt: skip
    readonly_fields = (
        "large_picture", "refusal", "excluded", "terms", "page", "file_url", "size",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "generation_webimage"
        return [
            path("thumbnail/<slug:sha256>.jpg", view(self.thumbnail), name=f"{name}_thumbnail"),
            path("<int:pk>/similar/", view(self.similar), name=f"{name}_similar"),
            *super().get_urls(),
        ]

    def thumbnail(self, request: HttpRequest, sha256: str) -> HttpResponseBase:
        """The small picture of a kept image, which a browser may keep for ever."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            file = default_storage.open(thumbnail(sha256))
        except (models.WebImage.DoesNotExist, OSError) as error:
            raise Http404(sha256) from error
        response = FileResponse(file, content_type="image/jpeg")
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    def similar(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The images of similar style as a part of a page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        image = get_object_or_404(self.get_queryset(request), pk=pk)
        context = {"original": image, **self._similar(image)}
        return TemplateResponse(request, "generation/_similar.html", context)

    def _similar(self, image: models.WebImage, word: models.Word | None = None) -> dict[str, Any]:
        described = is_described(image)
        found = similar_images(image=image, word=word) if described else []
        return {"described": described, "similar": found}

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.WebImage]:
        return super().get_queryset(request).select_related("word", "excluded_by")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if image := context["original"]:
            only = request.GET.get("similar") == "word"
            context |= {"only_word": only, **self._similar(image, image.word if only else None)}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("image"))
    def large_picture(self, image: models.WebImage) -> SafeString | str:
        if not image.file:
            return "—"
        return format_html(
            '<a href="{0}"><img class="large" src="{0}" alt="{1}"></a>', image.file.url, image
        )

    @admin.display(description=_("reason"))
    def refusal(self, image: models.WebImage) -> str:
        return quoted(image.reason) or "—"

    @admin.display(description=_("excluded"))
    def excluded(self, image: models.WebImage) -> str:
        if image.excluded_at is None:
            return "—"
        when = date_format(timezone.localtime(image.excluded_at), "DATETIME_FORMAT")
        return f"{when}, {image.excluded_by or '—'}, {image.excluded_why or '—'}"

    @admin.display(description=_("licence"), ordering="licence")
    def marked(self, image: models.WebImage) -> SafeString | str:
        return mark(image)

    @admin.display(description=_("licence"))
    def terms(self, image: models.WebImage) -> SafeString | str:
        return link(image.licence_url, image.licence or _("unknown, which is not free"))

    @admin.display(description=_("found on the page"))
    def page(self, image: models.WebImage) -> SafeString | str:
        return link(image.page_url)

    @admin.display(description=_("address of the file"))
    def file_url(self, image: models.WebImage) -> SafeString | str:
        return link(image.url)

    @admin.display(description=_("size"))
    def size(self, image: models.WebImage) -> str:
        return f"{image.width} x {image.height} px" if image.width else "—"

    @admin.display(description=_("image"))
    def picture(self, image: models.WebImage) -> SafeString | str:
        return show(image.file, alt=str(image))
