"""The front page, the health check, and the stored images."""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analysis.models import ImportedStudy
from survey.models import Study

_PUBLIC_FOLDERS = ("content", "stylised")
# Web images may be under somebody's copyright: only who looks after words sees them. Nothing else
# has an address: other files are for the program, or of people's answers.
_OTHERS = {"web": "generation.view_webimage", "masks": "generation.view_contentimage"}


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
    """A stored image. Names are hashes of what they hold, so a browser may keep them for ever.

    Raises StorageError where the storage does not give it out.
    """
    parts = PurePosixPath(path).parts
    folder = parts[0] if parts and ".." not in parts else ""
    public, needed = folder in _PUBLIC_FOLDERS, _OTHERS.get(folder)
    if not (public or (needed and request.user.has_perm(needed))):
        raise Http404(path)
    try:
        if any(part.startswith(".") for part in parts):  # somebody may just be writing it
            raise FileNotFoundError(path)
        file = default_storage.open(path)
    except (OSError, ValueError, SuspiciousOperation) as error:  # also a name that is none
        raise Http404(path) from error
    response = FileResponse(file)
    audience = "public" if public else "private"  # a shared cache asks nobody who they are
    response["Cache-Control"] = f"{audience}, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
