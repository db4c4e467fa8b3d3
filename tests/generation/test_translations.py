"""Nothing of the generator's desk is left in English for readers of Japanese."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation import template

APP = Path(__file__).parents[2] / "generation"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def sources() -> Iterator[str | tuple[str, str]]:
    """Every message of the app's code and templates; a plural one is a pair."""
    for path in [*APP.rglob("*.py"), *APP.rglob("*.html")]:
        text = path.read_text()
        if path.suffix == ".html":
            text = template.templatize(text, origin=str(path))
        keywords = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}
        for _line, message, _comments, _context in extract(
            "python", io.BytesIO(text.encode()), keywords
        ):
            yield message


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (APP / "locale/ja/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale="ja")


def test_the_catalogue_holds_what_is_said_and_nothing_else(catalogue):
    written = {message.id for message in catalogue if message.id}
    assert written == set(sources())
    assert len(written) > 70


def test_placeholders_are_kept(catalogue):
    for message in catalogue:
        if message.id:
            english = message.id[1] if message.pluralizable else message.id
            japanese = message.string[0] if message.pluralizable else message.string
            found = sorted(PLACEHOLDER.findall(japanese))
            assert found == sorted(PLACEHOLDER.findall(english)), message.id
