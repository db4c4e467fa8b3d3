"""In which order one participant meets the questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise
from random import Random

from survey.design.seeds import Seed
from survey.errors import DesignError


def order_questions(*, words: Sequence[Hashable | None], seed: Seed) -> list[int]:
    """One participant's order of the questions, as indices into `words`; None marks a catch.

    No word is asked twice in a row, where the counts allow it. The k catches lie one in each
    of k equal parts of the sequence, never first, and never one directly after the other.
    Raises DesignError where there are more catches than other questions.
    """
    rng = Random(f"{seed}:order")
    catches = [index for index, word in enumerate(words) if word is None]
    asked = [index for index, word in enumerate(words) if word is not None]
    if len(catches) > len(asked):
        raise DesignError(
            "at most as many catch questions as others are expected; "
            "got %(catches)s and %(others)s",
            catches=len(catches), others=len(asked),
        )  # fmt: skip
    rng.shuffle(catches)
    sequence = iter(_without_repeats(asked, words, rng))
    places = dict(zip(_catch_places(len(catches), len(words), rng), catches, strict=True))
    return [places[i] if i in places else next(sequence) for i in range(len(words))]


def _without_repeats(
    asked: Sequence[int], words: Sequence[Hashable | None], rng: Random
) -> list[int]:
    """A random order without a word twice in a row, or with as few repeats as there must be.

    A word that holds more than half of what remains has to come now; otherwise any question
    of another word than the last one's may.
    """
    left = rng.sample(asked, len(asked))
    counts = Counter(words[index] for index in left)
    result: list[int] = []
    last: Hashable | None = None
    while left:
        word, count = counts.most_common(1)[0]
        allowed = [index for index in left if words[index] != last] or left
        if 2 * count > len(left) and word != last:
            allowed = [index for index in left if words[index] == word]
        index = rng.choice(allowed)
        left.remove(index)
        last = words[index]
        counts[last] -= 1
        result.append(index)
    return result


def _catch_places(catches: int, length: int, rng: Random) -> list[int]:
    """A random place in each part, neither the first of all nor next to the one before.

    There always is one: with at most as many catches as others, a part has two places or more,
    and only its first can be ruled out.
    """
    edges = [part * length // catches for part in range(catches + 1)] if catches else []
    places: list[int] = []
    for start, stop in pairwise(edges):
        after = places[-1] + 2 if places else 1
        places.append(rng.randrange(max(start, after), stop))
    return places
