"""Neural style transfer of batches (Gatys et al. 2015) in pure PyTorch, usable on its own.

>>> from generation.nst import Recipe, Style, stylise
>>> for result in stylise([content], [Style([style])], Recipe()):
...     result.image.save("out.png")

Names load on first use, so that importing a part (`generation.nst.recipe`) stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.nst.clustering import Partition, partition
    from generation.nst.compatibility import Compatibility
    from generation.nst.descriptors import describe
    from generation.nst.errors import ImageError, NstError, RecipeError, WeightsError
    from generation.nst.features import Features
    from generation.nst.gram import gram_matrix, mean_gram, neural_style_vector
    from generation.nst.recipe import Recipe, Scale
    from generation.nst.recognition import (
        CrossValidation,
        Recogniser,
        cross_validate,
        fit_recogniser,
    )
    from generation.nst.reduction import joint_matrix
    from generation.nst.retrieval import Neighbours, similar_styles
    from generation.nst.transfer import Step, Style, Stylised, stylise
    from generation.nst.vgg import VGG19, load_vgg19

_HOMES = {
    "compatibility": ("Compatibility",),
    "clustering": ("Partition", "partition"),
    "descriptors": ("describe",),
    "errors": ("ImageError", "NstError", "RecipeError", "WeightsError"),
    "features": ("Features",),
    "gram": ("gram_matrix", "mean_gram", "neural_style_vector"),
    "recipe": ("Recipe", "Scale"),
    "recognition": ("CrossValidation", "Recogniser", "cross_validate", "fit_recogniser"),
    "reduction": ("joint_matrix",),
    "retrieval": ("Neighbours", "similar_styles"),
    "transfer": ("Step", "Style", "Stylised", "stylise"),
    "vgg": ("VGG19", "load_vgg19"),
}

__all__ = [
    "VGG19",
    "Compatibility",
    "CrossValidation",
    "Features",
    "ImageError",
    "Neighbours",
    "NstError",
    "Partition",
    "Recipe",
    "RecipeError",
    "Recogniser",
    "Scale",
    "Step",
    "Style",
    "Stylised",
    "WeightsError",
    "cross_validate",
    "describe",
    "fit_recogniser",
    "gram_matrix",
    "joint_matrix",
    "load_vgg19",
    "mean_gram",
    "neural_style_vector",
    "partition",
    "similar_styles",
    "stylise",
]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"generation.nst.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
