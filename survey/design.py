"""Which images a question offers, in which order and in which cells: pure, and from a seed."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Generic, TypeVar

from survey.errors import DesignError

Word = TypeVar("Word", bound=Hashable)
Image = TypeVar("Image", bound=Hashable)
Condition = TypeVar("Condition", bound=Hashable)
Seed = int | str


def choose_distractors(
    *, images: Mapping[Word, Sequence[Image]], options: int, seed: Seed
) -> dict[Word, list[Image]]:
    """The distractors of each word's question about one content image.

    `images` has the content's images by word. A question offers all images of its word (the
    targets) and `options` minus as many of other words. Within a question no word gives one
    more before each other word that has images left gave as many. Under that condition the
    uses of the images as distractors are as equal as they can be (least sum of squares).

    Raises DesignError where a question has no room for a distractor, or too few images.
    """
    rng = Random(f"{seed}:distractors")
    _check_words(images)
    needed = {word: _needed(word, images, options) for word in images}
    choice = _Choice(images, needed)
    for word in rng.sample(list(images), len(images)):
        for _ in range(needed[word]):
            choice.add(word, rng)
    choice.even_out()
    return choice.chosen


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


def assign_condition(*, counts: Mapping[Condition, int], seed: Seed) -> Condition:
    """The condition that has the fewest people so far; among equals the seed decides.

    One after the other, the numbers of people never differ by more than one.
    """
    if not counts:
        raise DesignError("expected one condition or more to assign, got none")
    fewest = min(counts.values())
    return Random(f"{seed}:condition").choice([c for c, n in counts.items() if n == fewest])


def order_questions(*, words: Sequence[Hashable | None], seed: Seed) -> list[int]:
    """One participant's order of the questions, as indices into `words`; None marks a catch.

    No word is asked twice in a row, where the counts allow it. The k catches lie one in each
    of k equal parts of the sequence, and never first.
    Raises DesignError where there are more catches than other questions.
    """
    rng = Random(f"{seed}:order")
    catches = [index for index, word in enumerate(words) if word is None]
    asked = [index for index, word in enumerate(words) if word is not None]
    if len(catches) > len(asked):
        raise DesignError(
            f"at most as many catch questions as others are expected; "
            f"got {len(catches)} and {len(asked)}"
        )
    rng.shuffle(catches)
    sequence = iter(_without_repeats(asked, words, rng))
    places = dict(zip(_catch_places(len(catches), len(words), rng), catches, strict=True))
    return [places[i] if i in places else next(sequence) for i in range(len(words))]


def place_options(*, options: Sequence[int], seed: Seed) -> list[int]:
    """A grid: the options in random cells, row by row."""
    return Random(f"{seed}:grid").sample(options, len(options))


def grid_shape(options: int) -> tuple[int, int]:
    """Columns and rows of a grid on an upright screen; across, they change places."""
    columns = max(1, math.isqrt(options))
    return columns, math.ceil(options / columns)


def _check_words(images: Mapping[Word, Sequence[Image]]) -> None:
    if not images:
        raise DesignError("expected the images of two or more words, got none")
    for word, own in images.items():
        if not own:
            raise DesignError(f"word {word}: expected at least one image, got none")


def _beside(options: int, *, have: int) -> int:
    """How many stylised images a catch question shows beside the photograph."""
    wanted = options - 1
    if wanted < 1 or have < wanted:
        raise DesignError(
            f"a catch question of {options} images needs {wanted} stylised images (1 or more) "
            f"beside the photograph; there are {have}"
        )
    return wanted


def _needed(word: Word, images: Mapping[Word, Sequence[Image]], options: int) -> int:
    targets = len(images[word])
    others = sum(map(len, images.values())) - targets
    needed = options - targets
    if needed < 1:
        raise DesignError(
            f"word {word}: {options} images with {targets} targets leave no room for a "
            f"distractor; ask for more than {targets} images"
        )
    if others < needed:
        raise DesignError(
            f"word {word}: {options} images with {targets} targets need {needed} distractors "
            f"from other words; there are {others}"
        )
    return needed


def _level(sizes: Sequence[int], needed: int) -> int:
    """How many images each word gives (all it has, if fewer) before some give one more."""
    level = 0
    while sum(min(size, level + 1) for size in sizes) <= needed and level < max(sizes):
        level += 1
    return level


@dataclass
class _Choice(Generic[Word, Image]):
    """The distractors chosen so far for one content, with their counts."""

    images: Mapping[Word, Sequence[Image]]
    needed: Mapping[Word, int]

    def __post_init__(self) -> None:
        self.chosen: dict[Word, list[Image]] = {word: [] for word in self.images}
        self.given: dict[Word, Counter[Word]] = {word: Counter() for word in self.images}
        self.word_of = {image: word for word, own in self.images.items() for image in own}
        self.used: Counter[Image] = Counter(dict.fromkeys(self.word_of, 0))
        self.level = {
            asked: _level([len(own) for w, own in self.images.items() if w != asked], needed)
            for asked, needed in self.needed.items()
        }

    def add(self, asked: Word, rng: Random) -> None:
        """Another distractor: of a word that gave least here, and the least used of those."""
        given, taken = self.given[asked], set(self.chosen[asked])
        free = [i for i, word in self.word_of.items() if word != asked and i not in taken]
        ranked = {i: (given[self.word_of[i]], self.used[i], rng.random()) for i in free}
        image = min(free, key=ranked.__getitem__)
        self.chosen[asked].append(image)
        given[self.word_of[image]] += 1
        self.used[image] += 1

    def even_out(self) -> None:
        """Shift uses from often to seldom used images until no chain of swaps can.

        This is a flow with convex costs: when no such chain is left, the sum of squares is
        the least there is.
        """
        while path := self._chain():
            for (_, old), (asked, new) in pairwise(path):
                self._swap(asked, old, new)

    def _chain(self) -> list[tuple[Word, Image]]:
        """The shortest chain of swaps from an image to one used at least twice less."""
        least = min(self.used.values())
        for image, uses in self.used.most_common():
            if uses < least + 2:
                break
            if path := self._search(image):
                return path
        return []

    def _search(self, source: Image) -> list[tuple[Word, Image]]:
        parents: dict[Image, tuple[Word, Image]] = {source: (self.word_of[source], source)}
        queue = deque([source])
        while queue:
            old = queue.popleft()
            for asked, new in self._swaps(old):
                if new in parents:
                    continue
                parents[new] = (asked, old)
                if self.used[new] <= self.used[source] - 2:
                    return self._walk_back(parents, source, new)
                queue.append(new)
        return []

    def _walk_back(
        self, parents: Mapping[Image, tuple[Word, Image]], source: Image, end: Image
    ) -> list[tuple[Word, Image]]:
        path = []
        while end != source:
            asked, before = parents[end]
            path.append((asked, end))
            end = before
        return [parents[source], *reversed(path)]

    def _swaps(self, old: Image) -> Iterator[tuple[Word, Image]]:
        """Where another image may take this one's place without bunching words together."""
        giver = self.word_of[old]
        for asked, chosen in self.chosen.items():
            if old not in chosen:
                continue
            given, level = self.given[asked], self.level[asked]
            for new, word in self.word_of.items():
                if word == asked or new in chosen:
                    continue
                if word == giver or (given[giver] > level and given[word] <= level):
                    yield asked, new

    def _swap(self, asked: Word, old: Image, new: Image) -> None:
        self.chosen[asked].remove(old)
        self.chosen[asked].append(new)
        self.given[asked][self.word_of[old]] -= 1
        self.given[asked][self.word_of[new]] += 1
        self.used[old] -= 1
        self.used[new] += 1


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
    edges = [part * length // catches for part in range(catches + 1)] if catches else []
    return [rng.randrange(max(start, 1), stop) for start, stop in pairwise(edges)]
