"""A grid of images as the templates and the page's JavaScript take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from survey.design import grid_shape
from survey.models import Study
from survey.services.composition import Asked, Stimulus
from survey.services.present import Shown

Cell = dict[str, Any]


def cells_of(stimuli: Iterable[Stimulus]) -> list[Cell]:
    return [{"url": s.url, "width": s.width, "height": s.height} for s in stimuli]


def question_of(shown: Shown) -> dict[str, Any]:
    """A trial for the page: nothing in it tells which images are targets."""
    return {
        "trial": str(shown.trial.token),
        "number": shown.number,
        "total": shown.total,
        "kind": "catch" if shown.asked.is_catch else "word",
        "heading": heading_of(shown.asked),
        "cells": cells_of(shown.cells),
    }


def heading_of(asked: Asked) -> str:
    """The question's text in the present language, as HTML."""
    language = translation.get_language() or ""
    return _heading(asked.is_catch, asked.word_text, asked.word_reading, language)


@lru_cache(maxsize=1024)
def _heading(is_catch: bool, text: str, reading: str, language: str) -> str:
    context = {"is_catch": is_catch, "text": text, "reading": reading, "language": language}
    return render_to_string("survey/_heading.html", context).strip()


def show_grid(
    request: HttpRequest, study: Study, template: str, cells: Sequence[Cell], **more: Any
) -> HttpResponse:
    columns, rows = grid_shape(len(cells))
    context = {"study": study, "cells": cells, "columns": columns, "rows": rows}
    status = 422 if request.method == "POST" and more.get("problem") else 200
    return render(request, template, context | more, status=status)
