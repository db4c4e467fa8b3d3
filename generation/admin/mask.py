"""Marking a photograph's object: a proposal, a brush, or an upload."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from generation.admin.access import allowed
from generation.forms import MaskForm, mask_in_use
from generation.models import ContentImage
from generation.nst.foreground import fell_back
from generation.segmenters import SegmenterError
from generation.services.masks import MaskInUse, count_made_inside, set_mask, suggest
from generation.services.store import png

NO_MASK = gettext_lazy(
    "No mask was proposed: mark the object by hand, or upload a mask. The technical reason:"
)


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Below a photograph's own address."""
    name = "generation_contentimage_mask"
    return [
        path("<int:pk>/mask/", site.admin_view(page), name=name),
        path("<int:pk>/mask/proposal/", site.admin_view(proposal), name=f"{name}_proposal"),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("change_contentimage")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; what was painted, from a script, or an upload of a plain form."""
    content = get_object_or_404(ContentImage, pk=pk)
    if request.method == "POST":
        return _store(request, content)
    made_inside = count_made_inside(content=content)
    context = {
        **admin.site.each_context(request),
        "title": _("Mark the object: %(name)s") % {"name": content},
        "content": content,
        "form": MaskForm(content=content),
        "in_use": mask_in_use(made_inside) if made_inside else "",
        "back": _back(request, content),
    }
    return TemplateResponse(request, "generation/mask.html", context)


def _store(request: HttpRequest, content: ContentImage) -> HttpResponse:
    form, error = MaskForm(request.POST, request.FILES, content=content), ""
    if form.is_valid():
        try:
            set_mask(content=content, image=form.image)
        except MaskInUse as reason:  # since the form was checked
            error = mask_in_use(reason.count)
    else:
        error = " ".join(str(each) for errors in form.errors.values() for each in errors)
    if not error:
        changed = [{"changed": {"fields": ["foreground mask"]}}]
        admin.site._registry[ContentImage].log_change(request, content, changed)
    if not request.accepts("text/html"):
        if error:
            return JsonResponse({"error": error}, status=409)
        return JsonResponse({"told": _("The mask is stored.")})
    messages.add_message(
        request, messages.ERROR if error else messages.SUCCESS, error or _("The mask is stored.")
    )
    return HttpResponseRedirect(request.get_full_path() if error else _back(request, content))


@require_POST
@allowed("change_contentimage")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """What the machine takes for the object, as PNG; nothing is stored."""
    content = get_object_or_404(ContentImage, pk=pk)
    try:
        mask = suggest(content=content)
    except (SegmenterError, OSError) as error:
        return JsonResponse({"error": str(NO_MASK), "quote": str(error)}, status=409)
    headers = {"X-Mask": "stand-in" if fell_back(mask) else "object", "Cache-Control": "no-store"}
    return HttpResponse(png(mask), content_type="image/png", headers=headers)


def _back(request: HttpRequest, content: ContentImage) -> str:
    """To the page of several photographs where somebody came from, or to the photograph's own."""
    keys = [key for key in request.GET.getlist("content") if key.isdecimal() and key.isascii()]
    if not keys:
        return reverse("admin:generation_contentimage_change", args=[content.pk])
    query = "&".join(f"content={key}" for key in keys)
    return f"{reverse('admin:generation_contentimage_stimuli')}?{query}"
