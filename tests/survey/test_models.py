from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

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
        ("introduction", {"ja": None}),
        ("consent_text", "text"),
        ("closing", ["income"]),
        ("recruiter_parameters", "PROLIFIC_PID"),
        ("recruiter_parameters", ["a b"]),
        ("completion_url", "javascript:alert(1)"),
        ("completion_url", "https://example.org/?cc={nono}"),
        ("closes_at", timezone.make_aware(datetime(2000, 1, 1))),
    ],
)
def test_what_the_pages_cannot_use_is_refused(field, value):
    study = Study(slug="s", title={"en": "T"}, opens_at=timezone.now())
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
    participant = Participant(study=Study(status=status), origin=origin)
    assert participant.may_answer(timezone.now()) is may


def test_the_stages_in_their_order():
    participant = make_participant(make_study(contents=1), ready=False)
    assert participant.stage == "consent"
    participant.consented_at = participant.started_at
    assert participant.stage == "instructions"
    participant.practised_at = participant.started_at
    assert participant.stage == "question"
    participant.finished_at = participant.started_at
    assert participant.stage == "done"
    participant.study.closing = ["age"]
    assert participant.stage == "about"
    participant.study.asks_familiarity = True
    assert participant.stage == "familiarity"
    participant.familiarity_at = participant.started_at
    assert participant.stage == "about"
    participant.about_at = participant.started_at
    assert participant.stage == "done"


@pytest.mark.parametrize(
    ("policy", "minutes", "becomes"),
    [
        ("resume", 5, "resume"),
        ("resume", 23 * 60, "resume"),
        ("resume", 25 * 60, "restart"),
        ("restart", 9, "resume"),
        ("restart", 11, "restart"),
        ("block", 9, "resume"),
        ("block", 11, "block"),
        ("block", 99 * 60, "block"),
    ],
)
def test_who_comes_back(policy, minutes, becomes):
    """Up to ten minutes it is the same sitting; then the policy, and after its hours anew."""
    now = timezone.now()
    study = Study(returning=policy, resume_hours=24)
    person = Participant(study=study, seen_at=now - timedelta(minutes=minutes))
    assert person.returning(now) == becomes


def test_the_origin_live_is_not_the_status_live_in_japanese():
    with translation.override("ja"):
        assert Participant.Origin.LIVE.label == "本番"
        assert Study.Status.LIVE.label == "公開中"
