"""What the page of sources shows, and its table as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from generation.models import LicenceStanding, WebImage
from survey.services.attribution import Attribution, source_of

COLUMNS = (
    "kind", "word", "reading", "title", "creator", "licence", "licence_url", "licence_standing",
    "source", "file", "provider", "attribution", "images", "sha256",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandingCount:
    """How many of the web images are this free."""

    standing: LicenceStanding
    images: int


@dataclass(frozen=True, slots=True)
class Source:
    """A web image with where it is found: an address of the web, or empty."""

    image: WebImage
    address: str

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


def counts(found: Attribution) -> list[StandingCount]:
    return [
        StandingCount(each, sum(image.standing == each for image in found.web_images))
        for each in LicenceStanding
    ]


def sources(found: Attribution, standing: str = "") -> list[Source]:
    """The web images by word; "" means of every standing."""
    return [
        Source(image, source_of(image))
        for image in found.web_images
        if not standing or image.standing == standing
    ]


def rows(found: Attribution) -> Iterator[tuple[object, ...]]:
    """A row per web image, per photograph, and per kind of stimuli that were made elsewhere."""
    for image in found.web_images:
        yield (
            "web image", image.word.text, image.word.reading, image.title, image.creator,
            image.licence, image.licence_url, image.standing.value, source_of(image), image.url,
            image.provider, image.attribution, 1, image.sha256,
        )  # fmt: skip
    for photograph in found.photographs:
        yield (
            "photograph", "", "", photograph.name, photograph.credit, photograph.licence, "", "",
            "", "", "", "", 1, photograph.sha256,
        )  # fmt: skip
    for method in found.imported:
        yield (
            "imported stimuli", "", "", method.method, "", method.licence, "", "", "", "", "", "",
            method.images, "",
        )  # fmt: skip
