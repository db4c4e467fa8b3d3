import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from survey.models import Participant, Study
from tests.survey.studies import make_participant, make_study

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("languages", []),
        ("languages", ["xx"]),
        ("languages", "ja"),
        ("languages", [{}]),
        ("counted_origins", ["robot"]),
        ("counted_origins", [{}]),
        ("title", ["T"]),
        ("title", {"ja": 1}),
    ],
)
def test_what_the_pages_cannot_use_is_refused(field, value):
    study = Study(slug="s", title={"en": "T"})
    study.full_clean()
    setattr(study, field, value)
    with pytest.raises(ValidationError) as caught:
        study.full_clean()
    assert field in caught.value.message_dict


def test_a_study_goes_live_with_questions_only():
    make_study().full_clean()
    with pytest.raises(ValidationError, match="without questions"):
        Study(slug="empty", title={"en": "T"}, status="live").full_clean()


def test_the_title_is_in_the_readers_language_or_any():
    study = Study(slug="s", title={"ja": "質感", "en": "Textures"})
    assert study.name == "Textures"
    with translation.override("ja"):
        assert study.name == "質感"
    assert Study(slug="s", title={"ja": "質感"}).name == "質感"
    assert Study(slug="s").name == "s"


@pytest.mark.parametrize(
    ("status", "origin", "may"),
    [
        ("live", "live", True),
        ("draft", "preview", True),
        ("draft", "live", False),
        ("closed", "bot", False),
    ],
)
def test_who_may_answer(status, origin, may):
    assert Participant(study=Study(status=status), origin=origin).may_answer is may


def test_the_stages_in_their_order():
    participant = make_participant(make_study(contents=1), ready=False)
    assert participant.stage == "consent"
    participant.consented_at = participant.started_at
    assert participant.stage == "instructions"
    participant.practised_at = participant.started_at
    assert participant.stage == "question"
    participant.finished_at = participant.started_at
    assert participant.stage == "done"


def test_the_origin_live_is_not_the_status_live_in_japanese():
    with translation.override("ja"):
        assert Participant.Origin.LIVE.label == "本番"
        assert Study.Status.LIVE.label == "公開中"
