"""System checks: what is missing is said before a long run, with a hint."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from generation.nst.backbones import find_trouble as find_trouble_with_backbone
from generation.segmenters import find_trouble


@register
def check_segmenter(**_: Any) -> list[CheckMessage]:
    trouble = find_trouble()
    hint = "Set the variable to a path that can be imported, or leave it away."
    return [Error(trouble, hint=hint, id="generation.E001")] if trouble else []


@register
def check_backbone(**_: Any) -> list[CheckMessage]:
    trouble = find_trouble_with_backbone(settings.NST_BACKBONE, settings.NST_BACKBONE_FILE)
    hint = "See TEXTURESTUDY_BACKBONE and TEXTURESTUDY_VGG19_FILE in docs/admins.md."
    return [Error(trouble, hint=hint, id="generation.E002")] if trouble else []
