"""The command, as it is called: a process of its own without settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.analysis.tidyfiles import HEADER, REFERENCE, RIGHT, line, lines, row

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "analysis" / "fixtures" / "paper_votes.json"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO")}
    return subprocess.run(
        [sys.executable, "-m", "analysis", *map(str, arguments)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def written(tmp_path, text: str) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path):
    out = tmp_path / "out.json"
    done = run(REFERENCE, "--json", out, "--seed", 3)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "621 answers" in done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["all"]["n_answers"] == 621
    assert (found["excluded"], found["seed"]) == (["p08", "p09"], 3)


def test_a_table_without_json():
    done = run(REFERENCE, "--exclude", "p01,p02")
    assert done.returncode == 0, done.stderr
    assert "9 participants, 621 answers; clean: without p01, p02" in done.stdout
    assert "fusafusa" in done.stdout
    assert "0.467-0.641" in done.stdout
    # 0 of 27: its effective number of answers cannot be estimated, so Wilson's own stands.
    assert line_of("fusafusa|2", done.stdout) == [
        "fusafusa|2", "0", "27", "0.000", "0.000-0.125", "0.111", "1.000", "0.000",
    ]  # fmt: skip


def line_of(name: str, table: str) -> list[str]:
    return next(words for row in table.splitlines() if (words := row.split())[:1] == [name])


def test_conditions_stand_in_the_table_where_there_are_two(tmp_path):
    header = (*HEADER, "condition")
    rows = [
        (*row(person=person, **(RIGHT if is_right else {})), condition)
        for person, condition, is_right in [
            ("p1", "plain", True), ("p1", "colour", True), ("p2", "plain", True),
            ("p2", "colour", False), ("p3", "plain", False), ("p3", "colour", False),
        ]
    ]  # fmt: skip
    done = run(written(tmp_path, "".join(lines(*rows, header=header))), "--exclude", "")
    assert done.returncode == 0, done.stderr
    # t over three people of 1, 1, 0 and of 1, 0, 0, cut at 0 and 1.
    assert line_of("plain", done.stdout)[1:5] == ["2", "3", "0.667", "0.000-1.000"]
    assert line_of("colour", done.stdout)[1:5] == ["1", "3", "0.333", "0.000-1.000"]
    assert line_of("everything", done.stdout)[1:4] == ["3", "6", "0.500"]
    one = run(written(tmp_path, "".join(lines(*rows[::2], header=header))), "--exclude", "")
    assert one.returncode == 0, one.stderr
    assert "plain" not in one.stdout


def test_votes(tmp_path):
    out = tmp_path / "out.json"
    done = run("--votes", PAPER, "--words", 23, "--json", out)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["votes"]["fusafusa"]["pooled"]["correct"] == 15
    assert "mofumofu" in run("--votes", PAPER).stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (line(*HEADER), "no row below the header"),
        (line(*HEADER[1:]), "row 1: there is no column participant"),
        ("".join(lines(row(), row(person="p2", position="9"))), "row 3, column position: "),
    ],
)
def test_a_malformed_file_is_refused_in_a_sentence(tmp_path, text, message):
    path, out = written(tmp_path, text), tmp_path / "out.json"
    done = run(path, "--json", out)
    assert done.returncode == 2
    assert f"error: {path}: " in done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_what_cannot_be_done_is_refused(tmp_path):
    votes = written(tmp_path, '{"participants": 9}')
    for arguments, message in (
        ((tmp_path / "none.csv",), "No such file"),
        ((tmp_path,), "Is a directory"),
        ((REFERENCE, "--exclude", "p99"), "unknown p99"),
        ((REFERENCE, "--seed", "-1"), "seed"),
        ((REFERENCE, "--votes", PAPER), "expected a file of answers, or --votes"),
        ((), "expected a file of answers, or --votes"),
        (("--votes", PAPER, "--exclude", "p1"), "--exclude goes with a file of answers"),
        (("--votes", PAPER, "--words", "0"), "expected one word or more"),
        (("--votes", votes), "targets"),
    ):
        done = run(*arguments)
        assert done.returncode == 2, done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there(tmp_path):
    done = run("--votes", PAPER, "--json", tmp_path / "none" / "out.json")
    assert done.returncode == 2
    assert "No such file" in done.stderr


def test_a_single_answer(tmp_path):
    out = tmp_path / "out.json"
    done = run(written(tmp_path, "".join(lines(row()))), "--json", out)
    assert done.returncode == 0, done.stderr
    overall = json.loads(out.read_text())["all"]["overall"]
    assert overall["n"] == 1
    assert overall["participant_t95"] == {
        "not_estimable": "an interval over people needs at least two people"
    }


def test_django_is_not_needed():
    code = "import sys, analysis.__main__; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0
