"""The bar of filters: only what a study has, what is chosen, and what the page keeps."""

import pytest
from django.test import RequestFactory

from analysis import filters, frames
from survey.models import Participant
from tests.analysis import factories

pytestmark = pytest.mark.django_db


def bar_of(study, query="", *, has_plan=False, **selected):
    request = RequestFactory().get(f"/results/study/words/{query}")
    chosen = frames.load(study).select(frames.Selection(**selected))
    return filters.bar(request, study, chosen, has_plan=has_plan)


def offered(bar):
    return {each.name: [choice.value for choice in each.choices] for each in bar.filters}


def test_a_study_without_people_has_nothing_to_choose():
    assert offered(bar_of(factories.make_study())) == {}


def test_only_what_the_study_has_is_offered():
    study = factories.make_study()
    factories.add_people(study, 2)
    assert offered(bar_of(study)) == {"flags": ["", "out"]}
    factories.add_people(study, 1, origin="pilot", answered=0.5)
    Participant.objects.filter(origin="pilot").update(language="en")
    study.asks_familiarity = True
    assert offered(bar_of(study)) == {
        "origin": ["live", "pilot"],
        "language": ["", "en", "ja"],
        "least": ["", "1", "2"],
        "flags": ["", "out"],
        "incomplete": ["", "out"],
    }


def test_a_plan_is_the_first_choice():
    study = factories.make_study(asks_familiarity=True)
    factories.add_people(study, 2, answered=0.5)
    bar = bar_of(study, has_plan=True)
    assert offered(bar) == {
        "least": ["", "0", "1", "2"],
        "flags": ["", "in", "out"],
        "incomplete": ["", "in", "out"],
    }
    assert all(each.choices[0].label == "as planned" for each in bar.filters)


def test_origins_are_counted_and_one_that_is_chosen_stays():
    study = factories.make_study()
    factories.add_people(study, 2)
    (origin, *_rest) = bar_of(study, origins=frozenset({"bot"})).filters
    assert [(c.value, c.people, c.is_chosen) for c in origin.choices] == [
        ("live", 2, False),
        ("bot", 0, True),
    ]


def test_what_is_not_the_bars_is_handed_on():
    study = factories.make_study()
    factories.add_people(study, 2)
    bar = bar_of(study, "?word=fusafusa&condition=test&flags=out&language=")
    # The study has no other condition to choose from: what the address says of it is kept.
    assert bar.hidden == (("word", "fusafusa"), ("condition", "test"))
    assert bar.kept == (("condition", "test"), ("flags", "out"))
    assert bar.reset == "/results/study/words/?word=fusafusa"
    assert bar.is_changed


def test_the_closed_bar_says_what_is_chosen():
    study = factories.make_study()
    factories.add_people(study, 2)
    factories.add_people(study, 1, origin="pilot", answered=0.5)
    assert bar_of(study).chosen == "live"
    both = frozenset({"live", "pilot"})
    assert bar_of(study, "?incomplete=out", origins=both).chosen == "live, pilot · left out"


def page(client, query):
    return " ".join(client.get(f"/results/study/words/{query}").content.decode().split())


def test_the_page_says_what_is_left_out(admin_client):
    study = factories.make_study()
    factories.add_people(study, 2)
    left = factories.add_people(study, 1, answered=0.5, seed=3)[0]
    words = left.trials.answered().filter(question__kind="word").count()
    assert "Left out:" not in page(admin_client, "")
    html = page(admin_client, "?incomplete=out")
    assert f"Left out: 1 person did not finish ({words} answers)." in html
    assert '<a href="/results/study/words/">Reset</a>' in html
