import pytest

from generation.sources.licences import admits, satisfying, standing


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("", "unknown"),
        ("CC0", "free"),
        ("CC0 1.0", "free"),
        ("CC BY 4.0", "free"),
        ("CC BY-NC-SA 2.0", "free"),
        ("public domain", "free"),
        ("CC BY-ND 2.0", "unsure"),
        ("CC BY-NC-ND 4.0", "unsure"),
        ("all rights reserved", "unsure"),
    ],
)
def test_how_free_a_licence_is(licence, expected):
    assert standing(licence) == expected
    assert admits("any", licence)
    assert admits("known", licence) == (expected != "unknown")
    assert admits("derivatives", licence) == (expected == "free")


def test_a_demand_is_satisfied_by_itself_and_by_stricter_ones():
    assert satisfying("any") == ("any", "known", "derivatives")
    assert satisfying("known") == ("known", "derivatives")
    assert satisfying("derivatives") == ("derivatives",)
