"""Which stylised images stand beside the unchanged photograph of a catch question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from random import Random
from typing import TypeVar

from survey.design.seeds import Seed
from survey.errors import DesignError

Word = TypeVar("Word", bound=Hashable)
Image = TypeVar("Image", bound=Hashable)
Condition = TypeVar("Condition", bound=Hashable)


def _(text: str) -> str:
    """Marks a message for the catalogues; whoever shows it translates it."""
    return text


def choose_catch(
    *, images: Mapping[Word, Sequence[Image]], options: int, seed: Seed
) -> list[Image]:
    """The `options` - 1 stylised images that stand beside the unchanged photograph.

    They are of different words as long as there are words that gave fewer.
    Raises DesignError where there are too few images.
    """
    rng = Random(f"{seed}:catch")
    wanted = _beside(options, have=sum(map(len, images.values())))
    ranked = [
        (turn, rng.random(), image)
        for own in images.values()
        for turn, image in enumerate(rng.sample(list(own), len(own)))
    ]
    return [image for _, _, image in sorted(ranked, key=lambda item: item[:2])[:wanted]]


def choose_mixed_catch(
    *, images: Mapping[Condition, Mapping[Word, Sequence[Image]]], options: int, seed: Seed
) -> list[Image]:
    """As `choose_catch`, of the images of several conditions by word.

    Each image is of a condition that gave least among those that have images left, and there
    of a word that gave least. Raises DesignError where there are too few images.
    """
    rng = Random(f"{seed}:catch")
    left = [
        (condition, word, image)
        for condition, by_word in images.items()
        for word, own in by_word.items()
        for image in own
    ]
    conditions: Counter[Condition] = Counter()
    words: Counter[Word] = Counter()
    chosen = []
    for _ in range(_beside(options, have=len(left))):
        ranked = {item: (conditions[item[0]], words[item[1]], rng.random()) for item in left}
        condition, word, image = min(left, key=ranked.__getitem__)
        left.remove((condition, word, image))
        conditions[condition] += 1
        words[word] += 1
        chosen.append(image)
    return chosen


def _beside(options: int, *, have: int) -> int:
    """How many stylised images a catch question shows beside the photograph."""
    wanted = options - 1
    if wanted < 1 or have < wanted:
        raise DesignError(
            _(
                "a catch question of %(options)s images needs %(wanted)s stylised images (1 or "
                "more) beside the photograph; there are %(have)s"
            ),
            options=options, wanted=wanted, have=have,
        )  # fmt: skip
    return wanted
