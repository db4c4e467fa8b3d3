import pytest
from django.utils import timezone, translation

from analysis import frames, reports
from generation.models import ContentImage
from survey.errors import SimulationError
from survey.models import Familiarity, Participant, Trial
from survey.simulation import CATCH_SKILL, DEFAULT_SKILL, walk
from survey.simulation.habits import no_javascript
from survey.simulation.mind import Mind
from tests.survey.studies import make_conditions, make_study

pytestmark = pytest.mark.django_db(transaction=True)


def correct(word):
    answered = Trial.objects.answered().filter(question__word__reading=word)
    return [t.chosen.is_target for t in answered.select_related("chosen")]


def choices():
    trials = Trial.objects.select_related("participant", "question", "chosen")
    return sorted(
        (t.participant.label, t.question.index, t.chosen.index, t.response_ms) for t in trials
    )


def test_everybody_answers_everything_as_a_bot(study, run):
    told = []
    result = run(study, progress=told.append)
    assert (result.participants, result.answers_sent, result.stored) == (3, 12, 12)
    assert (result.lost, result.doubled, result.retries) == (0, 0, 0)
    assert 0 < result.p50_ms <= result.p95_ms <= result.p99_ms
    assert result.answers_per_second >= 12 / result.seconds
    assert sum(told) == 12
    people = Participant.objects.all()
    assert {p.origin for p in people} == {"bot"}
    assert {p.label for p in people} == {"bot-001", "bot-002", "bot-003"}
    assert all(p.completion_code and p.consent_version for p in people)
    assert {p.language for p in people} == {"ja"}
    assert translation.get_language() == "en"
    for trial in Trial.objects.all():
        assert trial.response_ms > 0
        assert trial.load_ms > 0
        assert trial.blurs is not None
        assert len(trial.screen) == 5


def test_the_order_of_arrival_changes_no_choice(study, run):
    run(study, participants=6)
    before = choices()
    Participant.objects.all().delete()
    run(study, participants=6, concurrency=6)
    assert choices() == before
    Participant.objects.all().delete()
    run(study, participants=6, seed=2)
    assert choices() != before


def test_a_site_behind_https_under_its_own_name_is_simulated_too(study, run, settings):
    settings.ALLOWED_HOSTS = [".example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    assert run(study).stored == 12


def test_skills_decide_who_is_right(study, run):
    run(study, skills={"fusafusa": 1.0, "zarazara": 0})
    assert correct("fusafusa") == [True] * 3
    assert correct("zarazara") == [False] * 3


def test_a_complete_simulation_is_skipped_with_few_queries(study, run, django_assert_num_queries):
    run(study)
    before = list(Trial.objects.values())
    # words, options, complete labels, questions per person, stored
    with django_assert_num_queries(5):
        result = run(study)
    assert (result.answers_sent, result.stored) == (0, 12)
    assert (result.p50_ms, result.p95_ms, result.p99_ms) == (None, None, None)
    assert list(Trial.objects.values()) == before


def test_a_killed_simulation_goes_on_as_if_it_had_not_been(study, run):
    class KilledError(Exception):
        pass

    told = []

    def kill(answers):
        told.append(answers)
        if sum(told) == 6:
            raise KilledError

    with pytest.raises(KilledError):
        run(study, progress=kill)
    told.clear()
    result = run(study, progress=told.append)
    assert (result.answers_sent, result.stored, sum(told)) == (6, 12, 12)
    continued = choices()
    Participant.objects.all().delete()
    run(study)
    assert choices() == continued


def test_one_failure_stops_the_others(study, run, monkeypatch):
    def position(self, label, grid):
        if label == "bot-002":
            raise SimulationError("bot-002 cannot decide")
        return 0

    monkeypatch.setattr(Mind, "position", position)
    with pytest.raises(SimulationError, match="bot-002 cannot decide"):
        run(study, participants=12, concurrency=2)
    assert Participant.objects.complete().count() < 11


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"participants": 0}, "expected one participant or more, got 0"),
        ({"concurrency": 0}, "expected one of them at a time or more, got 0"),
        ({"clumsy": 1.5}, "expected a clumsy share of 0 to 1, got 1.5"),
        ({"url": "127.0.0.1:8000"}, "expected an address such as http://127.0.0.1:8000"),
        ({"skills": {"nono": 0.5}}, "skill of 'nono': expected one of"),
        ({"skills": {"fusafusa": 1.5}}, "expected 0 to 1, got 1.5"),
        ({"skills": {"fusafusa": "much"}}, "expected 0 to 1, got 'much'"),
    ],
)
def test_what_cannot_be_simulated_is_said(study, run, given, says):
    with pytest.raises(SimulationError, match=says):
        run(study, **given)
    assert not Participant.objects.exists()


@pytest.mark.parametrize(("design", "each"), [("within", 14), ("between", 8)])
def test_both_designs_of_conditions(run, design, each, django_assert_num_queries):
    study = make_conditions("other", design=design)
    told = []
    result = run(study, participants=4, progress=told.append)
    assert (result.answers_sent, result.stored, sum(told)) == (4 * each, 4 * each, 4 * each)
    assert Participant.objects.complete().count() == 4
    conditions = sorted(study.participants.values_list("condition__name", flat=True), key=str)
    expected = {"within": [None] * 4, "between": ["other", "other", "test", "test"]}
    assert conditions == expected[design]
    told.clear()
    with django_assert_num_queries(5):
        assert run(study, participants=4, progress=told.append).answers_sent == 0
    assert sum(told) == 4 * each


@pytest.mark.parametrize("over", [{"status": "closed"}, {"closes_at": timezone.now()}])
def test_a_study_that_is_over_takes_no_bots(run, over):
    with pytest.raises(SimulationError, match="textures is closed"):
        run(make_study(contents=1, **over))


def test_the_pages_after_the_questions_are_filled_in(run):
    closing = ["age", "vision", "native_language", "comment"]
    study = make_study(contents=1, asks_familiarity=True, closing=closing)
    run(study, participants=8)
    people = Participant.objects.all()
    assert all(p.familiarity_at and p.about_at and p.completion_code for p in people)
    assert {name for p in people for name in p.about} >= set(closing)
    assert not all(len([v for v in p.about.values() if v]) == 4 for p in people)
    levels = Familiarity.objects.values_list("level", flat=True)
    assert set(levels) == {0, 1, 2}
    assert len(levels) < 8 * 3


def test_a_way_without_an_end_is_given_up(study, run, monkeypatch):
    monkeypatch.setattr(walk, "_MOST_PAGES", 5)  # from the landing page to the practised one
    monkeypatch.setattr("survey.simulation.habits.CLUMSY", [no_javascript])
    assert run(study, participants=1, clumsy=1).stored == 4
    monkeypatch.setattr(walk, "_MOST_PAGES", 4)
    with pytest.raises(SimulationError, match="comes to no end, at last to /s/textures/practised/"):
        run(study, participants=2)


def test_images_are_fetched_if_asked_for(study, run):
    assert run(study, participants=1, images=True).stored == 4
    ContentImage.objects.get().file.storage.delete(ContentImage.objects.get().file.name)
    with pytest.raises(SimulationError, match=r"expected an image at|status 503"):
        run(study, participants=2, images=True, patience=0)


@pytest.mark.slow
def test_the_results_recover_the_known_accuracies(run):
    skills = {"fusafusa": 0.9, "zarazara": 0.75, "mofumofu": 0.6, "gotsugotsu": 0.4,
              "kirakira": 0.25}  # fmt: skip
    study = make_study(contents=2, words=6, counted_origins=["live", "bot"])
    run(study, participants=40, concurrency=4, clumsy=0.5, skills=skills)
    cells = frames.cells(frames.counted(study))
    rows = reports.words(cells)
    assert [row.word.reading for row in rows[:2]] == ["fusafusa", "zarazara"]
    for row in rows:
        known = skills.get(row.word.reading, DEFAULT_SKILL)
        assert row.estimate.n == 2 * 40
        assert row.estimate.interval.low <= known <= row.estimate.interval.high, row.word.reading
    catches = reports.headline(cells, frames.scores(frames.counted(study))).catches
    assert catches.interval.low <= CATCH_SKILL <= catches.interval.high
