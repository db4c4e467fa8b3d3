"""The people of a study, and one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse

from analysis import people_text
from analysis import person as persons
from analysis.frames.person import Person, read_person
from analysis.people import (
    DEFAULT_SORT,
    PER_PAGE,
    SORTS,
    Crowd,
    Flag,
    PersonRow,
    State,
    Wanted,
    compared,
    crowd,
    listed,
    person_rows,
)
from analysis.person_charts import course_chart
from analysis.views.keeping import pairs_of
from analysis.views.scope import Scope, page, position_in, scope_of, show
from survey.models import Participant

# Filters of the list itself; those of the scope hold for all pages.
_OWN = ("rule", "state", "sort")


@page
def people(request: HttpRequest, slug: str) -> HttpResponse:
    scope = scope_of(request, slug)
    everybody, wanted = crowd(scope.selected), _wanted(request)
    found = listed(everybody, wanted)
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    comparison = compared(everybody)
    return show(
        request,
        "people",
        scope,
        rows=[_shown(row) for row in person_rows(everybody, list(shown.object_list))],
        pages=shown,
        pages_around=shown.paginator.get_elided_page_range(shown.number, on_each_side=2),
        matching=len(found),
        listed=int(everybody.is_listed.sum()),
        comparison=comparison,
        rules=_rules(everybody, comparison.by_rule),
        rules_are_applied=scope.selection.rules is not None,
        wanted=wanted,
        columns=people_text.columns(wanted.sort or DEFAULT_SORT),
        states=people_text.STATES.items(),
        kept=pairs_of(request),
        link=_link(request),
        question_count=len(scope.frame.layout.cells),
        has_conditions=bool(everybody.people.conditions),
    )


@page
def person(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    scope = scope_of(request, slug)
    found = read_person(scope.study, pk)
    if found is None:
        raise Http404(f"P{pk} is not part of this study")
    everybody = crowd(scope.selected)
    index = int(np.searchsorted(everybody.people.pk, pk))
    row = person_rows(everybody, [index])[0]
    answered = [trial for trial in found.trials if trial.chosen]
    return show(
        request,
        "person",
        scope,
        person=found,
        shown=_shown(row),
        row=row,
        is_listed=bool(everybody.is_listed[index]),
        figures=[
            people_text.figure_line(each, row.answers)
            for each in persons.compared(everybody, index)
        ],
        rules=_rules(everybody, [(flag, 0) for flag in row.flags]),
        answered=len(answered),
        catches=[trial for trial in answered if trial.is_catch],
        cells=_cells(found),
        chart=course_chart(found.trials),
        link=_link(request),
        **_neighbours(scope, everybody, _wanted(request), index),
    )


def _shown(row: PersonRow) -> people_text.Shown:
    return people_text.shown(row, dict(Participant.Origin.choices))


def _cells(found: Person) -> list[tuple[persons.PositionCell, float]]:
    """With how strongly each is coloured."""
    cells = persons.cells(found.trials)
    return list(zip(cells, persons.strengths([cell.chosen for cell in cells]), strict=True))


def _wanted(request: HttpRequest) -> Wanted:
    wanted = Wanted(**{name: request.GET.get(name, "") for name in _OWN})
    position_in(["", "any", "none", *Flag], wanted.rule)
    position_in(["", *State], wanted.state)
    position_in(["", *SORTS], wanted.sort.removeprefix("-"))
    return wanted


def _link(request: HttpRequest) -> str:
    """What links between the list and its people carry: the scope, and how the list is sorted."""
    given = request.GET.copy()
    given.pop("page", None)
    return f"?{given.urlencode()}" if given else ""


def _rules(crowd: Crowd, counts: Any) -> list[people_text.RuleLine]:
    rules = crowd.careless.rules
    return [
        people_text.RuleLine(people_text.mark(flag), people_text.threshold(flag, rules), n)
        for flag, n in counts
    ]


def _neighbours(scope: Scope, crowd: Crowd, wanted: Wanted, index: int) -> dict[str, Any]:
    """Those before and after in the list that the reader came from."""
    order = listed(crowd, wanted)
    place = np.flatnonzero(order == index)
    if not len(place):
        return {"previous": None, "next": None}
    here = int(place[0])
    pks = crowd.people.pk[order]
    return {
        "previous": int(pks[here - 1]) if here else None,
        "next": int(pks[here + 1]) if here + 1 < len(pks) else None,
        "place": here + 1,
        "of": len(pks),
    }
