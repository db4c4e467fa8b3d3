"""Which words and photographs a study can be composed of, and what the others lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Q

from generation.models import ContentImage, Recipe, StyleCluster, StylisedImage, Word
from generation.services.stylise import KIND, enqueue
from generation.sources.licences import Demand
from jobs.models import Job
from jobs.querysets import OPEN
from jobs.services.overview import UnderWay
from jobs.services.overview import under_way as jobs_under_way

_WAITED_FOR = 10  # as the stimuli of a photograph that somebody has just uploaded


@dataclass(frozen=True)
class Cell:
    """The stimuli of one word on one photograph, by all recipes."""

    wanted: int
    done: int
    waiting: int

    @property
    def is_complete(self) -> bool:
        return 0 < self.wanted == self.done

    @property
    def missing(self) -> int:
        return self.wanted - self.done


@dataclass(frozen=True)
class Offer:
    """Every word and photograph, with what there is of each on each.

    `clusters` has of each word how many clusters are in use, by the recipe that has least.
    """

    words: Sequence[Word]
    contents: Sequence[ContentImage]
    clusters: Mapping[Word, int]
    cells: Mapping[tuple[Word, ContentImage], Cell]

    def ready_words(self) -> list[Word]:
        """Those that are finished on a photograph or more."""
        return [w for w in self.words if any(self.cells[w, c].is_complete for c in self.contents)]

    def ready_contents(self) -> list[ContentImage]:
        return [c for c in self.contents if any(self.cells[w, c].is_complete for w in self.words)]

    @property
    def waiting(self) -> int:
        """Images that wait or are being made."""
        return sum(cell.waiting for cell in self.cells.values())

    def lacking(
        self, words: Iterable[Word], contents: Iterable[ContentImage]
    ) -> list[tuple[Word, ContentImage, Cell]]:
        """The pairs of these that are not finished."""
        chosen = list(contents)
        pairs = [(word, content, self.cells[word, content]) for word in words for content in chosen]
        return [pair for pair in pairs if not pair[2].is_complete]

    def largest(self, words: int, contents: int) -> tuple[list[Word], list[ContentImage]]:
        """Up to so many words and photographs of which each pair is finished.

        The photographs that most words are finished on, and the words finished on all of these.
        """
        finished = Counter(
            content for (_word, content), cell in self.cells.items() if cell.is_complete
        )
        most = {content for content, _n in finished.most_common(contents)}
        chosen = [content for content in self.contents if content in most]
        on_all = [word for word in self.words if chosen and not self.lacking([word], chosen)]
        return on_all[:words], chosen


def offer(*, recipes: Sequence[Recipe], licence: Demand = "any") -> Offer:
    """What there is by these recipes, of clusters that meet the demand of licences."""
    words, contents = list(Word.objects.all()), list(ContentImage.objects.all())
    used = {recipe: _clusters(recipe, licence) for recipe in recipes}
    counted = [_counts(recipe, licence) for recipe in recipes]
    least = {
        word: min((clusters[word.pk] for clusters in used.values()), default=0) for word in words
    }
    wanted = {
        word: sum(clusters[word.pk] for clusters in used.values()) if least[word] else 0
        for word in words
    }
    cells = {}
    for word in words:
        for content in contents:
            own = [counts.get((word.pk, content.pk), (0, 0)) for counts in counted]
            done, waiting = (sum(each[place] for each in own) for place in (0, 1))
            cells[word, content] = Cell(wanted[word], min(done, wanted[word]), waiting)
    return Offer(words, contents, least, cells)


def _clusters(recipe: Recipe, licence: Demand) -> Counter[int]:
    """How many clusters each word has that a study shows by this recipe."""
    clusters = StyleCluster.objects.of_recipe(recipe, licence).order_by()
    rows = clusters.values_list("clustering__word").annotate(n=Count("pk"))
    return Counter(dict(rows))


def _counts(recipe: Recipe, licence: Demand) -> dict[tuple[int, int], tuple[int, int]]:
    """By word and photograph the images that are done, and those that wait or are being made."""
    images = StylisedImage.objects.filter(
        recipe=recipe, cluster__in=StyleCluster.objects.of_recipe(recipe, licence)
    )
    rows = images.order_by().values_list("cluster__clustering__word", "content").annotate(
        done=Count("pk", filter=~Q(sha256="")),
        waiting=Count("pk", filter=Q(sha256="", item__state__in=OPEN)),
    )  # fmt: skip
    return {(word, content): (done, waiting) for word, content, done, waiting in rows}


def under_way() -> UnderWay:
    """The stimuli that are queued or being made, whoever asked for them."""
    return jobs_under_way(Job.objects.filter(kind=KIND))


def have_made(
    *,
    words: Sequence[Word],
    contents: Sequence[ContentImage],
    recipes: Sequence[Recipe],
    licence: Demand = "any",
    asked_by: User | None = None,
) -> Job | None:
    """Queue what these words lack on these photographs; None where nothing can be made.

    Images of an imported recipe come from elsewhere, and are left out.
    """
    clusters = StyleCluster.objects.in_use(licence).filter(clustering__word__in=words)
    return enqueue(
        contents=contents,
        recipes=[recipe for recipe in recipes if not recipe.imported],
        clusters=clusters.select_related("clustering__word").order_by("pk"),
        priority=_WAITED_FOR,
        asked_by=asked_by,
    )
