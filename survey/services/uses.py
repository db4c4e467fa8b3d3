"""What studies need of photographs, and which of the generator's rows they are built on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

from django.contrib.auth.models import User
from django.db.models import Count, Model, Q
from django.utils.translation import ngettext

from generation.models import (
    Clustering,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    Word,
)
from generation.sources.licences import Demand
from generation.uses import Need
from survey.models import Question, Study

# From a question to the rows of each kind that it is built on.
_PATHS: dict[type[Model], list[str]] = {
    ContentImage: ["content", "options__stylised__content"],
    Word: ["word", "options__stylised__cluster__clustering__word"],
    Recipe: ["recipe", "options__stylised__recipe"],
    Clustering: ["options__stylised__cluster__clustering"],
    StyleCluster: ["options__stylised__cluster"],
    StylisedImage: ["options__stylised"],
}


class Studies:
    """The studies, to the generator below them."""

    def needs(self, user: User) -> Iterator[Need]:
        """Of each study of the user that is not over: its words' clusters, for each recipe as
        composed anew.
        """
        words: dict[int, set[int]] = defaultdict(set)
        recipes: dict[int, set[int]] = defaultdict(set)
        asked = Question.objects.in_force().about_words().filter(recipe__imported=False)
        open_ones = Study.objects.of(user).exclude(status=Study.Status.CLOSED)
        rows = asked.filter(study__in=open_ones.order_by().values("pk")).order_by()
        for key, word, recipe in rows.values_list("study", "word", "recipe").distinct():
            words[key].add(word)
            recipes[key].add(recipe)
        known = Recipe.objects.in_bulk({key for own in recipes.values() for key in own})
        clusters: dict[str, list[StyleCluster]] = {}
        for study in Study.objects.filter(pk__in=words).order_by("slug"):
            if study.licence not in clusters:
                clusters[study.licence] = _in_use(study.licence)  # type: ignore[arg-type]
            shown = [c for c in clusters[study.licence] if c.clustering.word_id in words[study.pk]]
            wanted = [(known[recipe], shown) for recipe in sorted(recipes[study.pk])]
            label = f"{study.slug} ({study.get_status_display()})"
            yield Need(key=f"study-{study.pk}", label=label, wanted=wanted)

    def uses(self, row: Model) -> Iterable[str]:
        """The studies that ask about a row, or show what was made from it, in any version."""
        condition = _asking(row)
        if condition is None:
            return
        found = Question.objects.filter(condition).order_by().values_list("study")
        counts = dict(found.annotate(n=Count("pk", distinct=True)))
        for study in Study.objects.filter(pk__in=counts).order_by("slug"):
            told = ngettext(
                "study %(study)s (%(status)s), in %(n)d question",
                "study %(study)s (%(status)s), in %(n)d questions",
                counts[study.pk],
            )
            yield told % {
                "study": study.slug, "status": study.get_status_display(), "n": counts[study.pk],
            }  # fmt: skip


def _in_use(licence: Demand) -> list[StyleCluster]:
    found = StyleCluster.objects.in_use(licence).select_related("clustering__word")
    return list(found.order_by("pk"))


def _asking(row: Model) -> Q | None:
    """Which questions are built on a row; None of a kind that none is."""
    paths = _PATHS.get(type(row))
    return reduce(or_, (Q(**{path: row}) for path in paths)) if paths else None
