"""A short table of a summary, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Figures = dict[str, Any]

# What follows everything, and the interval of each; conditions are there where a study has several.
_PARTS = (
    ("per_condition", "participant_t95"), ("per_content", "wilson95"),
    ("per_word", "wilson95_neff"), ("per_cluster", "wilson95_neff"),
)  # fmt: skip


def shown(summary: Figures) -> str:
    """Accuracy of everything, conditions, contents, words and their clusters, of everybody and of
    the clean ones."""
    everybody, clean = summary["all"], summary["clean"]
    excluded = ", ".join(summary["excluded"]) or "nobody"
    lines = [
        f"{everybody['n_participants']} participants, {everybody['n_answers']} answers; "
        f"clean: without {excluded}",
        "",
        _row("", "correct", "n", "accuracy", "95 %", "chance", "p (Holm)", "clean"),
        *_rows("everything", everybody["overall"], clean["overall"], "participant_t95"),
    ]
    for part, interval in _PARTS:
        for name, figures in everybody.get(part, {}).items():
            lines += _rows(name, figures, clean[part].get(name, {}), interval)
    lines += [
        "",
        "word|0: the answers that chose the image of its cluster 0, of those that were offered it.",
        "95 %: t over participants for everything and conditions, Wilson for contents, Wilson with",
        "the effective number of answers for words and clusters (all of them if that is unknown).",
        "p: exact, one-sided, against guessing; for words and for clusters by Holm.",
        "All other figures: --json OUT.json",
    ]
    return "\n".join(lines)


def votes_shown(summary: Figures) -> str:
    """Accuracy of every word of a report."""
    lines = [_row("", "correct", "n", "accuracy", "95 %", "", "", "")]
    for name, figures in summary["votes"].items():
        pooled = figures["pooled"]
        lines.append(
            _row(
                name, pooled["correct"], pooled["n"], _number(pooled["accuracy"]),
                _interval(pooled["wilson95"]), "", "", "",
            )
        )  # fmt: skip
    return "\n".join([*lines, "", "95 %: Wilson. All other figures: --json OUT.json"])


def _rows(name: str, figures: Figures, clean: Figures, interval: str) -> Iterator[str]:
    p = figures.get("p_greater_holm", figures["p_greater"])
    yield _row(
        name, figures["correct"], figures["n"], _number(figures["accuracy"]),
        _interval(_bounds(figures, interval)), _number(figures["chance"]),
        "< 0.001" if isinstance(p, float) and p < 0.001 else _number(p),
        _number(clean.get("accuracy")),
    )  # fmt: skip


def _bounds(figures: Figures, interval: str) -> object:
    """As on the pages, Wilson's own where the effective number of answers cannot be estimated."""
    found = figures[interval]
    return found if isinstance(found, list) or interval != "wilson95_neff" else figures["wilson95"]


def _row(name: str, *cells: object) -> str:
    widths = (8, 8, 9, 15, 7, 9, 7)
    text = "".join(f"{cell!s:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{name:<14}{text}".rstrip()


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "-"


def _interval(value: object) -> str:
    if not isinstance(value, list):
        return "-"
    return f"{max(0.0, value[0]):.3f}-{min(1.0, value[1]):.3f}"
