"""What an open page asks every few seconds: whether a figure on it can be another one by now."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from analysis import frames
from analysis.live import every, stamp_of
from analysis.views.scope import page, study_of


@page
def stamp(request: HttpRequest, slug: str) -> JsonResponse:
    """Of all filters alike; answers are those of the origins that the study counts."""
    study = study_of(request, slug)
    frame = frames.load(study)
    told = {
        "answers": len(frames.counted_in(frame, study)),
        "stamp": stamp_of(frame, study),
        "every": every(study),
    }
    return JsonResponse(told, headers={"Cache-Control": "no-store"})
