"""The admin's desk for words, photographs, clusters and stimuli."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generation import models
from generation.forms import (
    ContentImageForm,
    RecipeForm,
    StoredContentImageForm,
    WordForm,
    mask_in_use,
)
from generation.nst.foreground import fell_back
from generation.segmenters import SegmenterError
from generation.services.contents import add_content
from generation.services.masks import MaskInUse, propose, set_mask
from generation.services.similar import is_described, similar_images
from generation.services.stylise import queue_again


def _picture(file: Any, size: int = 64, alt: str = "") -> SafeString | str:
    if not file:
        return "—"
    return format_html('<img src="{}" alt="{}" loading="lazy" height="{}">', file.url, alt, size)


def _link(url: str, text: Any = "") -> SafeString | str:
    """A link, where the address is one of the web; other schemes could run code."""
    if not url.startswith(("http://", "https://")):
        return text or url or "—"
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, text or url)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.0%}"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the generator writes: to be looked at, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.Word)
class WordAdmin(admin.ModelAdmin):
    form = WordForm
    list_display = ("text", "reading", "gloss", "kept", "consistent")
    search_fields = ("text", "reading", "gloss")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Word]:
        kept = Count("web_images", filter=Q(web_images__state="ok"))
        # How many words were told apart, on each row, because a list has one query.
        measured = models.Word.objects.exclude(consistency=None).order_by()
        compared = measured.annotate(one=Value(1)).values("one").annotate(n=Count("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(kept=kept, compared=Subquery(compared.values("n")))
        )

    @admin.display(description=_("images kept"), ordering="kept")
    def kept(self, word: Any) -> int:
        return int(word.kept)

    @admin.display(description=_("consistency"), ordering="consistency")
    def consistent(self, word: Any) -> str:
        if word.consistency is None:
            return "—"
        return _("%(share)s (chance %(chance)s)") % {
            "share": _percent(word.consistency), "chance": _percent(1 / word.compared),
        }  # fmt: skip


@admin.register(models.ContentImage)
class ContentImageAdmin(admin.ModelAdmin):
    form = ContentImageForm
    list_display = ("picture", "name", "stimuli", "credit", "licence", "uploaded_at")
    list_display_links = ("picture", "name")
    search_fields = ("name", "credit")
    change_form_template = "generation/content_image_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.ContentImage]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                wanted=Count("stylised"), done=Count("stylised", filter=Q(stylised__state="done"))
            )
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["name", "upload", "credit", "licence"]})]
        facts = ["name", "large_picture", "credit", "licence", "size", "sha256", "uploaded_by"]
        may_upload = self.has_change_permission(request, obj)
        mask = ["mask_preview", "mask_upload"] if may_upload else ["mask_preview"]
        return [(None, {"fields": facts}), (_("Foreground mask"), {"fields": mask})]

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

    def _set_mask(self, request: HttpRequest, content: models.ContentImage, mask: Any) -> None:
        try:
            set_mask(content=content, image=mask)
        except MaskInUse as error:  # since the form was checked
            self.message_user(request, mask_in_use(error.count), messages.ERROR)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.propose_mask))
        name = "generation_contentimage_propose_mask"
        return [path("<int:pk>/propose-mask/", view, name=name), *super().get_urls()]

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
            mask = propose(content=content)
        except MaskInUse as error:
            return mask_in_use(error.count), messages.ERROR
        except (SegmenterError, OSError) as error:
            return _("No mask was proposed: %(reason)s") % {"reason": error}, messages.ERROR
        self.log_change(request, content, [{"changed": {"fields": ["foreground mask"]}}])
        if fell_back(mask):
            told = _("No object stood out, so this mask is only a stand-in: better upload one.")
            return str(told), messages.WARNING
        told = _("A mask was proposed. Where it misses the object, upload a better one.")
        return str(told), messages.SUCCESS

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if content := context["original"]:
            rows = models.StylisedImage.objects.filter(content=content)
            counts = rows.counts()
            context |= {
                "counts": counts,
                "wanted": sum(counts.values()),
                "busy": counts["queued"] + counts["leased"] > 0,
                "stimuli": rows.select_related("cluster__clustering__word").order_by(
                    "recipe", "cluster__clustering__word__reading", "cluster__index"
                ),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("image"))
    def picture(self, content: models.ContentImage) -> SafeString | str:
        return _picture(content.file, alt=content.name)

    @admin.display(description=_("image"))
    def large_picture(self, content: models.ContentImage) -> SafeString | str:
        return _picture(content.file, 240, alt=content.name)

    @admin.display(description=_("mask"))
    def mask_preview(self, content: models.ContentImage) -> SafeString:
        return render_to_string("generation/_mask.html", {"content": content})

    @admin.display(description=_("size"))
    def size(self, content: models.ContentImage) -> str:
        return f"{content.width} x {content.height} px"

    @admin.display(description=_("stimuli done"))
    def stimuli(self, content: Any) -> str:
        return f"{content.done} / {content.wanted}"


@admin.register(models.WebImage)
class WebImageAdmin(ReadOnlyAdmin):
    list_display = ("picture", "word", "title", "creator", "licence", "state", "reason")
    list_filter = ("word", "state", "provider", "licence")
    list_select_related = ("word",)
    change_form_template = "generation/web_image_form.html"
    fieldsets = (
        (None, {"fields": ("large_picture", "word", "state", "reason", "excluded")}),
        (
            _("Origin"),
            {"fields": ("title", "creator", "terms", "page", "file_url", "provider", "query",
                        "rank", "collected_at", "size", "sha256")},
        ),
    )  # fmt: skip
    readonly_fields = ("large_picture", "excluded", "terms", "page", "file_url", "size")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.WebImage]:
        return super().get_queryset(request).select_related("word", "excluded_by")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if image := context["original"]:
            described, only = is_described(image), request.GET.get("similar") == "word"
            word = image.word if only else None
            context |= {
                "described": described,
                "only_word": only,
                "similar": similar_images(image=image, word=word) if described else [],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("image"))
    def large_picture(self, image: models.WebImage) -> SafeString | str:
        if not image.file:
            return "—"
        return format_html(
            '<a href="{0}"><img class="large" src="{0}" alt="{1}"></a>', image.file.url, image
        )

    @admin.display(description=_("excluded"))
    def excluded(self, image: models.WebImage) -> str:
        if image.excluded_at is None:
            return "—"
        when = date_format(timezone.localtime(image.excluded_at), "DATETIME_FORMAT")
        return f"{when}, {image.excluded_by or '—'}"

    @admin.display(description=_("licence"))
    def terms(self, image: models.WebImage) -> SafeString | str:
        return _link(image.licence_url, image.licence or _("unknown, which is not free"))

    @admin.display(description=_("found on the page"))
    def page(self, image: models.WebImage) -> SafeString | str:
        return _link(image.page_url)

    @admin.display(description=_("address of the file"))
    def file_url(self, image: models.WebImage) -> SafeString | str:
        return _link(image.url)

    @admin.display(description=_("size"))
    def size(self, image: models.WebImage) -> str:
        return f"{image.width} x {image.height} px" if image.width else "—"

    @admin.display(description=_("image"))
    def picture(self, image: models.WebImage) -> SafeString | str:
        return _picture(image.file, alt=image.title)


@admin.register(models.Clustering)
class ClusteringAdmin(ReadOnlyAdmin):
    list_display = ("word", "created_at", "silhouette", "exemplars")
    list_filter = ("word",)
    readonly_fields = ("exemplars",)

    class Media:
        css = {"all": ["generation/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Clustering]:
        queryset = super().get_queryset(request).select_related("word")
        return queryset.prefetch_related("clusters__members__web_image")

    @admin.display(description=_("clusters, nearest to the centre first"))
    def exemplars(self, clustering: models.Clustering) -> SafeString:
        rows = (
            (cluster.index, _pictures(cluster.members.all()))
            for cluster in clustering.clusters.all()
        )
        return format_html_join("", '<div class="exemplars">{}: {}</div>', rows)


def _pictures(members: Iterable[models.ClusterMember]) -> SafeString:
    return format_html_join(" ", "{}", ((_picture(m.web_image.file, 48),) for m in members))


@admin.register(models.Recipe)
class RecipeAdmin(admin.ModelAdmin):
    form = RecipeForm
    list_display = ("name", "in_use", "imported", "sha256")
    list_editable = ("in_use",)
    fields = ("name", "in_use", "imported", "parameters", "sha256")
    readonly_fields = ("name", "imported", "parameters", "sha256")

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, **{"form": RecipeForm, **kwargs})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(models.StylisedImage)
class StylisedImageAdmin(ReadOnlyAdmin):
    list_display = ("picture", "content", "word", "cluster_index", "state", "recognised_share",
                    "recognised_as", "attempts", "seconds", "device")  # fmt: skip
    list_filter = ("state", "content", "cluster__clustering__word", "recipe", "recognised_as")
    list_select_related = ("content", "cluster__clustering__word", "recognised_as")
    actions = ("try_again",)

    @admin.display(description=_("image"))
    def picture(self, image: models.StylisedImage) -> SafeString | str:
        return _picture(image.file)

    @admin.display(description=_("word"), ordering="cluster__clustering__word__reading")
    def word(self, image: models.StylisedImage) -> str:
        return str(image.cluster.word)

    @admin.display(description=_("recognised by the machine"), ordering="recognised")
    def recognised_share(self, image: models.StylisedImage) -> str:
        return _percent(image.recognised)

    @admin.display(description=_("cluster"), ordering="cluster__index")
    def cluster_index(self, image: models.StylisedImage) -> int:
        return image.cluster.index

    @admin.action(description=_("Make the failed ones again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: QuerySet[models.StylisedImage]) -> None:
        count = queue_again(rows=rows)
        told = ngettext(
            "%(count)d image is queued again.", "%(count)d images are queued again.", count
        )
        self.message_user(request, told % {"count": count})
