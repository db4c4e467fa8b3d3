"""Study -> whose pictures are behind it, on what terms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet

from generation.models import ClusterMember, ContentImage, Recipe, StylisedImage, WebImage
from survey.models import Option, Question, Study


@dataclass(frozen=True)
class Imported:
    """Stimuli that were made elsewhere: by what, on what terms, and how many."""

    method: str
    licence: str
    images: int


@dataclass(frozen=True)
class Attribution:
    """Web images whose style the study shows, by word; its photographs; imported stimuli."""

    web_images: list[WebImage]
    photographs: list[ContentImage]
    imported: list[Imported]


@dataclass(frozen=True, order=True)
class Credit:
    """A picture as participants may read of it; `source` is an address of the web, or empty."""

    creator: str
    title: str
    licence: str
    licence_url: str
    source: str

    @property
    def host(self) -> str:
        return urlsplit(self.source).hostname or ""


def attribution(*, study: Study) -> Attribution:
    """Every picture behind what the study shows, in queries whose number does not grow.

    A web image is behind it if its style went into one of the images offered: of each cluster
    the typical members that the recipe takes.
    """
    shown = _shown(study)
    stimuli = StylisedImage.objects.filter(pk__in=shown)
    recipes = list(Recipe.objects.filter(pk__in=stimuli.order_by().values("recipe")))
    followed = [recipe for recipe in recipes if not recipe.imported]
    behind = ClusterMember.objects.behind(stimuli, followed)
    images = WebImage.objects.filter(pk__in=behind.order_by().values("web_image"))
    asked = Question.objects.filter(study=study).order_by().values("content")
    # Options of questions are of the question's photograph.
    photographs = ContentImage.objects.filter(pk__in=asked)
    imported: Counter[tuple[str, str, str]] = Counter()
    if len(followed) < len(recipes):
        imported.update(
            stimuli.filter(recipe__imported=True)
            .order_by("recipe__name", "licence")
            .values_list("recipe__parameters__method", "recipe__name", "licence")
        )
    return Attribution(
        web_images=list(
            images.select_related("word").order_by("word__reading", "creator", "title", "pk")
        ),
        photographs=list(photographs.order_by("name")),
        imported=[
            Imported(method or name, licence, images)
            for (method, name, licence), images in imported.items()
        ],
    )


def credits_of(*, study: Study) -> tuple[list[Credit], Attribution]:
    """The web images as participants may read of them, and all that is behind the study.

    In an order that has nothing to do with words, each picture once however many of its parts
    were used, and without titles that mention one of the study's words.
    """
    found = attribution(study=study)
    asked = Question.objects.about_words().filter(study=study).order_by()
    names = asked.values_list("word__text", "word__reading").distinct()
    words = {name.casefold() for pair in names for name in pair}
    credits = {_credit(image, words) for image in found.web_images}
    return sorted(credits, key=lambda credit: (not credit.creator, credit)), found


def source_of(image: WebImage) -> str:
    """Where somebody finds the image on the web: its page, else its file; empty for neither."""
    addresses = (image.page_url, image.url)
    return next((each for each in addresses if each.startswith(("http://", "https://"))), "")


def _credit(image: WebImage, words: set[str]) -> Credit:
    terms = image.licence_url if image.licence_url.startswith(("http://", "https://")) else ""
    credit = Credit(image.creator, image.title, image.licence, terms, source_of(image))
    told = image.title.casefold()
    return replace(credit, title="") if any(word in told for word in words) else credit


def _shown(study: Study) -> QuerySet[Option, int]:
    """Of the stylised images that the study's questions offer."""
    offered = Option.objects.filter(~Q(stylised=None), question__study=study)
    return offered.order_by().values_list("stylised", flat=True)
