"""Every number on the pages, compared with answers that are counted one by one."""

from collections import Counter
from fractions import Fraction

import pytest

from analysis import formats, frames, reports
from survey.models import Question, Study
from tests.analysis import factories, recount
from tests.analysis.pages import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(admin_client):
    """Opens an English page below the study's results: `visit("words/")`."""

    def page(path: str = "", **query: str) -> Page:
        response = admin_client.get(
            f"/results/study/{path}", query, headers={"accept-language": "en"}
        )
        assert response.status_code == 200
        return Page(response.content.decode())

    return page


def trials_of(study):
    return recount.about_words(recount.counted(study))


def correct(trials):
    return sum(trial.chosen.is_target for trial in trials)


def share(trials):
    return recount.percent(Fraction(correct(trials), len(trials)))


def interval(trials):
    return recount.wilson(correct(trials), len(trials))


def chance(trials):
    return recount.percent(recount.mean_chance(trials))


def written_p(p):
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def label(word):
    return f"{word.reading} {word.text}"


def words_of(study):
    return list({q.word.pk: q.word for q in study.questions.about_words()}.values())


def about(trials, *, word=None, content=None):
    return [
        trial
        for trial in trials
        if (word is None or trial.question.word_id == word.pk)
        and (content is None or trial.question.content.name == content)
    ]


def test_overview(crowd, visit):
    trials, words = recount.counted(crowd), trials_of(crowd)
    catches = [trial for trial in trials if trial not in words]
    people = recount.tally(words, lambda trial: trial.participant_id)
    shares = [right / n for right, n in people.values()]
    low, high = (min(max(end, 0), 1) for end in recount.people_interval(shares))
    text = visit().text
    mean = Fraction(sum(shares) / len(shares))
    ends = (recount.percent(Fraction(end)) for end in (low, high))
    assert f"Accuracy {recount.percent(mean)} 95% interval {next(ends)[:-1]}–{next(ends)}" in text
    assert f"mean of {len(shares)} people" in text
    assert f"{correct(words)} of {len(words)} answers about words are correct" in text
    assert f"({share(words)})" in text
    assert f"Chance level {chance(words)}" in text
    assert f"Answers {len(trials)} from {len({t.participant_id for t in trials})} people" in text
    assert f"Catch questions {share(catches)} 95% interval {interval(catches)};" in text
    assert f"{correct(catches)} of {len(catches)} correct" in text


def test_overview_tells_who_took_part(crowd, visit):
    rows = visit().tables[0][1:]
    expected = []
    for origin, name in zip(
        ("live", "pilot", "preview", "bot"), ("live", "pilot", "preview", "simulated"), strict=True
    ):
        own = [person for person in crowd.participants.all() if person.origin == origin]
        done = sum(person.finished_at is not None for person in own)
        rate = recount.percent(Fraction(done, len(own)))
        counted = "yes" if origin in crowd.counted_origins else "no"
        expected.append([name, str(len(own)), str(done), rate, counted])
    assert rows == expected


def test_words(crowd, visit):
    trials = trials_of(crowd)
    by_word = {word: about(trials, word=word) for word in words_of(crowd)}
    raw = {
        word: float(recount.p_greater(correct(own), recount.chances(own)))
        for word, own in by_word.items()
    }
    ranked = sorted(
        by_word, key=lambda word: (-correct(by_word[word]) / len(by_word[word]), word.reading)
    )
    assert "p" not in visit("words/").tables[0][0]
    Study.objects.update(status="closed")  # until then p values are hidden
    header, *rows = visit("words/", interval="wilson").tables[0]
    assert header[-5:] == ["Above chance", "d′", "e", "p", "q"]
    assert [[*row[:6], row[9] if len(row) > 7 else row[-1]] for row in rows] == [
        [
            label(word),
            share(by_word[word]),
            interval(by_word[word]),
            str(correct(by_word[word])),
            str(len(by_word[word])),
            chance(by_word[word]),
            written_p(recount.holm(raw[word], list(raw.values()))),
        ]
        for word in ranked
    ] + [
        ["All words", share(trials), "", str(correct(trials)), str(len(trials)), chance(trials), ""]
    ]


def test_word(crowd, visit):
    everything = trials_of(crowd)
    votes = Counter(trial.chosen_id for trial in everything)
    for word in words_of(crowd):
        trials = about(everything, word=word)
        asked = list(crowd.questions.filter(word=word).select_related("content"))
        page = visit(f"words/{word.reading}/")
        intro = f"{share(trials)} correct ( {correct(trials)} of {len(trials)} answers)"
        assert intro.replace("( ", "(") in page.text
        assert f"95% interval {interval(trials)}, chance {chance(trials)}." in page.text
        assert page.tables[0] == _vote_rows(trials, asked, votes)
        assert page.tables[1] == _lure_rows(everything, asked, votes)


def _by_question(trials, asked):
    return [[trial for trial in trials if trial.question_id == q.pk] for q in asked]


def _clusters(asked):
    """The asked word's images, cluster by cluster, one a question."""
    targets = [q.options.filter(is_target=True).order_by("stylised__cluster__index") for q in asked]
    return list(zip(*targets, strict=True))


def _vote_rows(trials, asked, votes):
    own = _by_question(trials, asked)
    rows = [["Style cluster", *(q.content.name for q in asked), "All"]]
    for images in _clusters(asked):
        cells = [f"{votes[i.pk]} of {len(n)}" for i, n in zip(images, own, strict=True)]
        total = str(sum(votes[image.pk] for image in images))
        rows.append([f"Cluster {images[0].stylised.cluster.index}", *cells, total])
    right = [f"{correct(n)} {share(n)} {interval(n)}" if n else "0" for n in own]
    rows.append(["Correct", *right, f"{correct(trials)} {share(trials)}"])
    wrong = [str(len(n) - correct(n)) for n in own]
    rows.append(["Other words", *wrong, str(len(trials) - correct(trials))])
    rows.append(["Answers", *(str(len(n)) for n in own), str(len(trials))])
    return rows


def _lure_rows(everything, asked, votes):
    rows = [["Style cluster", *(q.content.name for q in asked)]]
    for images in _clusters(asked):
        cells = []
        for image in images:
            lures = image.stylised.options.filter(
                is_target=False, question__kind="word", question__study=asked[0].study
            )
            chosen = sum(votes[lure.pk] for lure in lures)
            questions = {lure.question_id for lure in lures}
            n = sum(trial.question_id in questions for trial in everything)
            rate = recount.percent(Fraction(chosen, n)) if n else ""
            cells.append(f"{chosen} of {n} ( {rate} )" if n else "not offered")
        rows.append([str(images[0].stylised.cluster.index), *cells])
    return [[cell.replace("( ", "(").replace(" )", ")") for cell in row] for row in rows]


def test_contents(crowd, visit):
    trials = trials_of(crowd)
    page = visit("contents/")
    names = page.tables[0][0][1:]
    assert names == sorted({q.content.name for q in crowd.questions.all()})
    for name in names:
        own = about(trials, content=name)
        assert f"{name} {share(own)} overall ({correct(own)} of {len(own)})" in page.text
    rows = {row[0]: row[1:] for row in page.tables[0][1:]}
    assert set(rows) == {label(word) for word in words_of(crowd)}
    for word in words_of(crowd):
        cells = [about(trials, word=word, content=name) for name in names]
        assert rows[label(word)] == [
            f"{share(n)} {interval(n)} {correct(n)} of {len(n)}, chance {chance(n)}"
            if n
            else "not estimable: no answers yet"
            for n in cells
        ]


def test_questions(crowd, visit):
    trials = recount.counted(crowd)
    rows = visit("questions/").tables[0][1:]
    expected = []
    for question in crowd.questions.order_by("index"):
        own = [trial for trial in trials if trial.question_id == question.pk]
        named = label(question.word) if question.word else "catch question"
        figures = (
            [share(own), interval(own), str(len(own))] if own else ["not estimable: no answers yet"]
        )
        expected.append([str(question.index), question.content.name, named, *figures])
    assert rows == expected


def test_question(crowd, visit):
    trials = recount.counted(crowd)
    votes = Counter(trial.chosen_id for trial in trials)
    for question in crowd.questions.all():
        own = [trial for trial in trials if trial.question_id == question.pk]
        page = visit(f"questions/{question.index}/")
        if own:
            p = written_p(float(recount.p_greater(correct(own), recount.chances(own))))
            assert f"{share(own)} correct ({correct(own)} of {len(own)})" in page.text
            assert f"95% interval {interval(own)}. Chance {chance(own)}." in page.text
            assert "by guessing" not in page.text
            Study.objects.update(status="closed")
            page = visit(f"questions/{question.index}/")
            Study.objects.update(status="live")
            assert f"by guessing: p {p if p.startswith('<') else f'= {p}'} (exact" in page.text
        options = list(question.options.order_by("index"))
        assert len(page.items) == len(options)
        for item, option in zip(page.items, options, strict=True):
            n = votes[option.pk]
            assert item.startswith("correct ") == option.is_target
            assert f"{n} vote{'' if n == 1 else 's'}" in item
            if own:
                assert f" {recount.percent(Fraction(n, len(own)))} " in item
            cluster = option.stylised.cluster if option.stylised else None
            source = f"{label(cluster.word)} {cluster.index}" if cluster else "photograph"
            assert item.endswith(source)


def test_the_filter_shows_what_was_asked_for(visit):
    factories.make_study(contents=2, words=3)
    page = visit("questions/", word="fusafusa", content="content1")
    assert [row[1:3] for row in page.tables[0][1:]] == [["content1", "fusafusa ふさふさ"]]
    assert "1 of 8 questions" in page.text
    catches = visit("questions/", word=reports.CATCH).tables[0][1:]
    assert [row[2] for row in catches] == ["catch question"] * 2
    none = visit("questions/", word="nothing")
    assert none.tables == []
    assert "No question has this word and this photograph." in none.text


def test_neighbours_lead_through_all_questions_and_words(visit):
    factories.make_study(contents=1, words=3)
    first, middle, last = (visit(f"questions/{index}/").html for index in (0, 1, 3))
    assert "/results/study/questions/1/" in first
    assert 'rel="prev"' not in first
    assert "/results/study/questions/0/" in middle
    assert "/results/study/questions/2/" in middle
    assert 'rel="next"' not in last
    assert "/results/study/words/zarazara/" in visit("words/mofumofu/").html


def test_numbers_of_the_pages_agree(crowd, visit):
    words = visit("words/").tables[0]
    questions = [row for row in visit("questions/").tables[0][1:] if row[2] != "catch question"]
    answers = int(words[-1][4])
    assert sum(int(row[-1]) for row in questions if row[-1].isdecimal()) == answers
    tables = [visit(f"words/{word.reading}/").tables[0] for word in words_of(crowd)]
    assert sum(int(table[-1][-1]) for table in tables) == answers
    assert f"of {answers} answers about words are correct" in visit().text
    for table in tables:
        images = sum(int(row[-1]) for row in table[1:-3])
        assert images + int(table[-2][-1]) == int(table[-1][-1])


def test_a_single_person_gets_a_reason_instead_of_an_interval(visit):
    study = factories.make_study(contents=1, words=3)
    factories.add_people(study, 1, skill=1.0)
    text = visit().text
    assert "100% 95% interval over people not estimable: an interval needs at least two" in text
    assert "from 1 person" in text


def test_catch_answers_alone(visit):
    study = factories.make_study(contents=1, words=3)
    person = factories.add_people(study, 1, skill=1.0)[0]
    word_trials = person.trials.filter(question__kind=Question.Kind.WORD)
    word_trials.update(chosen=None, answered_at=None, position=None)
    assert "Accuracy not estimable: no answers yet" in visit().text
    assert "No answers yet." in visit("words/").text
    cells = frames.cells(frames.counted(study))
    assert formats.why_not(reports.pooled(reports.about_words(cells))).endswith("no answers yet")
