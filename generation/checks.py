"""System checks: what is missing is said before a long run, with a hint."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from generation.segmenters import find_trouble


@register
def check_segmenter(**_: Any) -> list[CheckMessage]:
    trouble = find_trouble()
    hint = "Set the variable to a path that can be imported, or leave it away."
    return [Error(trouble, hint=hint, id="generation.E001")] if trouble else []
