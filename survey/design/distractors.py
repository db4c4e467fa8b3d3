"""Which images of other words stand beside the targets of each question."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Generic, TypeVar

from survey.design.seeds import Seed
from survey.errors import DesignError

Word = TypeVar("Word", bound=Hashable)
Image = TypeVar("Image", bound=Hashable)


def _(text: str) -> str:
    """Marks a message for the catalogues; whoever shows it translates it."""
    return text


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


def _check_words(images: Mapping[Word, Sequence[Image]]) -> None:
    if not images:
        raise DesignError(_("expected the images of two or more words, got none"))
    for word, own in images.items():
        if not own:
            raise DesignError(_("word %(word)s: expected at least one image, got none"), word=word)


def _needed(word: Word, images: Mapping[Word, Sequence[Image]], options: int) -> int:
    targets = len(images[word])
    others = sum(map(len, images.values())) - targets
    needed = options - targets
    if needed < 1:
        raise DesignError(
            _(
                "word %(word)s: %(options)s images with %(targets)s targets leave no room for a "
                "distractor; ask for more than %(targets)s images"
            ),
            word=word, options=options, targets=targets,
        )  # fmt: skip
    if others < needed:
        raise DesignError(
            _(
                "word %(word)s: %(options)s images with %(targets)s targets need %(needed)s "
                "distractors from other words; there are %(others)s"
            ),
            word=word, options=options, targets=targets, needed=needed, others=others,
        )  # fmt: skip
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
