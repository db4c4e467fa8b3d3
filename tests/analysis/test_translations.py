"""Nothing of the results is left in English for readers of Japanese."""

import io
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation import template

APP = Path(__file__).parents[2] / "analysis"
LOCALE = APP / "locale/ja/LC_MESSAGES"

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


def sources():
    """Every message of the app's code and templates, with its context; a plural one is a pair."""
    for path in [*APP.rglob("*.py"), *APP.rglob("*.html")]:
        text = path.read_text()
        if path.suffix == ".html":
            text = template.templatize(text, origin=str(path))
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(text.encode()), KEYWORDS
        ):
            yield context, message


@pytest.fixture(scope="module")
def catalogue():
    with (LOCALE / "django.po").open("rb") as file:
        return read_po(file, locale="ja")


def test_every_message_is_translated(catalogue):
    found = list(sources())
    assert len(found) > 80
    missing = set()
    for context, message in found:
        key = message[0] if isinstance(message, tuple) else message
        entry = catalogue.get(key, context)
        if entry is None or entry.fuzzy or not all(_strings(entry)):
            missing.add(key)
        elif isinstance(message, tuple):
            assert entry.id == message
    assert missing == set()


def test_no_translation_is_left_over(catalogue):
    used = {(c, m[0] if isinstance(m, tuple) else m) for c, m in sources()}
    written = {
        (entry.context, entry.id[0] if entry.pluralizable else entry.id)
        for entry in catalogue
        if entry.id
    }
    assert written - used == set()


def test_placeholders_are_kept(catalogue):
    for entry in catalogue:
        if entry.id:
            english = entry.id[-1] if entry.pluralizable else entry.id
            for text in _strings(entry):
                assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english)), text


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    with (LOCALE / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for entry in catalogue:
        if entry.pluralizable:
            assert [compiled.ngettext(*entry.id, 1)] == _strings(entry)
        elif entry.context:
            assert compiled.pgettext(entry.context, entry.id) == entry.string
        elif entry.id:
            assert compiled.gettext(entry.id) == entry.string


def _strings(entry):
    return list(entry.string) if entry.pluralizable else [entry.string]
