"""Figures and lists as a paper writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext

from analysis import formats
from analysis.frames import WordLabel
from analysis.stats.intervals import NotEstimable


def p_text(p: float | NotEstimable) -> str:
    """p < .001, p = .024; or why there is none."""
    if isinstance(p, NotEstimable):
        return f"p {formats.why_not(p)}"
    relation = formats.p_relation(p).replace("0.", ".", 1)
    return f"p {relation}".replace(" ", "\N{NO-BREAK SPACE}")


def coefficient(value: float | NotEstimable) -> str:
    """A figure with two decimals, or why there is none."""
    return formats.why_not(value) if isinstance(value, NotEstimable) else formats.decimals(value)


def named(word: WordLabel) -> str:
    """A word as a sentence writes it: as it is in Japanese, by its reading elsewhere."""
    return word.text if _is_japanese() else word.reading


def listed(items: Iterable[str]) -> str:
    return pgettext("between the items of a list", ", ").join(items)


def joined(sentences: Iterable[str]) -> str:
    """A paragraph; Japanese sentences have no space between them."""
    return ("" if _is_japanese() else " ").join(sentence for sentence in sentences if sentence)


def heading(name: str) -> str:
    """What a paragraph begins with."""
    return f"{name}\N{IDEOGRAPHIC SPACE}" if _is_japanese() else f"{name}. "


def _is_japanese() -> bool:
    return (get_language() or "").startswith("ja")


def ranged(values: Sequence[int]) -> str:
    """9, or 6 to 9 where they differ."""
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low}–{high}"


def day(moment: object) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d")  # type: ignore[arg-type]


def people(n: int) -> str:
    return ngettext("%(count)s participant", "%(count)s participants", n) % {"count": n}


def answers(n: int) -> str:
    return ngettext("%(count)s answer", "%(count)s answers", n) % {"count": n}


def words(n: int) -> str:
    return ngettext("%(count)s word", "%(count)s words", n) % {"count": n}


def contents(n: int) -> str:
    return ngettext("%(count)s content image", "%(count)s content images", n) % {"count": n}


def questions(n: int) -> str:
    return ngettext("%(count)s question", "%(count)s questions", n) % {"count": n}
