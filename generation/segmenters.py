"""Who proposes foreground masks: the callable that the settings name by a dotted path.

A segmenter takes a photograph (PIL, RGB) and returns its mask (PIL, white is the object). It may
leave `info["fallback"]` true in a mask that is a mere stand-in.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from django.conf import settings
from django.utils.module_loading import import_string
from PIL import Image

Segmenter = Callable[[Image.Image], Image.Image]


class SegmenterError(Exception):
    """A segmenter that is not there, or failed, with the variable that names it."""


def load_segmenter() -> Segmenter:
    """The segmenter of the settings; SegmenterError where there is none."""
    path = settings.FOREGROUND_SEGMENTER
    try:
        found = import_string(path)
    # A module that is being imported raises what it likes.
    except Exception as error:
        raise SegmenterError(_wrong(path, str(error))) from error
    if not callable(found):
        raise SegmenterError(_wrong(path, f"it is of type {type(found).__name__}"))
    segmenter: Segmenter = found
    return segmenter


def find_trouble() -> str:
    """What is wrong with the path as far as one sees without a slow import, or ""."""
    path = settings.FOREGROUND_SEGMENTER
    module, _, name = path.rpartition(".")
    try:
        there = bool(module and name) and find_spec(module) is not None
    except (ImportError, ValueError) as error:
        return _wrong(path, str(error))
    return "" if there else _wrong(path, f"there is no module {module!r}")


def _wrong(path: str, reason: str) -> str:
    return (
        "TEXTURESTUDY_SEGMENTER: expected the dotted path of a callable, as "
        f"generation.nst.foreground.propose_mask; got {path!r}: {reason}"
    )
