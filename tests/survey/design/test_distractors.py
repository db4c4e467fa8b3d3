from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design import choose_distractors
from survey.errors import DesignError
from tests.survey.design.designs import SEEDS, images_of, possible_designs


def uses(chosen) -> Counter:
    return Counter(image for images in chosen.values() for image in images)


@given(possible_designs(), SEEDS)
def test_each_question_has_its_number_of_distinct_distractors_of_other_words(design, seed):
    images, options = design
    chosen = choose_distractors(images=images, options=options, seed=seed)
    assert set(chosen) == set(images)
    for word, distractors in chosen.items():
        assert len(distractors) == len(set(distractors)) == options - len(images[word])
        assert not set(distractors) & set(images[word])


@given(possible_designs(), SEEDS)
def test_no_word_gives_two_before_each_other_gave_one(design, seed):
    images, options = design
    for word, distractors in choose_distractors(images=images, options=options, seed=seed).items():
        given_by = {
            other: sum(image in own for image in distractors)
            for other, own in images.items()
            if other != word
        }
        could_give = [n for other, n in given_by.items() if n < len(images[other])]
        assert max(given_by.values()) <= 1 + min(could_give, default=max(given_by.values()))


@given(st.integers(2, 9), st.integers(1, 4), st.data())
def test_every_image_is_a_distractor_equally_often(words, clusters, data):
    options = data.draw(st.integers(clusters + 1, max(clusters + 1, min(words * clusters, 12))))
    images = images_of(*[clusters] * words)
    counts = uses(choose_distractors(images=images, options=options, seed=data.draw(SEEDS)))
    times = [counts[image] for own in images.values() for image in own]
    assert max(times) - min(times) <= 1


def spread(images, word, distractors) -> bool:
    given_by = Counter(w for w, own in images.items() for i in distractors if i in own)
    free = [given_by[w] for w, own in images.items() if w != word and given_by[w] < len(own)]
    return not free or max(given_by.values()) <= 1 + min(free)


@pytest.mark.parametrize("sizes", [(1, 2, 3), (2, 2, 1), (1, 1, 3)])
def test_uneven_words_reach_the_best_of_all_designs(sizes):
    """Against every possible design, tried one by one."""
    images = images_of(*sizes)
    options = max(sizes) + 1
    possible = [
        [
            set(pick)
            for pick in combinations(
                [i for w, own in images.items() if w != word for i in own],
                options - len(images[word]),
            )
            if spread(images, word, pick)
        ]
        for word in images
    ]
    best = min(
        sum(n * n for n in Counter(i for pick in design for i in pick).values())
        for design in product(*possible)
    )
    for seed in range(20):
        chosen = choose_distractors(images=images, options=options, seed=seed)
        assert sum(n * n for n in uses(chosen).values()) == best


def test_the_study_of_the_paper_uses_every_image_twice():
    images = images_of(*[3] * 23)
    counts = uses(choose_distractors(images=images, options=9, seed=5))
    assert set(counts.values()) == {2}
    assert len(counts) == 69


@given(SEEDS)
def test_the_seed_decides(seed):
    images = images_of(3, 3, 3, 3)
    first = choose_distractors(images=images, options=9, seed=seed)
    assert first == choose_distractors(images=images, options=9, seed=seed)


def test_other_seeds_give_other_designs():
    images = images_of(*[3] * 6)
    designs = {str(choose_distractors(images=images, options=9, seed=s)) for s in range(5)}
    assert len(designs) == 5


@pytest.mark.parametrize(
    ("sizes", "options", "says"),
    [
        ((3, 3), 9, "need 6 distractors from other words; there are 3"),
        ((3, 3), 3, "no room for a distractor; ask for more than 3"),
        ((3,), 9, "there are 0"),
        ((2, 0), 3, "w1: expected at least one image"),
        ((), 9, "two or more words, got none"),
    ],
)
def test_too_few_images_are_an_error_with_the_numbers(sizes, options, says):
    with pytest.raises(DesignError, match=says) as caught:
        choose_distractors(images=images_of(*sizes), options=options, seed=0)
    assert caught.value.template % caught.value.facts == str(caught.value)
