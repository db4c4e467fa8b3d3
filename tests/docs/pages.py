"""The shell of a page: what somebody who follows it would type, tried as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.jobs.processes import ROOT, Process, Site

_BLOCK = re.compile(r"^```sh *(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Lines to be typed; `how` is "", or "stays" where they run on, or "elsewhere"."""

    how: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (ROOT / "docs" / page).read_text()
    return [Block(how, lines) for how, lines in _BLOCK.findall(text)]


class Terminal:
    """Where the blocks of a page are typed, with what is true here in place of its examples.

    What one exports holds for those after it. The folder has the project's own names in it.
    """

    def __init__(self, site: Site, true: Mapping[str, str]) -> None:
        self._site, self._true, self._exports = site, true, ""
        self.folder = site.folder / "terminal"
        self.folder.mkdir()
        (self.folder / "manage.py").symlink_to(ROOT / "manage.py")
        (self.folder / ".venv").symlink_to(sys.prefix)

    def type(self, block: Block) -> Process | None:
        """Returns the process where it stays; fails where the block does."""
        text = block.text
        for example, here in self._true.items():
            text = text.replace(example, here)
        exports = [line for line in text.splitlines() if line.startswith("export ")]
        script = f"set -eu\ncd {self.folder}\n{self._exports}\n"
        self._exports += "".join(f"{line}\n" for line in exports)
        if block.how == "stays":
            last = text.replace("\\\n", " ").strip()
            assert "\n" not in last, last
            return self._site.run(["bash", "-c", script + _replacing_the_shell(last)])
        checked = subprocess.run(
            ["bash", *(["-n"] if block.how == "elsewhere" else []), "-c", script + text],
            env=self._site.env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stdout + checked.stderr
        return None


def _replacing_the_shell(line: str) -> str:
    """So that signals reach the command itself."""
    found = re.match(r"((?:[A-Z_]+=\S+ +)*)(.*)", line)
    assert found
    return f"exec env {found[1]}{found[2]}"
