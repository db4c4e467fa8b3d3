"""The front page, the health check, and the stored images."""

from pathlib import PurePosixPath

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import connection
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils._os import safe_join
from django.views.decorators.http import require_safe

from analysis.models import ImportedStudy
from survey.models import Study

# Web images may be under somebody's copyright: only who looks after words sees them.
_PUBLIC_FOLDERS = ("content", "stylised")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        return render(request, "home.html", {"studies": Study.objects.live()})
    own = set(Study.objects.of(request.user).values_list("pk", flat=True))
    shown = Study.objects.filter(Q(pk__in=own) | Q(status=Study.Status.LIVE))
    # A query that groups leaves the model's own ordering out.
    studies = shown.annotate(damaged=Count("faults")).order_by("-created_at")
    context = {"studies": studies, "own": own}
    if request.user.has_perm("analysis.view_importedstudy"):
        context["imported"] = ImportedStudy.objects.defer("tables", "words")
    return render(request, "home.html", context)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
def media(request: HttpRequest, path: str) -> FileResponse:
    """A stored image. Names are hashes of what they hold, so a browser may keep them for ever."""
    parts = PurePosixPath(path).parts
    public = bool(parts) and parts[0] in _PUBLIC_FOLDERS and ".." not in parts
    if not (public or request.user.has_perm("generation.view_webimage")):
        raise Http404(path)
    try:
        file = open(safe_join(settings.MEDIA_ROOT, path), "rb")  # noqa: SIM115, PTH123
    except (OSError, ValueError, SuspiciousFileOperation) as error:  # also a name that is none
        raise Http404(path) from error
    response = FileResponse(file)
    audience = "public" if public else "private"  # a shared cache asks nobody who they are
    response["Cache-Control"] = f"{audience}, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
