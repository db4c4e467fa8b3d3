"""The page of the data, and the files that it offers; all hold what the page's figures count."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from analysis.exports import (
    ExportError,
    codebook,
    csvfile,
    parquet,
    psychds,
    scripts,
    stimuli,
    tidy,
)
from analysis.spreadsheets import stream
from analysis.views.made import large_files
from analysis.views.scope import Scope, page, scope_of, show, study_of
from survey.models import Study
from survey.querysets import TrialQuerySet


@page
def data(request: HttpRequest, slug: str) -> HttpResponse:
    return _data(request, scope_of(request, slug))


@page
def answers_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Sent while it is read; X-Rows tells a reader how many rows make it whole."""
    scope = scope_of(request, slug)
    trials = _trials(scope)
    pieces = csvfile.pieces(tidy.rows(scope.study, trials))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_csv_name(scope.study)}"'
    response["X-Rows"] = str(len(scope.selected))
    return response


@page
def answers_parquet(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_of(request, slug)
    rows = tidy.rows(scope.study, _trials(scope))
    return _file(request, scope, "answers.parquet", partial(parquet.write, rows=rows))


@page
def psych_ds(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_of(request, slug)
    rows = tidy.rows(scope.study, _trials(scope))
    write = partial(psychds.write, study=scope.study, rows=rows)
    return _file(request, scope, "psych-ds.zip", write)


@page
def stimuli_zip(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_of(request, slug)
    return _file(request, scope, "stimuli.zip", partial(stimuli.write, study=scope.study))


@page
def codebook_json(request: HttpRequest, slug: str) -> JsonResponse:
    study = study_of(request, slug)
    columns = codebook.as_json(codebook.codebook(study))
    shape = {"ensure_ascii": False, "indent": 2}
    response = JsonResponse({"study": slug, "columns": columns}, json_dumps_params=shape)
    response["Content-Disposition"] = f'attachment; filename="{slug}-codebook.json"'
    return response


@page
def codebook_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    study = study_of(request, slug)
    rows = codebook.as_rows(codebook.codebook(study))
    return stream(f"{slug}-codebook.csv", codebook.CSV_COLUMNS, rows)


@page
def r_script(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_of(request, slug)
    text = scripts.r_script(study, answers=_csv_name(study))
    return _text(f"{slug}-analysis.R", text, "text/plain; charset=utf-8")


@page
def notebook(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_of(request, slug)
    text = scripts.notebook(study, answers=_csv_name(study))
    return _text(f"{slug}-analysis.ipynb", text, "application/x-ipynb+json")


def _trials(scope: Scope) -> TrialQuerySet:
    """The answers that the page is about."""
    return scope.selected.trials()


def _csv_name(study: Study) -> str:
    return f"{study.slug}-answers.csv"


def _data(request: HttpRequest, scope: Scope, error: str = "") -> HttpResponse:
    rows = len(scope.selected)
    large = large_files(request, scope)
    return show(
        request,
        "exports",
        scope,
        rows=rows,
        csv_bytes=csvfile.expected_bytes(rows, scope.cells),
        csv_name=_csv_name(scope.study),
        error=error,
        large=large,
        is_under_way=any(each.found.running for each in large.values()),
        answered=rows,
        question_count=len(scope.everything),
    )


def _file(
    request: HttpRequest, scope: Scope, name: str, write: Callable[[IO[bytes]], object]
) -> HttpResponseBase:
    """A file that is sent when it is whole; one that cannot be is an error that says why."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write(file)
    except ExportError as error:
        file.close()
        response = _data(request, scope, error=str(error))
        response.status_code = 500
        return response
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{scope.study.slug}-{name}")


def _text(name: str, text: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
