"""Scripts that read an export and compute a study's main results, in R and as a notebook."""

from __future__ import annotations

import json
import re
from typing import Any

from django.template.loader import render_to_string

from survey.models import Study

# A line that begins a cell of the notebook's source, as editors know it.
_CELL = re.compile(r"^# %%( \[markdown\])?[ \t]*\n", re.MULTILINE)


def r_script(study: Study, *, answers: str = "answers.csv") -> str:
    """analysis.R, which reads the file `answers` beside it; needs lme4 and emmeans."""
    return render_to_string("analysis/exports/analysis.R", _context(study, answers))


def notebook(study: Study, *, answers: str = "answers.csv") -> str:
    """analysis.ipynb in nbformat 4.5, which needs pandas, scipy, statsmodels and plotly."""
    source = render_to_string("analysis/exports/notebook.txt", _context(study, answers))
    cells = [
        _cell(number, text, is_text=bool(marker))
        for number, (marker, text) in enumerate(_parts(source))
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "cells": cells,
    }
    return f"{json.dumps(whole, ensure_ascii=False, indent=1)}\n"


def _context(study: Study, answers: str) -> dict[str, Any]:
    # In a comment and in a heading: a line of its own would be code.
    title = " ".join(str(study.title.get("en") or study.name).split())
    return {"study": study, "title": title, "answers": answers}


def _parts(source: str) -> list[tuple[str, str]]:
    """Marker and text of each cell."""
    _, *found = _CELL.split(source)
    return [
        (marker or "", text.strip()) for marker, text in zip(found[::2], found[1::2], strict=True)
    ]


def _cell(number: int, text: str, *, is_text: bool) -> dict[str, Any]:
    if is_text:
        text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
    common = {"id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
    if is_text:
        return {"cell_type": "markdown", **common}
    return {"cell_type": "code", **common, "execution_count": None, "outputs": []}
