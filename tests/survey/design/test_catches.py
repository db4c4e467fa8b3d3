import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design import choose_catch, choose_mixed_catch
from survey.errors import DesignError
from tests.survey.design.designs import SEEDS, images_of, possible_designs


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
