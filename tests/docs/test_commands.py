"""docs/admins.md: which commands ask for jobs, and which run at once."""

from __future__ import annotations

import re

from django.core.management import get_commands, load_command_class

from tests.jobs.processes import ROOT

PAGE = (ROOT / "docs/admins.md").read_text()


def own_commands() -> dict[str, bool]:
    """Whether each takes --no-wait."""
    found = {name: app for name, app in get_commands().items() if (ROOT / app).is_dir()}
    return {
        name: "--no-wait" in load_command_class(app, name).create_parser("", name).format_help()
        for name, app in found.items()
    }


def named_in(title: str) -> set[str]:
    """The commands that the paragraph of this title names; the options beside them are left out."""
    text = PAGE.partition(f"**{title}**")[2].partition("\n\n")[0]
    return {name.partition(" ")[0] for name in re.findall(r"`([a-z_]+(?: --[a-z]+)?)`", text)}


def test_every_command_is_with_its_kind():
    waits = own_commands()
    assert named_in("Commands and jobs") == {name for name, has in waits.items() if has}
    at_once = named_in("Commands that run at once") - {"masks"}  # --from; it proposes as a job
    assert at_once == {name for name, has in waits.items() if not has}
