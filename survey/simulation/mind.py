"""What simulated people would choose, decided by the seed alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from survey.models import Option, Study
from survey.simulation.pages import Page

DEFAULT_SKILL = 0.6
CATCH_SKILL = 0.97
_MEDIAN_RESPONSE_MS = 3500
_MEDIAN_LOAD_MS = 400
_SPREAD = 0.45  # of the logarithm of response times
_BLUR_SHARE = 0.04
_SKIP_SHARE = 0.2  # of the questions that may be left empty
_SCREEN = json.dumps(
    {
        "viewport_width": 390,
        "viewport_height": 844,
        "pixel_ratio": 3,
        "image_width": 118,
        "image_height": 118,
    }
)


@dataclass(frozen=True, slots=True)
class _Choice:
    """An option as the people see it; `style` is the cluster whose style the image has."""

    pk: int
    index: int
    is_target: bool
    question: int
    word: str | None
    content: str
    style: str


class Mind:
    """Everybody's choices: independent of the order of arrival, of the places, of a kill.

    `skills` has P(correct) by the word's reading, whatever the condition; other words have
    DEFAULT_SKILL, catch questions CATCH_SKILL. Which target (or which distractor) is chosen
    follows the image's appeal, drawn per content and cluster.
    """

    def __init__(self, study: Study, seed: int, skills: Mapping[str, float]) -> None:
        self._seed = seed
        self._skills = skills
        options = Option.objects.filter(question__study=study).select_related(
            "content", "question__content", "question__word", "stylised__cluster__clustering__word"
        )
        self._choices = {option.pk: _choice(option) for option in options}
        self._photographs = {o.content.file.url for o in options if o.content}
        self._appeal = cache(self._drawn_appeal)

    def position(self, label: str, grid: Sequence[int]) -> int:
        """The cell that this bot chooses."""
        choices = [self._choices[pk] for pk in grid]
        rng = self.rng(label, choices[0].question)
        word = choices[0].word
        skill = self._skills.get(word, DEFAULT_SKILL) if word else CATCH_SKILL
        right = rng.random() < skill
        # By the options' own order, so that the same image is chosen in every grid.
        choosable = sorted(
            (choice for choice in choices if choice.is_target == right), key=lambda c: c.index
        )
        weights = [self._appeal(choice.content, choice.style) for choice in choosable]
        (chosen,) = rng.choices(choosable, weights)
        return choices.index(chosen)

    def practice(self, page: Page) -> int:
        """The cell of the unchanged photograph, by its address."""
        return next(i for i, url in enumerate(page.images) if url in self._photographs)

    def measurements(self, label: str, order: int) -> dict[str, str | int]:
        """What the page would measure of this bot's question number `order`."""
        rng = self.rng(label, order, "time")
        return {
            "response_ms": round(rng.lognormvariate(math.log(_MEDIAN_RESPONSE_MS), _SPREAD)),
            "load_ms": round(rng.lognormvariate(math.log(_MEDIAN_LOAD_MS), _SPREAD)),
            "blurs": int(rng.random() < _BLUR_SHARE),
            "screen": _SCREEN,
        }

    def optional(self, label: str, page: Page) -> dict[str, str]:
        """Answers to the page's questions that are no choice of an image; some are left out."""
        rng = self.rng(label, page.stage)
        found = {name: rng.choice(values) for name, values in page.choices.items()}
        found |= dict.fromkeys(page.texts, label)
        return {
            name: value
            for name, value in found.items()
            if rng.random() >= _SKIP_SHARE or name in page.required
        }

    def rng(self, *names: str | int) -> Random:
        """A generator of its own for whatever these names say."""
        return Random(":".join(map(str, (self._seed, *names))))

    def _drawn_appeal(self, content: str, style: str) -> float:
        return self.rng(content, style).lognormvariate(0, 1)


def _choice(option: Option) -> _Choice:
    question = option.question
    return _Choice(
        pk=option.pk,
        index=option.index,
        is_target=option.is_target,
        question=question.index,
        word=question.word.reading if question.word else None,
        content=question.content.name,
        style=str(option.stylised and option.stylised.cluster),
    )
