"""How often each style cluster of a word was chosen when its word was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.stats.answers import Answers, Ints
from analysis.stats.clustered import Clusters, clusters
from analysis.stats.intervals import NotEstimable, Reason
from analysis.summary.accuracies import add_adjusted, pooled
from analysis.summary.tallies import Tallies, Tally

Figures = dict[str, Any]


def per_cluster(tallies: Tallies) -> dict[str, Figures] | NotEstimable:
    """fusafusa|0: the answers that chose its image, of those to its word that were offered it.

    The images of a word compete: where all its clusters are in every grid, their accuracies add up
    to the word's, and the chance level of each is one of the options. Votes as a distractor do not
    count.
    """
    answers = tallies.answers
    if answers.grid is None:
        return NotEstimable(Reason.NO_GRID)
    styles = sorted({(image.word, image.cluster) for image in answers.images})
    place = {style: index for index, style in enumerate(styles)}
    style = np.array([place[image.word, image.cluster] for image in answers.images], np.int64)
    offers = _Offers.of(answers, answers.grid, style)
    asked = {
        int(style[image])
        for question in answers.questions
        for image in question.images
        if answers.images[image].word == question.word
    }
    found = {
        f"{answers.words[styles[index][0]]}|{styles[index][1]}": pooled(*offers.counted(index))
        for index in sorted(asked)
    }
    add_adjusted(found)
    return found


@dataclass(frozen=True, slots=True)
class _Offers:
    """Each answer with each style of the asked word in its grid (m,), and whether it was chosen.

    `images` of `options` were of that style: several where a grid has it by several recipes.
    """

    style: Ints
    person: Ints
    images: Ints
    options: Ints
    chosen: NDArray[np.bool_]

    @classmethod
    def of(cls, answers: Answers, grid: Ints, style: Ints) -> _Offers:
        words = np.array([image.word for image in answers.images], dtype=np.int64)
        own = (grid >= 0) & (words[np.where(grid >= 0, grid, 0)] == answers.word[:, None])
        kinds = int(style.max(initial=0)) + 1
        pair, images = np.unique(np.nonzero(own)[0] * kinds + style[grid[own]], return_counts=True)
        row, of = pair // kinds, pair % kinds
        options = np.array([question.options for question in answers.questions], dtype=np.int64)
        return cls(
            style=of,
            person=answers.person[row],
            images=images,
            options=options[answers.question[row]],
            chosen=style[answers.chosen[row]] == of,
        )

    def counted(self, style: int) -> tuple[Tally, Clusters]:
        """The votes for a style by kind of grid, and by person."""
        rows = np.flatnonzero(self.style == style)
        chosen = self.chosen[rows]
        base = int(self.options.max(initial=0)) + 1
        grids, kind = np.unique(self.images[rows] * base + self.options[rows], return_inverse=True)
        n = np.bincount(kind, minlength=len(grids)).tolist()
        votes = np.bincount(kind[chosen], minlength=len(grids)).tolist()
        scores = {
            divmod(grid, base): (right, given)
            for grid, right, given in zip(grids.tolist(), votes, n, strict=True)
        }
        return Tally(scores), clusters(chosen, self.person[rows])
