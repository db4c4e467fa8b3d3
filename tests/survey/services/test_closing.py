import pytest

from generation.models import Word
from survey.models import Familiarity
from survey.services.closing import tell_about, tell_familiarity, words_asked
from tests.survey.studies import finish, make_participant, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def participant():
    return finish(make_participant(make_study(asks_familiarity=True, closing=["age", "comment"])))


def test_each_word_is_asked_once(participant):
    words = words_asked(participant=participant)
    assert len(words) == 3
    assert set(words) == set(Word.objects.all())


def test_familiarity_is_told_once(participant):
    first, second, _ = words_asked(participant=participant)
    tell_familiarity(participant=participant, levels={first: 2, second: 0})
    tell_familiarity(participant=participant, levels={first: 1})
    stored = {f.word: f.level for f in Familiarity.objects.all()}
    assert stored == {first: 2, second: 0}
    participant.refresh_from_db()
    assert participant.stage == "about"


def test_closing_answers_are_told_once_without_those_left_out(participant):
    tell_about(participant=participant, answers={"age": "18-29", "comment": ""})
    tell_about(participant=participant, answers={"age": "60-"})
    participant.refresh_from_db()
    assert participant.about == {"age": "18-29"}
