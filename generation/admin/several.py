"""Several photographs at once: each file is stored by itself, so that one spoils no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from generation.admin.access import allowed
from generation.forms import MAX_BYTES, CutContentImageForm, there_already
from generation.models import ContentImage
from generation.photographs import MIN_SIDE, moves
from generation.services.contents import keep_content, propose_name


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Below the photographs' own addresses."""
    view = site.admin_view(add_several)
    return [path("add-several/", view, name="generation_contentimage_several")]


@dataclass(frozen=True, slots=True)
class _Came:
    """What became of a file: a photograph, or what is wrong with it."""

    file: str
    content: ContentImage | None
    errors: ErrorDict
    twin: ContentImage | None = None
    notes: Sequence[str] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("add_contentimage")
def add_several(request: HttpRequest) -> HttpResponse:
    """The page; one file of a script, or all those of a plain form."""
    if request.method == "POST" and not request.accepts("text/html"):
        return _answer(_take(request, request.FILES.get("upload"), request.POST.get("name", "")))
    came: list[_Came] = []
    kept: list[ContentImage] = []
    if request.method == "POST":
        came = [_take(request, file) for file in request.FILES.getlist("upload")]
        if not came:
            messages.error(request, _("No file was chosen."))
        kept = [each.content for each in came if each.content]
        if kept and len(kept) == len(came):
            told = ngettext(
                "%(n)d photograph was added.", "%(n)d photographs were added.", len(kept)
            )
            messages.success(request, told % {"n": len(kept)})
            return HttpResponseRedirect(next_page(kept))
    context = {
        **admin.site.each_context(request),
        "title": _("Add several photographs"),
        "came": came,
        "next": next_page(kept) if kept else "",
        "given": request.POST,
        "max_bytes": MAX_BYTES,
        "min_side": MIN_SIDE,
    }
    status = 400 if request.method == "POST" else 200
    return TemplateResponse(request, "generation/several.html", context, status=status)


def next_page(contents: Sequence[ContentImage]) -> str:
    """Where one chooses what is made of these photographs."""
    query = "&".join(f"content={content.pk}" for content in contents)
    return f"{reverse('admin:generation_contentimage_stimuli')}?{query}"


def _take(request: HttpRequest, file: UploadedFile | None, name: str | None = None) -> _Came:
    """Store one file, with the form's credit, licence and cut; without a name one is proposed."""
    called = str(file.name) if file else ""
    data = {field: request.POST.get(field, "") for field in ("credit", "licence", "crop")}
    data["name"] = propose_name(called) if name is None else name
    files = MultiValueDict({"upload": [file]} if file else {})
    form = CutContentImageForm(data, files)
    if not form.is_valid():
        return _Came(called, None, form.errors)
    values = {field: form.cleaned_data[field] for field in ("name", "credit", "licence")}
    try:
        content, is_new = keep_content(image=form.image, uploaded_by=request.user, **values)  # type: ignore[arg-type]
    except IntegrityError:  # somebody else took the name in this moment
        form.add_error("name", _("A photograph of this name is there already."))
        return _Came(called, None, form.errors)
    if not is_new:
        form.add_error("upload", there_already(content))
        return _Came(called, None, form.errors, twin=content)
    admin.site._registry[ContentImage].log_addition(request, content, [{"added": {}}])
    return _Came(called, content, form.errors, notes=_notes(form, content))


def _notes(form: CutContentImageForm, content: ContentImage) -> list[str]:
    """What was done to a file that somebody may not expect."""
    notes = []
    form.cleaned_data["upload"].seek(0)
    if moves(form.cleaned_data["upload"].read()):
        notes.append(_("The file moves: its first frame was taken."))
    if form.image.size != (content.width, content.height):
        facts = {
            "width": content.width, "height": content.height, "wide": form.image.width,
            "high": form.image.height,
        }  # fmt: skip
        told = _("Stored at %(width)d x %(height)d px, made smaller from %(wide)d x %(high)d px.")
        notes.append(told % facts)
    return notes


def _answer(came: _Came) -> JsonResponse:
    content = came.content
    if content is None:
        answer: dict[str, Any] = {"errors": came.errors}
        if came.twin:
            answer["twin"] = {"name": came.twin.name, "page": page_of(came.twin)}
        return JsonResponse(answer, status=400)
    facts = {
        "pk": content.pk, "name": content.name, "page": page_of(content),
        "picture": content.file.url, "width": content.width, "height": content.height,
        "notes": came.notes,
    }  # fmt: skip
    return JsonResponse(facts, status=201)


def page_of(content: ContentImage) -> str:
    return reverse("admin:generation_contentimage_change", args=[content.pk])
