"""Images -> the numbers that describe them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from PIL import Image

from generation.models import Description, StylisedImage, WebImage, Word
from generation.nst.features import Features, descriptor_name
from generation.nst.retrieval import sketch
from generation.services.store import store
from storage import put

_BATCH = 16

# What reading a file of features raises when it is missing, cut short, or something else.
UNREADABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)


def current_descriptor() -> str:
    """The name of the features that the settings ask for. Raises WeightsError."""
    return descriptor_name(settings.NST_BACKBONE, settings.NST_BACKBONE_FILE)


def undescribed(words: Iterable[Word]) -> list[WebImage]:
    """The words' usable images without features of the current descriptor."""
    usable = WebImage.objects.usable().filter(word__in=words)
    return list(usable.exclude(descriptions__descriptor=current_descriptor()))


def describe_images(
    *, images: Iterable[WebImage], progress: Callable[[], None] | None = None
) -> None:
    """Compute and store the features of each image; one that has them keeps them."""
    descriptor = current_descriptor()
    # Neighbours of equal shape go through the network together.
    waiting = sorted(images, key=lambda image: (image.width or 1) / (image.height or 1))
    for batch in _batches(waiting):
        for image, features in zip(batch, _described([row.file for row in batch]), strict=True):
            name, _ = store("features", _packed(features), ".npz")
            Description.objects.get_or_create(
                web_image=image, descriptor=descriptor, defaults={"file": name}
            )
            if progress:
                progress()


def describe_stimuli(
    *, images: Iterable[StylisedImage], progress: Callable[[], None] | None = None
) -> None:
    """Compute and store the features of each image, under the name that its pixels' hash gives."""
    for batch in _batches(images):
        for image, features in zip(batch, _described([row.file for row in batch]), strict=True):
            put(features_name(image), _packed(features))
            if progress:
                progress()


def undescribed_stimuli(images: Iterable[StylisedImage]) -> list[StylisedImage]:
    """Those whose features are not stored yet, one of each picture."""
    pictures = {image.sha256: image for image in images}
    return [i for i in pictures.values() if not default_storage.exists(features_name(i))]


def features_name(image: StylisedImage) -> str:
    """Where the features of a finished image are stored."""
    key = hashlib.sha256(f"{current_descriptor()}\n{image.sha256}".encode()).hexdigest()
    return f"features/stylised/{key[:2]}/{key}.npz"


def features_of(description: Description) -> Features:
    """The stored features of a described image."""
    arrays = read_features(str(description.file.name), "deep", "style")
    return Features(arrays["deep"], arrays["style"])


class StoredFeatures(Sequence[Features]):
    """The features of described images, each read when it is asked for."""

    def __init__(self, descriptions: Sequence[Description]) -> None:
        self.descriptions = descriptions

    def __len__(self) -> int:
        return len(self.descriptions)

    def __getitem__(self, index: Any) -> Any:
        return features_of(self.descriptions[index])


def read_features(name: str, *keys: str) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a file of features; nothing else of it is read. Raises one of UNREADABLE."""
    with default_storage.open(name) as file, np.load(file) as arrays:
        return {key: arrays[key] for key in keys}


def read_sketch(name: str) -> npt.NDArray[np.float32]:
    """The sketch (1024,) of a stored Neural Style Vector."""
    try:
        return read_features(name, "sketch")["sketch"]
    except KeyError:  # the features were stored before there were sketches
        return sketch(read_features(name, "style")["style"])


class StoredStyles(Sequence[npt.NDArray[np.float32]]):
    """The Neural Style Vectors of files, each read when it is asked for."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: Any) -> Any:
        return read_features(self.names[index], "style")["style"]


def _batches(images: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(images)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _described(files: Sequence[FieldFile]) -> list[Features]:
    from generation.nst.descriptors import describe  # PyTorch, which a web process does without

    pictures = []
    for stored in files:
        with stored.open() as file:
            pictures.append(Image.open(file).convert("RGB"))
    return describe(
        pictures,
        device=settings.NST_DEVICE,
        backbone=settings.NST_BACKBONE,
        path=settings.NST_BACKBONE_FILE,
    )


def _packed(features: Features) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, deep=features.deep, style=features.style, sketch=sketch(features.style))
    return packed.getvalue()
