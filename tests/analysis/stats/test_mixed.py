import math

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import integrate, special, stats

from analysis.stats.answers import Answers, Asked, Stimulus
from analysis.stats.errors import StatisticsError
from analysis.stats.intervals import NotEstimable, Reason
from analysis.stats.mixed import Effect, content_test, mixed_model

from .tables import SETS, Row, drawn, expected, reference, table

FITTED, ERROR = 1e-3, 2e-3  # of the reference
OPTIONS = {word: ((word, 0), ("x", 0), ("y", 0)) for word in "abcdefgh"}


def _simulated(rng, *, people, words, contents=3, mean=0.9, sds=(0.6, 0.7, 0.4), keep=1.0):
    """Answers of the model itself, at chance 1/3; `mean` can be one of each content."""
    word = np.repeat(np.arange(words), contents)
    content = np.tile(np.arange(contents), words)
    means = np.broadcast_to(mean, contents)
    logits = (
        special.logit(1 / 3)
        + means[content]
        + sds[0] * rng.normal(size=(people, 1))
        + sds[1] * rng.normal(size=words)[word]
        + sds[2] * rng.normal(size=words * contents)
    )
    hit = rng.random(logits.shape) < special.expit(logits)
    person, question = np.nonzero(rng.random(logits.shape) < keep)
    images = tuple(
        Stimulus(c, w if right else words, 0)
        for w, c in zip(word.tolist(), content.tolist(), strict=True)
        for right in (False, True)
    )
    questions = tuple(
        Asked(w, c, 1, 3, (2 * at, 2 * at + 1))
        for at, (w, c) in enumerate(zip(word.tolist(), content.tolist(), strict=True))
    )
    n = len(person)
    return Answers(
        tuple(f"p{i}" for i in range(people)),
        (*(f"w{i}" for i in range(words)), "other"),
        tuple(f"c{i}" for i in range(contents)),
        images,
        questions,
        person,
        question,
        2 * question + hit[person, question],
        np.full(n, -1),
        np.full(n, math.nan),
    )


def _marked(*people):
    """A mark for each question of a person, a to h on c0 and again on c1: + or -."""
    return table(
        [
            Row(
                f"p{at}",
                "abcdefgh"[i // 2],
                f"c{i % 2}",
                OPTIONS["abcdefgh"[i // 2]],
                int(m == "-"),
            )
            for at, marks in enumerate(people)
            for i, m in enumerate(marks)
        ]
    )


@pytest.mark.parametrize("which", SETS)
def test_the_reference(which):
    want, found = expected(which)["glmm"], mixed_model(reference(which))
    assert found.intercept.value == pytest.approx(want["intercept_vs_chance"], abs=FITTED)
    assert found.intercept.error == pytest.approx(want["se"], abs=ERROR)
    assert found.intercept.z == pytest.approx(want["z"], abs=0.05)
    assert found.intercept.p == pytest.approx(want["p"], rel=0.05)
    assert found.sd_person == pytest.approx(want["sd_participant"], abs=FITTED)
    assert found.sd_word == pytest.approx(want["sd_word"], abs=FITTED)
    assert found.sd_question == pytest.approx(want["sd_question"], abs=FITTED)
    assert found.log_likelihood == pytest.approx(want["loglik"], abs=1e-5)


def test_a_deviation_on_the_border_is_zero_and_said_to_be():
    assert mixed_model(reference()).singular == ()
    found = mixed_model(reference("clean"))
    assert (found.sd_person, found.singular) == (0.0, ("person",))


def test_known_deviations_and_mean_are_recovered():
    found = mixed_model(_simulated(np.random.default_rng(11), people=300, words=30, keep=0.9))
    assert abs(found.intercept.value - 0.9) < 2.5 * found.intercept.error
    # Three times the error of a deviation of so many normals: sd / sqrt(2 n).
    for value, truth, n in [
        (found.sd_person, 0.6, 300),
        (found.sd_word, 0.7, 30),
        (found.sd_question, 0.4, 90),
    ]:
        assert abs(value / truth - 1) < 3 / math.sqrt(2 * n)
    assert found.singular == ()


def test_word_effects_are_shrunken_and_cover_the_truth():
    rng = np.random.default_rng(7)
    answers = _simulated(rng, people=60, words=20, sds=(0.5, 0.9, 0.3))
    found = mixed_model(answers)
    truth = np.random.default_rng(7)
    truth.normal(size=(60, 1))
    words = 0.9 * truth.normal(size=20)
    z = [(e.value - w) / e.error for e, w in zip(found.words, words, strict=False)]
    assert 0.5 < np.std(z) < 1.7
    assert found.words[20] == NotEstimable(Reason.NO_ANSWERS)
    raw = [special.logit(answers.correct[answers.word == w].mean()) for w in range(20)]
    spread = np.std([effect.value for effect in found.words[:20]])
    assert 0.5 * np.std(raw) < spread < 1.2 * np.std(raw)
    for effect in found.words[:20]:
        assert 0 < effect.interval.low < effect.accuracy < effect.interval.high < 1


def test_a_words_accuracy_is_the_average_over_people_and_contents():
    found = mixed_model(reference())
    sd = math.hypot(found.sd_person, found.sd_question)
    for effect in found.words[:3]:
        logit = special.logit(1 / 3) + found.intercept.value + effect.value
        want = integrate.quad(
            lambda x, at=logit: special.expit(at + sd * x) * stats.norm.pdf(x), -9, 9
        )[0]
        assert effect.accuracy == pytest.approx(want, abs=1e-8)


def test_contents_have_their_own_means():
    rng = np.random.default_rng(3)
    answers = _simulated(rng, people=150, words=25, mean=[0.2, 0.9, 1.6])
    without, fixed = mixed_model(answers), mixed_model(answers, contents=True)
    assert without.contents == ()
    for effect, truth in zip(fixed.contents, [0.2, 0.9, 1.6], strict=True):
        assert abs(effect.value - truth) < 3 * effect.error
    mean = np.mean([effect.value for effect in fixed.contents])
    assert fixed.intercept.value == pytest.approx(mean)
    found = content_test(without, fixed)
    assert found.df == 2
    assert found.statistic == pytest.approx(2 * (fixed.log_likelihood - without.log_likelihood))
    assert found.p < 1e-6
    with pytest.raises(StatisticsError, match="same answers"):
        content_test(fixed, without)


def test_a_mean_of_each_content_of_the_reference():
    found = mixed_model(reference(), contents=True)
    assert all(isinstance(effect, Effect) for effect in found.contents)
    # Contents 0 to 2 were answered correctly by 0.556, 0.647 and 0.459.
    by_name = dict(zip(reference().contents, found.contents, strict=True))
    values = [by_name[f"content{i}"].value for i in range(3)]
    assert values[1] > values[0] > values[2]


def test_chance_levels_enter_as_offsets():
    """The same answers to questions that are easier to guess are less above chance."""
    answers = _simulated(np.random.default_rng(0), people=30, words=8)
    easier = [Asked(q.word, q.content, 3, 6, q.images) for q in answers.questions]
    changed = Answers(
        answers.people, answers.words, answers.contents, answers.images, tuple(easier),
        answers.person, answers.question, answers.chosen, answers.position, answers.rt_ms,
    )  # fmt: skip
    first, second = mixed_model(answers), mixed_model(changed)
    shift = special.logit(1 / 2) - special.logit(1 / 3)
    assert second.intercept.value == pytest.approx(first.intercept.value - shift, abs=1e-5)
    assert second.sd_word == pytest.approx(first.sd_word, abs=1e-5)
    assert second.words[0].accuracy == pytest.approx(first.words[0].accuracy, abs=1e-6)


def test_words_that_were_asked_on_one_content_have_no_effect_of_their_questions():
    answers = _simulated(np.random.default_rng(1), people=40, words=10, contents=1)
    found = mixed_model(answers)
    assert found.sd_question == NotEstimable(Reason.ONE_CONTENT_EACH)
    assert found.sd_word > 0


def test_steps_are_told_and_the_deviance_falls():
    told: list[tuple[int, float]] = []
    found = mixed_model(reference(), progress=lambda step, deviance: told.append((step, deviance)))
    steps, deviances = zip(*told, strict=True)
    assert list(steps) == list(range(1, len(steps) + 1))
    assert all(np.diff(deviances) <= 0)
    assert deviances[-1] == pytest.approx(-2 * found.log_likelihood, abs=1e-4)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (table([], people=("p",)), Reason.NO_ANSWERS),
        (_marked("+-+-"), Reason.TOO_FEW_GROUPS),
        (_marked("+-", "-+"), Reason.TOO_FEW_GROUPS),
        (_marked("++++", "++++"), Reason.ALL_ALIKE),
        (_marked("----", "----"), Reason.ALL_ALIKE),
    ],
)
def test_why_not(answers, reason):
    assert mixed_model(answers) == NotEstimable(reason)


def test_why_not_by_content():
    answers = _marked("+-++", "++++", "+-+-")
    assert mixed_model(answers, contents=True) == NotEstimable(Reason.CONTENT_ALIKE)


def test_an_answer_of_each_person_tells_nothing_of_people():
    rows = [
        Row("p", "a", "c", OPTIONS["a"], 0),
        Row("q", "b", "c", OPTIONS["b"], 1),
        Row("r", "a", "c", OPTIONS["a"], 1),
    ]
    assert mixed_model(table(rows)) == NotEstimable(Reason.ONE_ANSWER_EACH)


def test_certain_answers_have_no_chance_level_to_compare_with():
    only_targets = (("a", 0), ("a", 1))
    rows = [Row(p, "b", "c", OPTIONS["b"], at) for at, p in enumerate("pq")]
    rows += [Row(p, "a", "c", only_targets, 0) for p in "pq"]
    assert mixed_model(table(rows)) == NotEstimable(Reason.CERTAIN_CHANCE)


def test_people_who_are_all_right_or_all_wrong_have_no_spread_to_estimate():
    found = mixed_model(_marked(*["+" * 16, "-" * 16] * 6))
    assert found == NotEstimable(Reason.NOT_CONVERGED)


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_a_fit_of_a_few_answers_is_finite_or_none(answers):
    found = mixed_model(answers)
    if isinstance(found, NotEstimable):
        return
    assert math.isfinite(found.log_likelihood)
    assert 0 < found.intercept.error < 100
    assert math.isfinite(found.intercept.z)
    assert min(found.sd_person, found.sd_word) >= 0
    for effect in found.words:
        if not isinstance(effect, NotEstimable):
            assert effect.error >= 0
            assert 0 <= effect.interval.low <= effect.accuracy <= effect.interval.high <= 1
