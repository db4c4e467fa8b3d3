import numpy as np
import pytest
from hypothesis import given

from analysis.stats.image_votes import image_votes, question_accuracy, question_means
from analysis.stats.intervals import NotEstimable, Reason

from .tables import SETS, Row, drawn, expected, reference, table, without_grid

GRID = (("a", 0), ("a", 1), ("b", 0))


def test_by_hand():
    answers = table(
        [
            Row("p", "a", "c", GRID, 0),
            Row("q", "a", "c", GRID, 2),
            Row("r", "a", "c", GRID, 0),
            Row("p", "b", "c", GRID, 0),
        ]
    )
    found = image_votes(answers)
    # In the order a0, a1, b0: a0 was chosen for b too, which is no vote for it.
    assert found.votes.tolist() == [2, 0, 0]
    assert found.offers.tolist() == [3, 3, 1]
    assert found.share.tolist() == pytest.approx([2 / 3, 0, 0])
    assert question_accuracy(answers).tolist() == pytest.approx([2 / 3, 0])
    means = question_means(answers, np.array([1.0, 2.0, 5.0]))
    assert means.tolist() == [1.5, 5.0]
    assert np.isnan(question_means(answers, np.array([1.0, np.nan, 5.0]))[0])


def _some_targets():
    """Of the two images of a, each person is offered one."""
    return table(
        [
            Row("p", "a", "c", (("a", 0), ("b", 0)), 0),
            Row("q", "a", "c", (("a", 1), ("b", 0)), 1),
            Row("r", "a", "c", (("a", 0), ("b", 0)), 1),
        ]
    )


def test_targets_that_are_drawn_need_the_grid():
    found = image_votes(_some_targets())
    images = [(i.word, i.cluster) for i in _some_targets().images]
    assert dict(zip(images, found.offers.tolist(), strict=True)) == {
        (0, 0): 2,
        (0, 1): 1,
        (1, 0): 0,
    }
    assert image_votes(without_grid(_some_targets())) == NotEstimable(Reason.NO_GRID)


def test_an_image_that_was_never_offered_has_no_share():
    share = image_votes(_some_targets()).share
    assert np.isnan(share[[i.word for i in _some_targets().images].index(1)])


def test_nobody():
    nobody = reference().only(np.zeros(len(reference()), dtype=bool))
    assert image_votes(nobody) == NotEstimable(Reason.NO_ANSWERS)
    assert np.isnan(question_accuracy(nobody)).all()


@pytest.mark.parametrize("which", SETS)
def test_votes_are_those_of_the_reference(which):
    answers = reference(which)
    found = image_votes(answers)
    for image, votes in zip(answers.images, found.votes.tolist(), strict=True):
        per_word = expected(which)["per_word"].get(answers.words[image.word])
        if per_word:
            row = per_word["cluster_votes"][answers.contents[image.content]]
            clusters = sorted(
                i.cluster
                for i in answers.images
                if (i.word, i.content) == (image.word, image.content)
            )
            assert votes == row[clusters.index(image.cluster)]


@pytest.mark.parametrize("fixed", [True, False])
def test_shares_of_a_question_add_up_to_its_accuracy(fixed):
    @given(drawn(fixed=fixed))
    def check(answers):
        found = image_votes(answers)
        assert (found.votes <= found.offers).all()
        assert found.votes.sum() == answers.correct.sum()
        accuracy = question_accuracy(answers)
        for at, question in enumerate(answers.questions):
            own = [i for i in question.images if answers.images[i].word == question.word]
            assert found.share[own].sum() == pytest.approx(accuracy[at])

    check()
