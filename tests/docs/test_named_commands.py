"""docs: the commands that they name are there, with the options that they give."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands, load_command_class

from tests.jobs.processes import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def named(text: str) -> list[list[str]]:
    """Each command with its options: behind `manage.py`, or in backquotes by its name alone."""
    spans = [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", text)]
    behind = re.findall(r"manage\.py (\S.*)", text.replace("\\\n", " "))
    first = [re.sub(r"^.*manage\.py ", "", span) for span in (*spans, *behind)]
    return [words for words in (line.rstrip("`").split() for line in first) if words]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_have_the_options_that_are_given(page):
    apps = get_commands()
    for name, *words in named(page.read_text()):
        if name not in apps:
            continue
        command = load_command_class(apps[name], name)
        known = command.create_parser("manage.py", name)._option_string_actions
        options = [word for word in words if re.fullmatch(r"--[a-z-]+", word)]
        assert set(options) <= set(known), f"{name}: {options}"


def test_commands_behind_manage_py_are_there():
    text = "\n".join(page.read_text() for page in PAGES)
    names = set(re.findall(r"manage\.py ([a-z_]+)", text.replace("manage.py\n", "manage.py ")))
    assert {"serve", "worker", "doctor"} < names
    assert names <= set(get_commands())
