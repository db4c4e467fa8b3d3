import pytest

from analysis import frames, reports
from analysis.stats import NotEstimable, PeopleMean, Proportion, Reason
from tests.analysis import factories, recount

pytestmark = pytest.mark.django_db

NO_ANSWERS = NotEstimable(Reason.NO_ANSWERS)


def assert_estimate(estimate, trials):
    if not trials:
        assert estimate == NO_ANSWERS
        return
    correct = sum(trial.chosen.is_target for trial in trials)
    assert isinstance(estimate, Proportion)
    assert (estimate.correct, estimate.n) == (correct, len(trials))
    assert estimate.chance == pytest.approx(float(recount.mean_chance(trials)), rel=1e-12)


def test_headline(crowd):
    found = reports.headline(
        frames.cells(frames.counted(crowd)), frames.scores(frames.counted(crowd))
    )
    trials = recount.counted(crowd)
    about_words = recount.about_words(trials)
    assert found.answers == len(trials)
    assert found.has_catches
    assert_estimate(found.words, about_words)
    assert_estimate(found.catches, [trial for trial in trials if trial not in about_words])
    people = recount.tally(about_words, lambda trial: trial.participant_id)
    shares = [correct / n for correct, n in people.values()]
    low, high = recount.people_interval(shares)
    assert isinstance(found.people, PeopleMean)
    assert found.people.people == len(shares)
    assert found.people.mean == pytest.approx(sum(shares) / len(shares))
    assert found.people.interval.low == pytest.approx(low)
    assert found.people.interval.high == pytest.approx(high)


def test_words(crowd):
    rows = reports.words(frames.cells(frames.counted(crowd)))
    trials = recount.about_words(recount.counted(crowd))
    assert len(rows) == len({q.word_id for q in crowd.questions.all() if q.word_id})
    raw = {}
    for row in rows:
        own = [trial for trial in trials if trial.question.word.text == row.word.text]
        assert_estimate(row.estimate, own)
        correct = sum(trial.chosen.is_target for trial in own)
        if own:
            raw[row.word] = float(recount.p_greater(correct, recount.chances(own)))
    for row in rows:
        if row.word in raw:
            expected = recount.holm(raw[row.word], list(raw.values()))
            assert row.p_value == pytest.approx(expected, rel=1e-9)
        else:
            assert row.p_value is None
    ranks = [(-row.estimate.accuracy, row.word.reading) for row in rows if row.word in raw]
    assert ranks == sorted(ranks)


def test_words_without_answers_come_last():
    study = factories.make_study(words=3, catches=False)
    person = factories.add_people(study, 1, skill=0.0)[0]
    person.trials.filter(question__word__reading="fusafusa").update(
        chosen=None, answered_at=None, position=None
    )
    rows = reports.words(frames.cells(frames.counted(study)))
    assert [row.word.reading for row in rows] == ["mofumofu", "zarazara", "fusafusa"]
    assert (rows[-1].estimate, rows[-1].p_value) == (NO_ANSWERS, None)
    # Two words are tested, with none of two answers correct each.
    assert [row.p_value for row in rows[:-1]] == [1.0, 1.0]


def test_contents(crowd):
    cells = frames.cells(frames.counted(crowd))
    columns = reports.contents(cells)
    trials = recount.about_words(recount.counted(crowd))
    order = [row.word for row in reports.words(cells)]
    names = [column.content.name for column in columns]
    assert names == sorted({question.content.name for question in crowd.questions.all()})
    for column in columns:
        own = [t for t in trials if t.question.content.name == column.content.name]
        assert_estimate(column.estimate, own)
        assert [word for word, _cell in column.cells] == order
        for word, entry in column.cells:
            assert_estimate(entry.estimate, [t for t in own if t.question.word.text == word.text])


def test_a_word_that_a_photograph_is_not_asked_about():
    study = factories.make_study(contents=2, words=2)
    study.questions.filter(content__name="content1", word__reading="zarazara").delete()
    rows = dict(reports.by_word(reports.contents(frames.cells(frames.counted(study)))))
    asked = {word.reading: [bool(entry) for entry in entries] for word, entries in rows.items()}
    assert asked == {"fusafusa": [True, True], "zarazara": [True, False]}


def test_against_chance(crowd):
    for cell in frames.cells(frames.counted(crowd)):
        found = reports.against_chance([cell])
        if not cell.answers:
            assert found == NO_ANSWERS
            continue
        expected = recount.p_greater(cell.correct, [cell.chance] * cell.answers)
        assert found.p_greater == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("word", "content", "count"),
    [
        ("", "", 8),
        ("fusafusa", "", 2),
        ("", "content1", 4),
        ("fusafusa", "content1", 1),
        (reports.CATCH, "", 2),
        (reports.CATCH, "content0", 1),
        ("nothing", "", 0),
    ],
)
def test_filtered(word, content, count):
    cells = frames.cells(frames.counted(factories.make_study(contents=2, words=3)))
    shown = reports.filtered(cells, word=word, content=content)
    assert len(shown) == count
    for cell in shown:
        assert word in ("", cell.word.reading if cell.word else reports.CATCH)
        assert content in ("", cell.content.name)


def test_readings():
    cells = frames.cells(frames.counted(factories.make_study(words=3)))
    assert [word.reading for word in reports.readings(cells)] == [
        "fusafusa",
        "mofumofu",
        "zarazara",
    ]


def test_totals_agree_between_the_reports(crowd):
    cells = frames.cells(frames.counted(crowd))
    asked = reports.about_words(cells)
    headline = reports.headline(cells, frames.scores(frames.counted(crowd)))
    whole = (headline.words.correct, headline.words.n)
    parts = [
        [row.estimate for row in reports.words(asked)],
        [column.estimate for column in reports.contents(asked)],
        [reports.estimated(cell).estimate for cell in asked],
    ]
    for estimates in parts:
        known = [estimate for estimate in estimates if isinstance(estimate, Proportion)]
        assert (sum(e.correct for e in known), sum(e.n for e in known)) == whole
    scores = frames.scores(frames.counted(crowd))
    assert (sum(correct for correct, _n in scores), sum(n for _correct, n in scores)) == whole
    assert headline.answers == headline.words.n + (
        headline.catches.n if isinstance(headline.catches, Proportion) else 0
    )
