"""Seeded crops of the photographs that come inside the scikit-image wheel, and their licences.

Enough for a first study without a network: each texture is one photograph, seen at different
places and scales.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from importlib.resources import files

from PIL import Image

from generation.sources.base import DEFAULT_FILTERS, Filters, Found, Page, SourceError

Box = tuple[int, int, int, int]

_CC0 = ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
_PUBLIC = ("public domain", "https://creativecommons.org/publicdomain/mark/1.0/")


@dataclass(frozen=True)
class Photograph:
    """A file of scikit-image's data folder, who made it, and on what terms it is free."""

    file: str
    title: str
    creator: str
    licence: tuple[str, str]
    page_url: str
    # Where in the photograph the texture is, as (left, top, right, bottom).
    regions: tuple[Box, ...] = ()

    def open(self) -> Image.Image:
        try:
            data = files("skimage") / "data" / self.file
            return Image.open(io.BytesIO(data.read_bytes())).convert("RGB")
        except (ModuleNotFoundError, FileNotFoundError) as error:
            raise SourceError(
                f"expected {self.file} inside scikit-image: pip install texturestudy[demo]"
            ) from error


_FLICKR_NASA = "https://flic.kr/p/r9qvLn"
_SPACEX = "https://www.flickr.com/photos/spacexphotos/16511594820/"
_HUBBLE = "https://hubblesite.org/newscenter/archive/releases/2012/37/image/a/"
_GRASS = "https://www.deviantart.com/linolafett/art/Grass-01-434853879"
_SKIMAGE = "https://scikit-image.org/docs/stable/api/skimage.data.html"

TEXTURES: dict[str, Photograph] = {
    "fur": Photograph(
        "chelsea.png", "Chelsea the cat", "Stefan van der Walt", _CC0, _SKIMAGE,
        ((105, 0, 315, 88),),
    ),
    "grass": Photograph(
        "grass.png", "Grass", "linolafett", _CC0, _GRASS, ((0, 0, 512, 512),),
    ),
    "gravel": Photograph(
        "gravel.png", "Gravel04", "CC0Textures", _CC0,
        "https://cc0textures.com/view.php?tex=Gravel04", ((0, 0, 512, 512),),
    ),
    "brick": Photograph(
        "brick.png", "Bricks25", "CC0Textures", _CC0,
        "https://cc0textures.com/view.php?tex=Bricks25", ((0, 0, 512, 512),),
    ),
    "stars": Photograph(
        "hubble_deep_field.jpg", "Hubble eXtreme Deep Field", "NASA, ESA", _PUBLIC, _HUBBLE,
        ((0, 0, 1000, 872),),
    ),
    "craters": Photograph(
        "moon.png", "Surface of the moon", "NASA", _PUBLIC, _SKIMAGE,
        ((50, 10, 230, 190), (280, 50, 440, 210), (160, 210, 330, 470)),
    ),
}  # fmt: skip

CONTENTS: dict[str, tuple[Photograph, Box]] = {
    "astronaut": (
        Photograph("astronaut.png", "Eileen Collins", "NASA", _PUBLIC, _FLICKR_NASA),
        (90, 0, 370, 280),
    ),
    "coffee": (
        Photograph("coffee.png", "Coffee cup", "Rachel Michetti", _CC0, _SKIMAGE),
        (100, 0, 500, 400),
    ),
    "rocket": (
        Photograph("rocket.jpg", "Launch of DSCOVR on Falcon 9", "SpaceX", _PUBLIC, _SPACEX),
        (130, 47, 510, 427),
    ),
}


class Samples:
    """`search("gravel")`: `count` seeded square crops of that texture's photograph.

    All are photographs with a licence that allows derivatives; the filter of size is not applied.
    """

    name = "samples"

    def __init__(self, count: int = 12, seed: int = 0) -> None:
        self.count = count
        self.seed = seed

    def search(
        self, query: str, *, cursor: str | None = None, filters: Filters = DEFAULT_FILTERS
    ) -> Page:
        if query not in TEXTURES:
            raise SourceError(f"expected one of {sorted(TEXTURES)}, got {query!r}")
        photograph = TEXTURES[query]
        generator = random.Random(f"{self.seed} {query}")
        licence, licence_url = photograph.licence
        return Page(
            tuple(
                Found(
                    url=f"skimage:{query}?box={','.join(map(str, box))}",
                    title=photograph.title,
                    page_url=photograph.page_url,
                    creator=photograph.creator,
                    licence=licence,
                    licence_url=licence_url,
                )
                for box in _crops(photograph, self.count, generator)
            )
        )

    def read(self, found: Found) -> bytes:
        texture, _, box = found.url.removeprefix("skimage:").partition("?box=")
        left, top, right, bottom = map(int, box.split(","))
        return encode(TEXTURES[texture].open().crop((left, top, right, bottom)))


def encode(image: Image.Image) -> bytes:
    """A PNG of `image`."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _crops(photograph: Photograph, count: int, generator: random.Random) -> list[Box]:
    """`count` different squares, each inside one of the photograph's regions."""
    boxes: dict[Box, None] = {}
    while len(boxes) < count:
        left, top, right, bottom = generator.choice(photograph.regions)
        side = round(min(right - left, bottom - top) * generator.uniform(0.45, 0.95))
        x = generator.randint(left, right - side)
        y = generator.randint(top, bottom - side)
        boxes[x, y, x + side, y + side] = None
    return list(boxes)
