"""Whatever a page says exists in Japanese, and what is compiled is what was written."""

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

APPS = ["texturestudy", "generation", "survey", "analysis"]


def catalogue(app, suffix):
    root = Path(__file__).parents[2]
    path = root / app / "locale" / "ja" / "LC_MESSAGES" / f"django.{suffix}"
    with path.open("rb") as file:
        return read_po(file) if suffix == "po" else read_mo(file)


@pytest.mark.parametrize("app", APPS)
def test_every_message_is_translated(app):
    messages = [message for message in catalogue(app, "po") if message.id]
    assert messages
    assert [message.id for message in messages if not all(_strings(message))] == []
    assert [message.id for message in messages if message.fuzzy] == []


@pytest.mark.parametrize("app", APPS)
def test_the_compiled_messages_are_those_written(app):
    """If this fails: make messages."""
    written = {_key(m): _strings(m) for m in catalogue(app, "po") if m.id}
    compiled = {_key(m): _strings(m) for m in catalogue(app, "mo") if m.id}
    assert compiled == written


def _strings(message):
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string,)


def _key(message):
    return message.id[0] if isinstance(message.id, list | tuple) else message.id
