"""How rows show their pictures, addresses and shares."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def picture(file: Any, size: int = 64, alt: str = "") -> SafeString | str:
    if not file:
        return "—"
    return format_html('<img src="{}" alt="{}" loading="lazy" height="{}">', file.url, alt, size)


def link(url: str, text: Any = "") -> SafeString | str:
    """A link, where the address is one of the web; other schemes could run code."""
    if not url.startswith(("http://", "https://")):
        return text or url or "—"
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, text or url)


def percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.0%}"
