import pytest

from survey.errors import LifecycleError
from survey.models import Fault, Option, Study
from survey.services.lifecycle import close, go_live, keep_version, revise, stimuli_of
from tests.survey.studies import make_participant, make_study

pytestmark = pytest.mark.django_db


def damage(file, data=b"changed"):
    """Change a stored file, with its time, as a careless copy would."""
    from django.core.files.storage import default_storage

    path = default_storage.path(file)
    with open(path, "wb") as opened:  # noqa: PTH123
        opened.write(data)


@pytest.fixture
def draft():
    return make_study(contents=1, status="draft")


def test_going_live_freezes_a_version_with_its_hash(draft):
    told = []
    study = go_live(study=draft, progress=told.append)
    assert study.status == "live"
    assert study.live_at is not None
    assert len(told) == len(stimuli_of(study)) == 10
    version = study.versions.get()
    assert version.version == 1
    assert version.texts["title"] == study.title
    assert len(version.sha256) == 64
    assert go_live(study=study).live_at == study.live_at
    assert study.versions.count() == 1


def test_a_missing_or_changed_image_keeps_it_a_draft(draft, restore_media):
    first, second, *_ = [stimulus.file for stimulus in stimuli_of(draft)]
    damage(first)
    restore_media.delete(second)
    says = r"cannot go live: 2 of 10 images are missing or changed"
    with pytest.raises(LifecycleError, match=says):
        go_live(study=draft)
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert {fault.file for fault in Fault.objects.all()} == {first, second}


def test_a_study_without_questions_does_not_go_live():
    with pytest.raises(LifecycleError, match="has no questions"):
        go_live(study=Study.objects.create(slug="empty"))


def test_an_edit_of_a_live_study_is_a_new_version(draft):
    study = revise(study=draft, values={"title": {"en": "Draft"}})
    assert study.version == 1
    assert not study.versions.exists()
    study = go_live(study=study)
    early = make_participant(study)
    study = revise(study=study, values={"title": {"en": "Live"}})
    assert (study.version, study.composition) == (2, 1)
    late = make_participant(study)
    assert (early.version, late.version) == (1, 2)
    titles = [version.texts["title"]["en"] for version in study.versions.all()]
    assert titles == ["Draft", "Live"]
    assert revise(study=study, values={"title": {"en": "Live"}}).version == 2
    assert revise(study=study, values={"quota": 30}).version == 2


def test_the_hash_of_a_version_knows_every_image(draft):
    first = keep_version(draft)
    Option.objects.filter(pk=Option.objects.first().pk).update(sha256="0" * 64)
    draft.version = 2
    assert keep_version(draft).sha256 != first.sha256


def test_a_closed_study_can_be_opened_again(draft):
    study = go_live(study=draft)
    assert close(study=study).status == "closed"
    assert go_live(study=study).status == "live"
