from datetime import date

import pytest
from django.core.management import call_command

from analysis import frames
from survey.errors import WithdrawalError
from survey.models import Familiarity, Participant, Trial, Withdrawal
from survey.services.closing import tell_about, tell_familiarity, words_asked
from survey.services.enrol import Recruited
from survey.services.withdraw import find_by_code, purge, withdraw
from tests.survey.studies import finish, give, make_participant, make_study, next_trial

pytestmark = pytest.mark.django_db


def test_a_withdrawal_deletes_everything_and_leaves_a_tombstone():
    study = make_study()
    stays, goes = finish(make_participant(study)), finish(make_participant(study))
    before = sum(cell.answers for cell in frames.cells(frames.counted(study)))
    tell_familiarity(participant=goes, levels=dict.fromkeys(words_asked(participant=goes), 1))
    withdraw(participant=goes)
    assert study.participants.get() == stays
    assert not Familiarity.objects.exists()
    assert Trial.objects.count() == 8
    assert sum(cell.answers for cell in frames.cells(frames.counted(study))) == before - 8
    tombstone = Withdrawal.objects.get()
    assert (tombstone.study, tombstone.answers, tombstone.was_complete) == (study, 8, True)
    assert goes.completion_code not in str(Withdrawal.objects.values().get())


def test_who_is_not_complete_can_withdraw_too():
    person = make_participant(make_study())
    give(person, next_trial(person))
    assert withdraw(participant=person).answers == 1
    assert not Participant.objects.exists()


def test_a_code_is_found_as_people_type_it_and_in_its_study_only():
    study = make_study()
    person = finish(make_participant(study))
    code = person.completion_code
    for typed in (code, code.lower(), f" {code[:5]}-{code[5:]} "):
        assert find_by_code(study=study, code=typed) == person
    make_participant(study)  # has no code yet
    for wrong in ("", "  ", "3333333333"):
        with pytest.raises(WithdrawalError, match="nobody in study textures"):
            find_by_code(study=study, code=wrong)
    with pytest.raises(WithdrawalError):
        find_by_code(study=make_study(slug="other"), code=code)


def test_purging_removes_personal_fields_after_their_date(capsys):
    study = make_study(retain_until=date(2026, 3, 31), closing=["age"])
    recruited = Recruited(person="p1", parameters={"SESSION_ID": "s1"})
    person = finish(make_participant(study, recruited=recruited))
    tell_about(participant=person, answers={"age": "18-29"})
    kept = make_study(slug="kept", retain_until=date(2999, 1, 1))
    other = make_participant(kept, recruited=recruited)
    assert purge(today=date(2026, 3, 31)) == []
    call_command("purge", "--dry-run")
    assert "textures: personal data of 1 people would be removed" in capsys.readouterr().out
    person.refresh_from_db()
    assert person.about == {"age": "18-29"}
    call_command("purge")
    assert "textures: personal data of 1 people removed" in capsys.readouterr().out
    person.refresh_from_db()
    assert (person.recruiter_id, person.recruiter, person.about) == ("", {}, {})
    assert person.trials.answered().count() == 8
    other.refresh_from_db()
    assert other.recruiter_id == "p1"
    call_command("purge")
    assert "textures: personal data of 0 people removed" in capsys.readouterr().out
