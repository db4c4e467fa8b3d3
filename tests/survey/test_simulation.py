import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from survey.errors import SimulationError
from survey.models import Participant, Trial
from survey.simulation import simulate
from tests.survey.studies import make_conditions, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return make_study(contents=1)


def run(study, **given):
    return simulate(**{"study": study, "participants": 3, "seed": 1, "skills": {}, **given})


def correct(word):
    answered = Trial.objects.answered().filter(question__word__reading=word)
    return [t.chosen.is_target for t in answered.select_related("chosen")]


def test_everybody_answers_everything_as_a_bot(study):
    told = []
    result = run(study, progress=told.append)
    assert (result.participants, result.sent, result.stored) == (3, 12, 12)
    assert sum(told) == 12
    people = Participant.objects.all()
    assert {p.origin for p in people} == {"bot"}
    assert {p.label for p in people} == {"bot-001", "bot-002", "bot-003"}
    assert all(p.completion_code and p.consent_version for p in people)
    assert {p.language for p in people} == {"ja"}
    assert translation.get_language() == "en"
    assert all(t.response_ms > 0 and t.screen for t in Trial.objects.all())


def test_a_site_behind_https_under_its_own_name_is_simulated_too(study, settings):
    settings.ALLOWED_HOSTS = [".example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    assert run(study).stored == 12


def test_skills_decide_who_is_right(study):
    run(study, skills={"fusafusa": 1.0, "zarazara": 0})
    assert correct("fusafusa") == [True] * 3
    assert correct("zarazara") == [False] * 3


def test_a_complete_simulation_is_skipped_with_few_queries(study, django_assert_num_queries):
    run(study)
    before = list(Trial.objects.values())
    # words, questions, options, complete labels, stored
    with django_assert_num_queries(5):
        result = run(study)
    assert (result.sent, result.stored) == (0, 12)
    assert list(Trial.objects.values()) == before


def test_a_killed_simulation_goes_on_as_if_it_had_not_been(study):
    class KilledError(Exception):
        pass

    def kill(_):
        if Trial.objects.answered().count() == 6:
            raise KilledError

    with pytest.raises(KilledError):
        run(study, progress=kill)
    assert run(study).sent == 6
    choices = [
        (t.participant.label, t.question.index, t.chosen.index, t.response_ms)
        for t in Trial.objects.select_related("participant", "question", "chosen")
    ]
    Participant.objects.all().delete()
    run(study)
    assert choices == [
        (t.participant.label, t.question.index, t.chosen.index, t.response_ms)
        for t in Trial.objects.select_related("participant", "question", "chosen")
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"participants": 0}, "expected one participant or more, got 0"),
        ({"skills": {"nono": 0.5}}, "skill of 'nono': expected one of"),
        ({"skills": {"fusafusa": 1.5}}, "expected 0 to 1, got 1.5"),
        ({"skills": {"fusafusa": "much"}}, "expected 0 to 1, got 'much'"),
    ],
)
def test_what_cannot_be_simulated_is_said(study, given, says):
    with pytest.raises(SimulationError, match=says):
        run(study, **given)
    assert not Participant.objects.exists()


@pytest.mark.parametrize(("design", "each"), [("within", 14), ("between", 8)])
def test_both_designs_of_conditions(design, each, django_assert_num_queries):
    study = make_conditions("other", design=design)
    told = []
    result = run(study, participants=4, progress=told.append)
    assert (result.sent, result.stored, sum(told)) == (4 * each, 4 * each, 4 * each)
    assert Participant.objects.complete().count() == 4
    conditions = sorted(study.participants.values_list("condition__name", flat=True), key=str)
    expected = {"within": [None] * 4, "between": ["other", "other", "test", "test"]}
    assert conditions == expected[design]
    told.clear()
    with django_assert_num_queries(5):
        assert run(study, participants=4, progress=told.append).sent == 0
    assert sum(told) == 4 * each


def test_a_closed_study_takes_no_bots():
    with pytest.raises(SimulationError, match="textures is closed"):
        run(make_study(contents=1, status="closed"))


def test_the_commands(capsys, tmp_path):
    from tests.factories import make_condition, make_stimuli

    make_stimuli(contents=1, words=3)
    compose = ["compose", "--study", "textures", "--recipe", "test", "--title-en", "T"]
    call_command(*compose, "--live", "--count-bots")
    assert capsys.readouterr().out == "textures: 4 questions, live\n"
    skill = tmp_path / "skill.json"
    skill.write_text('{"fusafusa": 1}')
    call_command("simulate", "--study", "textures", "--participants", "2", "--skill", str(skill))
    said = capsys.readouterr()
    assert said.out == "2 simulated people: 8 answers sent now, 8 stored\n"
    assert "8/8" in said.err
    assert correct("fusafusa") == [True] * 2
    make_condition("other")
    both = ["compose", "--study", "both", "--recipe", "test", "other"]
    call_command(*both)
    call_command("compose", "--study", "one-each", *both[3:], "--design", "between")
    assert capsys.readouterr().out == "both: 7 questions, draft\none-each: 8 questions, draft\n"
    call_command("compose", "--study", "again", "--recipe", "test", "--recipe", "other")
    assert capsys.readouterr().out == "again: 7 questions, draft\n"
    with pytest.raises(CommandError, match="no recipe nono; there are"):
        call_command(*both[:4], "nono")
    with pytest.raises(CommandError, match="no word xx; there are"):
        call_command(*compose, "--words", "xx")
    with pytest.raises(CommandError, match="participants who were asked other questions"):
        call_command(*compose, "--options", "8")
    with pytest.raises(CommandError, match="no study nono"):
        call_command("simulate", "--study", "nono")
    skill.write_text("[")
    with pytest.raises(CommandError, match="expected JSON"):
        call_command("simulate", "--study", "textures", "--skill", str(skill))
