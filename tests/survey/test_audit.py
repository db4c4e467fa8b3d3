"""What changes a study's results or its people's data leaves an entry in the log."""

from datetime import date

import pytest
from django.contrib.auth.models import User

from audit.actions import Action
from audit.models import Entry
from audit.services import verify
from survey.models import Study
from survey.services.access import own
from survey.services.lifecycle import close, go_live, revise
from survey.services.peeking import peek
from survey.services.plan import amend, write_plan
from survey.services.withdraw import purge, withdraw
from tests.analysis.factories import add_people
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


def told(slug: str = "study") -> list[str]:
    entries = Entry.objects.filter(about=f"study {slug}").order_by("number")
    return [entry.action for entry in entries]


def test_the_life_of_a_study():
    study = make_study(slug="study", status="draft")
    write_plan(study=study, people=10)
    study = go_live(study=study)
    study = revise(study=study, values={"counted_origins": ["live", "bot"], "quota": None})
    close(study=study)
    close(study=study)
    study.refresh_from_db()
    go_live(study=study)
    assert told() == [
        Action.COMPOSED, Action.PLAN_FROZEN, Action.WENT_LIVE, Action.REVISED, Action.CLOSED,
        Action.WENT_LIVE,
    ]  # fmt: skip
    revised = Entry.objects.get(action=Action.REVISED)
    assert revised.facts["changed"] == {"counted_origins": ["live", "bot"]}
    assert verify().number == Entry.objects.count()


def test_the_log_has_no_name_or_code_that_somebody_typed():
    study = make_study(slug="study", status="draft")
    typed = {"contact": "hanako@example.org", "completion_url": "https://example.org/?cc=C1",
             "introduction": {"en": "I am Hanako."}, "quota": 7}  # fmt: skip
    revise(study=study, values=typed)
    facts = Entry.objects.get(action=Action.REVISED).facts["changed"]
    assert facts == {"contact": "…", "completion_url": "…", "introduction": "…", "quota": 7}


def test_nothing_that_changes_nothing():
    study = make_study(slug="study", status="draft")
    before = Entry.objects.count()
    revise(study=study, values={"quota": study.quota})
    assert Entry.objects.count() == before


def test_looks_and_amendments():
    study = make_study(slug="study", status="draft")
    plan = write_plan(study=study, people=10)
    study = go_live(study=study)
    user = User.objects.create_superuser("hanako")
    peek(study=study, user=user)
    peek(study=study, user=user)  # the same look
    amend(plan=plan, what="Also Bonferroni.", why="A reviewer asked.", by=user)
    assert told()[-2:] == [Action.PEEKED, Action.PLAN_AMENDED]


def test_people_who_leave_are_counted_not_named():
    study = make_study(slug="study")
    add_people(study, 2)
    person = study.participants.first()
    withdraw(participant=person)
    study.participants.update(recruiter_id="P1")
    Study.objects.update(retain_until=date(2020, 1, 1))
    purge(today=date(2026, 1, 1), dry_run=True)
    purge(today=date(2026, 1, 1))
    purge(today=date(2026, 1, 1))  # nothing is left
    assert told()[-2:] == [Action.WITHDRAWN, Action.PURGED]
    first, second = Entry.objects.order_by("-number")[:2][::-1]
    assert first.facts["origin"] == person.origin
    assert set(first.facts) == {"origin", "answers"}
    assert second.facts == {"people": 1}


def test_whose_study_it_is_from_both_sides():
    study = make_study(slug="study")
    ann, ben = (User.objects.create_user(name, is_staff=True) for name in ("ann", "ben"))
    own(study=study, user=ann)
    own(study=study, user=ann)
    ben.studies.add(study)
    study.researchers.remove(ann)
    study.researchers.clear()
    entries = Entry.objects.filter(action__startswith="researchers").order_by("number")
    assert [(e.action, e.facts["researchers"]) for e in entries] == [
        (Action.RESEARCHERS_ADDED, ["ann"]),
        (Action.RESEARCHERS_ADDED, ["ben"]),
        (Action.RESEARCHERS_REMOVED, ["ann"]),
        (Action.RESEARCHERS_REMOVED, ["ben"]),
    ]


def test_a_study_that_is_removed_stays_in_the_log():
    study = make_study(slug="study", status="draft")
    study.delete()
    assert told()[-1] == Action.STUDY_REMOVED
