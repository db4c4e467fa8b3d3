"""Simulated people of known accuracy, who answer through the real pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from django.urls import reverse

from survey.browser import Browser, Page
from survey.errors import SimulationError
from survey.models import Option, Participant, Study, Trial
from survey.services.enrol import invite

DEFAULT_SKILL = 0.6
CATCH_SKILL = 0.97
_MEDIAN_RESPONSE_MS = 3500
_SPREAD = 0.45  # of the logarithm of response times
_SCREEN = '{"viewport_width": 390, "viewport_height": 844, "pixel_ratio": 3, "image_width": 118}'
Progress = Callable[[int], object]


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """How many simulated people there are, the answers sent now, and theirs that are stored."""

    participants: int
    sent: int
    stored: int


def simulate(
    *,
    study: Study,
    participants: int,
    seed: int,
    skills: Mapping[str, float],
    progress: Progress | None = None,
) -> SimulationResult:
    """Let bot-001 ... answer every question of `study`.

    `skills` has P(correct) by the word's reading, whatever the condition; other words have
    DEFAULT_SKILL, catch questions CATCH_SKILL. Which target (or which distractor) is clicked
    follows the image's appeal, drawn per content and cluster from the seed. `progress` is called
    with the number of answers that were added. Bots that are complete are skipped, others are
    continued.

    Raises SimulationError for a closed study, a skill out of range or of an unknown word, or a
    page that answered otherwise than it should.
    """
    _check(study, participants, skills)
    tell = progress or (lambda _: None)
    mind = _Mind(study, seed, skills)
    labels = [f"bot-{number:03}" for number in range(1, participants + 1)]
    bots = Participant.objects.filter(study=study, label__in=labels)
    complete = set(bots.complete().values_list("label", flat=True))
    tell(len(complete) * study.questions_per_person())
    sent = sum(_take_part(study, label, mind, tell) for label in labels if label not in complete)
    stored = Trial.objects.answered().filter(participant__in=bots).count()
    return SimulationResult(participants=participants, sent=sent, stored=stored)


def _check(study: Study, participants: int, skills: Mapping[str, float]) -> None:
    if study.status == Study.Status.CLOSED:
        raise SimulationError(f"study {study.slug} is closed")
    if participants < 1:
        raise SimulationError(f"expected one participant or more, got {participants}")
    asked = set(study.questions.about_words().values_list("word__reading", flat=True))
    if not asked:
        raise SimulationError(f"study {study.slug} has no questions: compose it first")
    for word, skill in skills.items():
        if word not in asked:
            raise SimulationError(f"skill of {word!r}: expected one of {sorted(map(str, asked))}")
        if not isinstance(skill, int | float) or not 0 <= skill <= 1:
            raise SimulationError(f"skill of {word!r}: expected 0 to 1, got {skill!r}")


class _Mind:
    """What every simulated person would choose, decided by the seed alone."""

    def __init__(self, study: Study, seed: int, skills: Mapping[str, float]) -> None:
        self._seed = seed
        self._skills = skills
        options = Option.objects.filter(question__study=study)
        self._options = options.select_related(
            "question__content", "question__word", "stylised__cluster__clustering__word"
        ).in_bulk()

    def position(self, label: str, grid: Sequence[int]) -> int:
        """The cell that this bot chooses."""
        options = [self._options[pk] for pk in grid]
        question = options[0].question
        rng = Random(f"{self._seed}:{label}:{question.index}")
        skill = CATCH_SKILL
        if question.word:
            skill = self._skills.get(question.word.reading, DEFAULT_SKILL)
        right = rng.random() < skill
        # By the options' own order, so that the same image is chosen in every grid.
        choosable = sorted((o.index, o) for o in options if o.is_target == right)
        weights = [self._appeal(option) for _, option in choosable]
        chosen = rng.choices([option.pk for _, option in choosable], weights)[0]
        return list(grid).index(chosen)

    def practice(self, images: Sequence[str]) -> int:
        """The cell of the unchanged photograph, by its address."""
        photographs = {o.content.file.url for o in self._options.values() if o.content}
        return next(cell for cell, url in enumerate(images) if url in photographs)

    def response_ms(self, label: str, order: int) -> int:
        rng = Random(f"{self._seed}:{label}:{order}:time")
        return round(rng.lognormvariate(math.log(_MEDIAN_RESPONSE_MS), _SPREAD))

    def _appeal(self, option: Option) -> float:
        name = f"{option.question.content.name}:{option.stylised and option.stylised.cluster}"
        return Random(f"{self._seed}:{name}").lognormvariate(0, 1)


def _take_part(study: Study, label: str, mind: _Mind, tell: Progress) -> int:
    """Walk from the invitation to the end; the number of answers sent."""
    browser = Browser(study.languages[0])
    page = _arrive(browser, study, label, mind)
    trials = {
        trial.token: trial
        for trial in Trial.objects.filter(participant__study=study, participant__label=label)
    }
    tell(sum(trial.answered_at is not None for trial in trials.values()))
    sent = 0
    while page.path == reverse("survey:question", args=[study.slug]):
        trial = trials[UUID(page.hidden["trial"])]
        page = browser.send(
            page,
            position=mind.position(label, trial.grid),
            response_ms=mind.response_ms(label, trial.order),
            screen=_SCREEN,
        )
        sent += 1
        tell(1)
    if page.path != reverse("survey:done", args=[study.slug]):
        raise SimulationError(f"{label} expected to be done, and came to {page.path}")
    return sent


def _arrive(browser: Browser, study: Study, label: str, mind: _Mind) -> Page:
    """From the landing page to the next question, through consent and practice if need be."""
    invitation = invite(study=study, origin=Participant.Origin.BOT, label=label)
    landing = reverse("survey:landing", args=[study.slug])
    page = browser.send(browser.open(f"{landing}?as={invitation}"))
    if page.path.endswith("/consent/"):
        page = browser.send(page)
    if page.path.endswith("/instructions/"):
        page = browser.open(page.link)
        page = browser.send(page, position=mind.practice(page.images))
        page = browser.open(page.link)
    return page
