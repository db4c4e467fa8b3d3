"""Cutting a stored photograph to a square."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generation.admin.access import allowed
from generation.forms import in_words
from generation.models import ContentImage
from generation.photographs import PhotographError, read_crop
from generation.services.crop import ContentMade, TwinError, crop_content
from jobs.templatetags.jobs import quoted


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Below a photograph's own address."""
    view = site.admin_view(crop)
    return [path("<int:pk>/crop/", view, name="generation_contentimage_crop")]


@require_POST
@allowed("change_contentimage")
def crop(request: HttpRequest, pk: int) -> HttpResponse:
    """Cut the photograph as its page says, and go back there."""
    content = get_object_or_404(ContentImage, pk=pk)
    told, level = _cut(content, request.POST.get("crop", ""))
    if level == messages.SUCCESS:
        model_admin = admin.site._registry[ContentImage]
        model_admin.log_change(request, content, [{"changed": {"fields": ["image"]}}])
    messages.add_message(request, level, told)
    return HttpResponseRedirect(reverse("admin:generation_contentimage_change", args=[pk]))


def _cut(content: ContentImage, chosen: str) -> tuple[str, int]:
    """What to say of it, and how loudly."""
    try:
        square = read_crop(chosen, (content.width, content.height))
        if square is None:
            return _("The photograph stays whole."), messages.INFO
        cut = crop_content(content=content, crop=square)
    except (PhotographError, OSError) as error:  # such as a file that is gone
        return _refused(error), messages.ERROR
    except ContentMade as error:
        told = ngettext(
            "Nothing was cut: %(n)d stimulus is made from this photograph.",
            "Nothing was cut: %(n)d stimuli are made from this photograph.",
            error.count,
        )
        return told % {"n": error.count}, messages.ERROR
    except TwinError as error:
        told = _("Nothing was cut: this picture is there already: %(name)s.")
        return told % {"name": error.twin}, messages.ERROR
    if content.mask and not cut.mask:
        told = _("The photograph was cut. The mask marked nothing of it, and was dropped.")
        return told, messages.WARNING
    return _("The photograph was cut."), messages.SUCCESS


def _refused(error: PhotographError | OSError) -> str:
    if isinstance(error, PhotographError):
        return _("Nothing was cut: %(reason)s") % {"reason": in_words(error)}
    told = _("Nothing was cut, because a file cannot be read or written. The technical reason:")
    return format_html("{} {}", told, quoted(error))
