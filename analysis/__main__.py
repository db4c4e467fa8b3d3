"""python -m analysis ANSWERS.csv --json OUT.json: every statistic of a tidy file, no database.

--votes VOTES.json reads printed vote tables instead of answers. Exits with 2 for a file that
cannot be read, and says which row and column.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis import tidy
from analysis.stats import StatisticsError
from analysis.summary import DEFAULT_SEED, SECTIONS, summarise, votes_summary
from analysis.summary.text import shown, votes_shown
from analysis.vote_files import read_json


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    given = parser.parse_args(arguments)
    if (given.answers is None) == (given.votes is None):
        parser.error("expected a file of answers, or --votes with a file of votes")
    if given.votes and given.exclude is not None:
        parser.error("--exclude goes with a file of answers: votes do not say whose they are")
    try:
        found = _votes(given) if given.votes else _answers(given)
    except StatisticsError as error:
        parser.error(f"{given.votes or given.answers}: {error}")
    except OSError as error:
        parser.error(f"{given.votes or given.answers}: {error.strerror or error}")
    if given.json is None:
        sys.stdout.write((votes_shown if given.votes else shown)(found) + "\n")
        return
    try:
        _write(given.json, found)
    except OSError as error:
        parser.error(f"{given.json}: {error.strerror or error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis", description="Every statistic of a tidy file of answers."
    )
    parser.add_argument("answers", nargs="?", type=Path, help="the CSV file that an export writes")
    parser.add_argument("--votes", type=Path, help="a JSON file of printed vote tables instead")
    parser.add_argument("--json", type=Path, help="where all figures go; a table is shown without")
    parser.add_argument(
        "--exclude",
        type=lambda names: [name for name in names.split(",") if name],
        metavar="P1,P2",
        help="participants that the clean figures leave out, instead of those that are flagged",
    )
    parser.add_argument(
        "--seed", type=_whole, default=DEFAULT_SEED, help="of everything random (%(default)s)"
    )
    parser.add_argument(
        "--words",
        type=_positive,
        help="with --votes: how many words were tested, if more than printed",
    )
    return parser


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got {text}")
    return int(text)


def _positive(text: str) -> int:
    if _whole(text) < 1:
        raise argparse.ArgumentTypeError(f"expected one word or more, got {text}")
    return int(text)


def _answers(given: argparse.Namespace) -> dict[str, Any]:
    from tqdm import tqdm

    found = tidy.read(given.answers)
    sys.stderr.write(f"{len(found.answers)} answers, {len(found.catches)} to catch questions\n")
    with tqdm(total=2 * (len(SECTIONS) + 1), unit="part", disable=None) as bar:

        def tell(name: str) -> None:
            bar.set_description(name)
            bar.update()

        return summarise(
            found.answers,
            catches=found.catches,
            excluded=given.exclude,
            seed=given.seed,
            progress=tell,
        )


def _votes(given: argparse.Namespace) -> dict[str, Any]:
    try:
        report = read_json(given.votes.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StatisticsError(f"expected text in UTF-8, {error.reason}") from error
    return votes_summary(report, words=given.words, seed=given.seed)


def _write(path: Path, found: dict[str, Any]) -> None:
    path.write_text(
        json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
