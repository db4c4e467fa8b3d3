from collections import Counter
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design import (
    assign_condition,
    choose_catch,
    choose_distractors,
    choose_mixed_catch,
    grid_shape,
    order_questions,
    place_options,
)
from survey.errors import DesignError

SEEDS = st.integers(0, 2**63 - 1)


def images_of(*sizes: int) -> dict[str, list[str]]:
    return {f"w{i}": [f"w{i}c{j}" for j in range(size)] for i, size in enumerate(sizes)}


@st.composite
def possible_designs(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=8))
    most = min(sum(sizes), 12)
    if max(sizes) + 1 > most:
        sizes.append(max(sizes))
        most = min(sum(sizes), 12)
    return images_of(*sizes), draw(st.integers(max(sizes) + 1, most))


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
    words = ["a", "a", "b", "b", "c", None]
    assert order_questions(words=words, seed=seed) == order_questions(words=words, seed=seed)


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
    with pytest.raises(DesignError, match=says):
        choose_distractors(images=images_of(*sizes), options=options, seed=0)


@given(possible_designs(), SEEDS)
def test_a_catch_is_of_different_words_where_possible(design, seed):
    images, options = design
    beside = choose_catch(images=images, options=options, seed=seed)
    assert len(set(beside)) == options - 1
    given_by = {word: sum(i in own for i in beside) for word, own in images.items()}
    could_give = [n for word, n in given_by.items() if n < len(images[word])]
    assert max(given_by.values()) <= 1 + min(could_give, default=max(given_by.values()))


def test_a_catch_with_too_few_images_is_an_error():
    with pytest.raises(DesignError, match=r"needs 8 stylised images .* there are 6"):
        choose_catch(images=images_of(3, 3), options=9, seed=0)


def conditions_of(*designs) -> dict[str, dict[str, list[str]]]:
    """Images of condition r0, r1 ... by word: the sizes of the words' own."""
    return {
        f"r{number}": {
            word: [f"r{number}{image}" for image in own] for word, own in images_of(*sizes).items()
        }
        for number, sizes in enumerate(designs)
    }


def counts_by(chosen, groups) -> dict[str, int]:
    return {name: sum(image in own for image in chosen) for name, own in groups.items()}


@given(
    st.integers(2, 4).flatmap(
        lambda words: st.lists(
            st.lists(st.integers(1, 4), min_size=words, max_size=words), min_size=2, max_size=4
        )
    ),
    st.data(),
)
def test_a_mixed_catch_is_even_over_conditions_and_of_different_words(designs, data):
    images = conditions_of(*designs)
    most = sum(map(sum, designs))
    wanted = data.draw(st.integers(1, most))
    chosen = choose_mixed_catch(images=images, options=wanted + 1, seed=data.draw(SEEDS))
    assert len(set(chosen)) == wanted
    everything = {name: [i for of in own.values() for i in of] for name, own in images.items()}
    given_by = counts_by(chosen, everything)
    could_give = [n for name, n in given_by.items() if n < len(everything[name])]
    assert max(given_by.values()) <= 1 + min(could_give, default=max(given_by.values()))
    words = {word: [i for own in images.values() for i in own[word]] for word in images["r0"]}
    by_word = counts_by(chosen, words)
    assert sum(n > 0 for n in by_word.values()) == min(len(words), wanted)


def test_a_mixed_catch_follows_the_seed_and_says_what_is_missing():
    images = conditions_of((3, 3), (3, 3))
    first = choose_mixed_catch(images=images, options=9, seed=4)
    assert choose_mixed_catch(images=images, options=9, seed=4) == first
    assert len({str(choose_mixed_catch(images=images, options=9, seed=s)) for s in range(9)}) > 1
    with pytest.raises(DesignError, match=r"needs 13 stylised images .* there are 12"):
        choose_mixed_catch(images=images, options=14, seed=4)


@given(st.integers(1, 5), st.lists(SEEDS, max_size=60))
def test_conditions_fill_evenly_whoever_comes(conditions, seeds):
    counts = dict.fromkeys(range(conditions), 0)
    for seed in seeds:
        counts[assign_condition(counts=counts, seed=seed)] += 1
        assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(counts.values()) == len(seeds)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1), SEEDS)
def test_the_least_filled_condition_comes_first(counts, seed):
    chosen = assign_condition(counts=counts, seed=seed)
    assert counts[chosen] == min(counts.values())
    assert assign_condition(counts=counts, seed=seed) == chosen


def test_ties_are_broken_by_the_seed_alike_for_all():
    counts = {"a": 2, "b": 2, "c": 5}
    chosen = Counter(assign_condition(counts=counts, seed=seed) for seed in range(400))
    # 200 expected, standard deviation 10
    assert set(chosen) == {"a", "b"}
    assert abs(chosen["a"] - 200) < 50
    with pytest.raises(DesignError, match="one condition or more to assign, got none"):
        assign_condition(counts={}, seed=0)


@given(st.integers(1, 5), st.integers(1, 8), st.integers(0, 5), SEEDS)
def test_an_order_has_every_question_once_and_spreads_the_catches(contents, words, catches, seed):
    asked = [f"w{w}" for _ in range(contents) for w in range(words)]
    catches = min(catches, len(asked))
    sequence = asked + [None] * catches
    order = order_questions(words=sequence, seed=seed)
    assert sorted(order) == list(range(len(sequence)))
    places = [place for place, index in enumerate(order) if sequence[index] is None]
    assert 0 not in places
    assert len(places) == catches
    for part, place in enumerate(places):
        start, stop = (n * len(sequence) // catches for n in (part, part + 1))
        assert start <= place < stop


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), SEEDS)
def test_no_word_comes_twice_in_a_row_more_often_than_it_must(counts, seed):
    words = [f"w{w}" for w, count in enumerate(counts) for _ in range(count)]
    order = order_questions(words=words, seed=seed)
    repeats = sum(words[a] == words[b] for a, b in pairwise(order))
    assert repeats == max(0, 2 * max(counts) - len(words) - 1)


def test_more_catches_than_questions_are_an_error():
    with pytest.raises(DesignError, match="got 2 and 1"):
        order_questions(words=["a", None, None], seed=0)


@given(st.integers(1, 12), SEEDS)
def test_a_grid_holds_every_option_once(options, seed):
    grid = place_options(options=range(100, 100 + options), seed=seed)
    assert sorted(grid) == list(range(100, 100 + options))


def test_every_cell_is_as_likely_for_a_target():
    places = Counter(place_options(options=range(9), seed=s).index(0) for s in range(1800))
    assert set(places) == set(range(9))
    # 200 expected, standard deviation 13.3
    assert all(abs(n - 200) < 60 for n in places.values())


@pytest.mark.parametrize(
    ("options", "shape"), [(4, (2, 2)), (6, (2, 3)), (9, (3, 3)), (12, (3, 4))]
)
def test_grid_shapes(options, shape):
    assert grid_shape(options) == shape
