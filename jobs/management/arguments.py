"""What the commands' arguments have in common."""

from __future__ import annotations

import argparse

from django.conf import settings
from django.core.management.base import CommandParser


def at_least_one(text: str) -> int:
    """A count, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return number


def add_wait(parser: CommandParser) -> None:
    parser.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, default=True,
        help="do it here and now, with a worker's help where one is running; or leave it to the "
        "worker and say where to follow it",
    )  # fmt: skip


def add_batch_size(parser: CommandParser) -> None:
    parser.add_argument(
        "--batch-size",
        type=at_least_one,
        default=settings.NST_BATCH_SIZE or 8,
        help="items claimed at once; of these as many are done together as the memory takes",
    )
