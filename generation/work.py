"""The long work of making stimuli, by its kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _
from PIL import UnidentifiedImageError

from generation.nst.errors import ImageError, MaskError, NstError, RecipeError
from generation.segmenters import SegmenterError
from generation.services import (
    desk,
    exporting,
    proposing,
    recognising,
    reconstructing,
    stylise,
)
from generation.services.describe import UNREADABLE
from generation.services.export import ExportError
from jobs.kinds import Kind, register

if TYPE_CHECKING:
    from jobs.services.batch import Batch

# What comes back the same however often and wherever one tries.
_BAD_IMAGES = (ImageError, RecipeError, FileNotFoundError, UnidentifiedImageError)
_BAD_WORDS = (NstError, ObjectDoesNotExist, FileNotFoundError)
_STAGES = {
    "collect": _("Collecting"),
    "describe": _("Describing images"),
    "cluster": _("Clustering"),
    "place": _("Placing the images on the map"),
    "compare": _("Comparing words"),
    "hold out": _("Leaving out the sources of each style"),
    "stylise": _("Optimising"),
    "export": _("Writing images"),
    "reconstruct": _("Recovering the image"),
}


def register_all() -> None:
    _add(stylise.KIND, _("make stimuli"), stylise.make, *_BAD_IMAGES, together=None)
    _add(desk.DESCRIBE, _("describe a word’s images"), desk.describe_word, *_BAD_WORDS)
    _add(desk.CLUSTER, _("cluster a word’s images"), desk.cluster_word, *_BAD_WORDS)
    _add(desk.STYLE_MAP, _("draw the style map"), desk.draw_map, *_BAD_WORDS)
    _add("collect", _("collect images"), _collect, ObjectDoesNotExist, together=None)
    _add(recognising.KIND, _("recognise words"), recognising.recognise_words, NstError, *UNREADABLE)
    _add(
        proposing.KIND, _("propose masks"), proposing.propose_mask,
        SegmenterError, MaskError, ObjectDoesNotExist, FileNotFoundError,
    )  # fmt: skip
    _add(
        reconstructing.KIND, _("reconstruct an image"), reconstructing.reconstruct_image,
        *_BAD_IMAGES, NstError, ValueError, ObjectDoesNotExist,
    )  # fmt: skip
    _add(exporting.KIND, _("export stimuli"), exporting.export, ExportError, OSError)


def _collect(batch: Batch) -> None:
    from generation.services.collection import collect_words  # what speaks HTTP loads slowly

    collect_words(batch)


def _add(
    name: str,
    label: Any,
    run: Callable[..., None],
    *final: type[Exception],
    together: int | None = 1,
) -> None:
    register(Kind(name, label, run, together=together, final=final, stages=_STAGES))
