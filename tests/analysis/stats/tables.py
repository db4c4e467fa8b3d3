"""Tables of answers for the tests: the reference's, and small ones written by hand or drawn."""

import csv
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from analysis.stats.answers import Answers, Asked, Stimulus

REFERENCE = Path(__file__).parent.parent / "reference"
CARELESS = ("p08", "p09")
SETS = ("all", "clean")

Image = tuple[str, int]  # its word and cluster


@dataclass(frozen=True)
class Row:
    """An answer; `options` are the grid in order, and the chosen cell is an index of it."""

    person: str
    word: str
    content: str
    options: tuple[Image, ...]
    cell: int
    rt_ms: float = 2000.0


def table(rows: Iterable[Row], *, people: Sequence[str] = (), words: Sequence[str] = ()) -> Answers:
    """The rows as `Answers`; every question offers the union of what its rows show."""
    rows = list(rows)
    people = tuple(people) or tuple(dict.fromkeys(row.person for row in rows))
    names = [row.word for row in rows] + [word for row in rows for word, _ in row.options]
    words = tuple(words) or tuple(dict.fromkeys(names))
    contents = tuple(dict.fromkeys(row.content for row in rows))
    images: dict[Stimulus, int] = {}
    offered: dict[tuple[int, int], dict[int, None]] = {}
    shown = []
    for row in rows:
        content = contents.index(row.content)
        stimuli = [Stimulus(content, words.index(word), cluster) for word, cluster in row.options]
        cells = [images.setdefault(stimulus, len(images)) for stimulus in stimuli]
        shown.append(cells)
        offered.setdefault((words.index(row.word), content), {}).update(dict.fromkeys(cells))
    sizes = {
        (words.index(row.word), contents.index(row.content)): (
            sum(word == row.word for word, _ in row.options),
            len(row.options),
        )
        for row in rows
    }
    keys = list(offered)
    widest = max((len(cells) for cells in shown), default=0)
    grid = np.full((len(rows), widest), -1, dtype=np.int32)
    for at, cells in enumerate(shown):
        grid[at, : len(cells)] = cells
    return Answers(
        people=people,
        words=words,
        contents=contents,
        images=tuple(images),
        questions=tuple(Asked(*key, *sizes[key], tuple(offered[key])) for key in keys),
        person=np.array([people.index(row.person) for row in rows], dtype=np.int32),
        question=np.array(
            [keys.index((words.index(r.word), contents.index(r.content))) for r in rows],
            dtype=np.int32,
        ),
        chosen=np.array(
            [cells[row.cell] for row, cells in zip(rows, shown, strict=True)], dtype=np.int32
        ),
        position=np.array([row.cell for row in rows], dtype=np.int32),
        rt_ms=np.array([row.rt_ms for row in rows], dtype=np.float64),
        grid=grid,
    )


def without_grid(answers: Answers) -> Answers:
    return replace(answers, grid=None)


@functools.cache
def reference(which: str = "all") -> Answers:
    """The answers of the reference; `clean` is without the two careless people."""
    with (REFERENCE / "answers-small.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Row(
                line["participant"],
                line["word"],
                line["content"],
                tuple((o["word"], o["cluster"]) for o in json.loads(line["options"])),
                int(line["position"]),
                float(line["rt_ms"]),
            )
            for line in csv.DictReader(file)
        ]
    if which == "clean":
        rows = [row for row in rows if row.person not in CARELESS]
    return table(rows)


@functools.cache
def expected(which: str = "all") -> dict:
    return json.loads((REFERENCE / "expected-small.json").read_text(encoding="utf-8"))[which]


@st.composite
def drawn(draw: st.DrawFn, *, fixed: bool = True) -> Answers:
    """Up to five people, four words, three contents; some answers are missing.

    With `fixed`, everybody is offered the same images in a question.
    """
    words = [f"w{i}" for i in range(draw(st.integers(2, 4)))]
    contents = [f"c{i}" for i in range(draw(st.integers(1, 3)))]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    keep = draw(st.sampled_from([0.4, 0.8, 1.0]))
    rows = []
    pools = {(w, c): _options(rng, w, words) for w in words for c in contents}
    for person in range(draw(st.integers(1, 5))):
        for (word, content), pool in pools.items():
            options = pool if fixed else _options(rng, word, words)
            if rng.random() < keep or not rows:
                order = rng.permutation(len(options))
                grid = tuple(options[i] for i in order)
                cell = int(rng.integers(len(grid)))
                rows.append(Row(f"p{person}", word, content, grid, cell, float(rng.integers(9999))))
    return table(rows, words=words)


def _options(rng: np.random.Generator, word: str, words: Sequence[str]) -> list[Image]:
    """Two images of the asked word and two of others."""
    lures = [(other, cluster) for other in words if other != word for cluster in range(3)]
    chosen = rng.choice(len(lures), size=2, replace=False)
    return [(word, 0), (word, 1), *(lures[i] for i in chosen)]
