"""The long work of making stimuli, by its kinds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from PIL import UnidentifiedImageError

from generation.models import Word
from generation.nst.errors import ImageError, NstError, RecipeError
from generation.services import desk, stylise
from jobs.kinds import Kind, register

# What comes back the same however often and wherever one tries.
_BAD_IMAGES = (ImageError, RecipeError, FileNotFoundError, UnidentifiedImageError)
_BAD_WORDS = (NstError, Word.DoesNotExist)


def register_all() -> None:
    register(
        Kind(
            stylise.KIND, _("make stimuli"), stylise.make, together=None, final=_BAD_IMAGES,
            stages={stylise.KIND: _("Optimising")},
        )
    )  # fmt: skip
    register(Kind(desk.CLUSTER, _("cluster a word’s images"), desk.cluster_word, final=_BAD_WORDS))
    register(Kind(desk.STYLE_MAP, _("draw the style map"), desk.draw_map, final=_BAD_WORDS))
