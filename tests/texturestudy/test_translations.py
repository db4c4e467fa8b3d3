"""Whatever a page says exists in Japanese, nothing else does, and what is compiled is that."""

import io
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation import template

ROOT = Path(__file__).parents[2]
APPS = ["texturestudy", "audit", "jobs", "generation", "survey", "analysis"]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|{(\w+)}")

pytestmark = pytest.mark.parametrize("app", APPS)


def sources(app):
    """Every message of the app's code and templates, with its context; a plural one is a pair."""
    for path in [*(ROOT / app).rglob("*.py"), *(ROOT / app).rglob("*.html")]:
        text = path.read_text()
        if path.suffix == ".html":
            # As Python, which wants no indentation.
            text = template.templatize(text, origin=str(path))
            text = "\n".join(line.strip() for line in text.splitlines())
        found = extract("python", io.BytesIO(text.encode()), KEYWORDS)
        yield from ((context, message) for _line, message, _comments, context in found)


def path_of(app, suffix):
    return ROOT / app / "locale/ja/LC_MESSAGES" / f"django.{suffix}"


def catalogue(app):
    with path_of(app, "po").open("rb") as file:
        return [entry for entry in read_po(file, locale="ja") if entry.id]


def strings(entry):
    return list(entry.string) if entry.pluralizable else [entry.string]


def test_the_catalogue_holds_what_is_said_and_nothing_else(app):
    said = set(sources(app))
    assert said
    assert {(entry.context, entry.id) for entry in catalogue(app)} == said


def test_every_message_is_translated(app):
    lacking = [e.id for e in catalogue(app) if e.fuzzy or not all(strings(e))]
    assert lacking == []


def test_placeholders_are_kept(app):
    for entry in catalogue(app):
        english = entry.id[-1] if entry.pluralizable else entry.id
        for text in strings(entry):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english)), text


def test_the_compiled_messages_are_those_written(app):
    """If this fails: make messages."""
    with path_of(app, "mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for entry in catalogue(app):
        if entry.pluralizable:
            assert [compiled.ngettext(*entry.id, 1)] == strings(entry)
        elif entry.context:
            assert compiled.pgettext(entry.context, entry.id) == entry.string
        else:
            assert compiled.gettext(entry.id) == entry.string


def test_what_two_apps_say_has_one_translation(app):
    """Django makes one catalogue of all, where one app's words would take the other's place."""
    own = {(entry.context, entry.id): entry.string for entry in catalogue(app)}
    for other in APPS:
        for entry in catalogue(other):
            key = (entry.context, entry.id)
            assert own.get(key, entry.string) == entry.string, f"{key} in {other}"
