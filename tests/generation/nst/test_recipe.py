import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.nst.errors import RecipeError
from generation.nst.recipe import PRESETS, Recipe, Scale


@pytest.mark.parametrize("recipe", [*PRESETS.values(), Recipe(seed=3, start="noise")])
def test_json_both_ways(recipe):
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_the_hash_names_the_value_and_changes_with_it():
    assert Recipe().sha256 == Recipe.from_json({}).sha256
    assert Recipe().sha256 != Recipe(seed=1).sha256
    assert len(Recipe().sha256) == 64


@given(st.integers(1, 200), st.integers(32, 500), st.integers(1, 500))
def test_equal_recipes_hash_alike(history, size, iterations):
    def make():
        return Recipe(history=history, scales=(Scale(size=size, iterations=iterations),))

    assert make().sha256 == make().sha256
    assert make().size == size
    assert make().iterations == iterations


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"backbone": "vgg16"}, "backbone"),
        ({"pooling": "median"}, "one of max, average, got 'median'"),
        ({"start": "zeros"}, "recipe.start"),
        ({"losses": "l1"}, "recipe.losses"),
        ({"precision": "float16"}, "recipe.precision"),
        ({"history": 0}, "1 to 200, got 0"),
        ({"seed": -1}, "recipe.seed"),
        ({"style_members": 0}, "recipe.style_members"),
        ({"scales": []}, "at least one scale"),
        ({"scales": [{"size": 128, "iterations": 5}, {"size": 64, "iterations": 5}]}, "grow"),
        ({"scales": [{"size": 16, "iterations": 5}]}, "32 to 4096"),
        ({"scales": [{"size": 64, "iterations": 0}]}, "iterations"),
        ({"scales": [{"width": 64}]}, "wrong shape"),
        ({"style_layers": [], "content_layers": [], "start": "noise"}, "at least one layer"),
        ({"style_layers": []}, "'content' or 'noise' where there are no style layers"),
        ({"weights": "dcbb9e9d"}, "SHA-256"),
        ({"optimiser": "adam"}, "one of lbfgs-preconditioned, lbfgs, got 'adam'"),
        ({"colour": "sepia"}, "one of style, match, luminance"),
        ({"foreground": True}, "one of none, object"),
        ({"total_variation": -1}, "0 to 1,000,000"),
        ({"seed": "7"}, "a number"),
        ({"style_layers": [["relu9_9", 1]]}, "relu9_9"),
        ({"style_layers": [["relu1_1", 0]]}, "above 0"),
        ({"style_layers": [["relu1_1", 1], ["relu1_1", 2]]}, "each once"),
        ({"content_layers": "relu4_2"}, "wrong shape"),
        ({"iteration": 5}, r"unknown recipe keys \['iteration'\]"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(change, message):
    with pytest.raises(RecipeError, match=message):
        Recipe.from_json(change)
