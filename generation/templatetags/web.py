"""Addresses of the web in templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from generation.admin.display import link

register = template.Library()


@register.simple_tag
def weblink(url: str, text: Any = "") -> SafeString | str:
    """A link, where the address is one of the web; otherwise the text alone."""
    return link(url, text)
