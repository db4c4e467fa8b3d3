import pytest
from django.core.files.storage import default_storage

from survey.errors import StimulusError
from survey.models import Fault, Trial
from survey.services import integrity
from survey.services.integrity import check_all, check_stimuli
from survey.services.lifecycle import stimuli_of
from survey.services.present import present
from tests.survey.services.test_lifecycle import damage
from tests.survey.studies import give, make_participant, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch):
    monkeypatch.setattr(integrity, "FRESH_S", 0.0)


def read(file):
    with default_storage.open(file) as opened:
        return opened.read()


@pytest.fixture
def participant():
    # Named, so that the first two questions always share some images, but not all.
    return make_participant(make_study(words=6), origin="bot", label="bot-1")


def test_a_changed_image_is_not_shown_and_told(participant, restore_media, caplog):
    shown = present(participant=participant)[0]
    stimulus = shown.cells[3]
    damage(stimulus.file)
    with pytest.raises(StimulusError, match=stimulus.file):
        present(participant=participant)
    fault = Fault.objects.get()
    assert (fault.file, fault.expected) == (stimulus.file, stimulus.sha256)
    assert len(fault.found) == 64
    assert f"cannot show {stimulus.file}" in caplog.text


def test_a_missing_image_has_no_hash(participant, restore_media):
    stimulus = present(participant=participant)[0].cells[0]
    restore_media.delete(stimulus.file)
    with pytest.raises(StimulusError):
        present(participant=participant)
    assert Fault.objects.get().found == ""


def test_what_was_mended_is_shown_again(participant, restore_media):
    stimulus = present(participant=participant)[0].cells[0]
    data = read(stimulus.file)
    damage(stimulus.file)
    with pytest.raises(StimulusError):
        present(participant=participant)
    damage(stimulus.file, data)
    assert present(participant=participant)
    assert not Fault.objects.exists()


def test_an_answer_counts_although_the_next_image_is_damaged(participant, restore_media):
    first, second, *_ = present(participant=participant)
    only = {s.file for s in second.cells} - {s.file for s in first.cells}
    damage(min(only))
    assert len(present(participant=participant)) == 1
    assert give(participant, first.trial).is_new
    assert Trial.objects.answered().count() == 1
    with pytest.raises(StimulusError):
        present(participant=participant)


def test_the_bytes_are_read_once_while_the_file_is_as_it_was(participant, monkeypatch):
    stimuli = stimuli_of(participant.study)
    check_stimuli(study=participant.study, stimuli=stimuli)
    monkeypatch.setattr(integrity, "digest", None)  # would fail if it were called
    check_stimuli(study=participant.study, stimuli=stimuli)


def test_checking_all_ends_faults_that_were_mended(participant, restore_media):
    study, stimuli = participant.study, stimuli_of(participant.study)
    data = read(stimuli[0].file)
    damage(stimuli[0].file)
    assert check_all(study=study, stimuli=stimuli) == [stimuli[0].file]
    assert Fault.objects.count() == 1
    damage(stimuli[0].file, data)
    assert check_all(study=study, stimuli=stimuli) == []
    assert not Fault.objects.exists()
