"""Many simulated people at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connections
from django.utils import timezone

from survey.errors import SimulationError
from survey.models import Participant, Study, Trial
from survey.querysets import ParticipantQuerySet
from survey.simulation.browser import Browser, Patience, StoppedError
from survey.simulation.habits import draw_habit
from survey.simulation.mind import Mind
from survey.simulation.tally import SimulationResult, Tally, compare
from survey.simulation.walk import Progress, Shown, Walk
from survey.simulation.wire import Site

DEFAULT_CLUMSY = 0.3
DEFAULT_PATIENCE_S = 60.0


def simulate(  # noqa: PLR0913 - who comes, and how
    *,
    study: Study,
    url: str,
    participants: int,
    seed: int,
    skills: Mapping[str, float],
    concurrency: int = 1,
    clumsy: float = DEFAULT_CLUMSY,
    images: bool = False,
    patience: float = DEFAULT_PATIENCE_S,
    progress: Progress | None = None,
) -> SimulationResult:
    """Let bot-001 ... answer every question of `study` on the site at `url`.

    The site has the same database and secret key as this process. `concurrency` of them are there
    at a time, and a share `clumsy` has a clumsy habit each. With `images`, everybody fetches
    every image once. `progress` is called with the number of answers that were added. Bots that
    are complete are skipped, others are continued; what they choose with their `skills` is
    Mind's.

    Raises SimulationError for a closed study, a skill out of range or of an unknown word, a page
    that answered otherwise than it should, or a server without a success for `patience` seconds.
    """
    _check(study, participants, concurrency, clumsy, skills)
    site = Site.at(url)
    mind = Mind(study, seed, skills)
    labels = [f"bot-{number:03}" for number in range(1, participants + 1)]
    complete = set(_bots(study, labels).complete().values_list("label", flat=True))
    crowd = _Crowd(
        study=study, site=site, mind=mind, clumsy=clumsy, images=images,
        patience=Patience(patience), progress=progress,
    )  # fmt: skip
    crowd.tell(len(complete) * study.questions_per_person())
    started = time.perf_counter()
    crowd.come([label for label in labels if label not in complete], concurrency)
    seconds = time.perf_counter() - started
    return compare(crowd.tally, study=study.slug, labels=labels, seconds=seconds)


def _check(
    study: Study, participants: int, concurrency: int, clumsy: float, skills: Mapping[str, float]
) -> None:
    if study.is_over(timezone.now()):
        raise SimulationError(f"study {study.slug} is closed")
    for what, number in (("participant", participants), ("of them at a time", concurrency)):
        if number < 1:
            raise SimulationError(f"expected one {what} or more, got {number}")
    if not 0 <= clumsy <= 1:
        raise SimulationError(f"expected a clumsy share of 0 to 1, got {clumsy}")
    asked = set(study.questions.in_force().about_words().values_list("word__reading", flat=True))
    if not asked:
        raise SimulationError(f"study {study.slug} has no questions: compose it first")
    for word, skill in skills.items():
        if word not in asked:
            raise SimulationError(f"skill of {word!r}: expected one of {sorted(map(str, asked))}")
        if not isinstance(skill, int | float) or not 0 <= skill <= 1:
            raise SimulationError(f"skill of {word!r}: expected 0 to 1, got {skill!r}")


@dataclass(kw_only=True)
class _Crowd:
    """The people who come, a thread each while they are there.

    One more thread reads the database for all of them: hundreds of connections would be more
    than a database has.
    """

    study: Study
    site: Site
    mind: Mind
    clumsy: float
    images: bool
    patience: Patience
    progress: Progress | None
    tally: Tally = field(default_factory=Tally)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, answers: int) -> None:
        if self.progress and answers:
            with self._lock:
                self.progress(answers)

    def come(self, labels: list[str], concurrency: int) -> None:
        """Returns when everybody is through; raises what the first failed at."""
        with _reader() as reader, ThreadPoolExecutor(concurrency, "bot") as pool:
            people = [pool.submit(self._take_part, label, reader) for label in labels]
            try:
                wait(people, return_when=FIRST_EXCEPTION)
            finally:  # after a failure or Ctrl-C the others are still on their way
                self.patience.stop()
                pool.shutdown(cancel_futures=True)
        _raise_first(people)

    def _take_part(self, label: str, reader: Executor) -> None:
        browser = Browser(
            self.site,
            language=self.study.languages[0],
            patience=self.patience,
            images=self.images,
        )
        walk = Walk(
            study=self.study,
            label=label,
            browser=browser,
            mind=self.mind,
            habit=draw_habit(self.mind.rng(label, "habit"), self.clumsy),
            find_trials=lambda: reader.submit(_trials_of, self.study, label).result(),
            tell=self.tell,
        )
        try:
            walk.to_the_end()
        finally:
            browser.close()
            walk.tally.retries = browser.retries
            with self._lock:
                self.tally.add(walk.tally)


@contextmanager
def _reader() -> Iterator[ThreadPoolExecutor]:
    """A thread with a connection to the database, closed at the end."""
    with ThreadPoolExecutor(1, "reader") as reader:
        try:
            yield reader
        finally:
            reader.submit(connections.close_all).result()


def _trials_of(study: Study, label: str) -> dict[UUID, Shown]:
    trials = Trial.objects.filter(participant__in=_bots(study, [label])).order_by()
    rows = trials.values_list("token", "order", "grid", "answered_at")
    return {token: Shown(order, grid, bool(at)) for token, order, grid, at in rows}


def _bots(study: Study, labels: Sequence[str]) -> ParticipantQuerySet:
    return Participant.objects.filter(study=study, label__in=labels)


def _raise_first(people: list[Future[None]]) -> None:
    errors = [e for person in people if not person.cancelled() and (e := person.exception())]
    # Those who were stopped only followed somebody's failure.
    errors.sort(key=lambda error: isinstance(error, StoppedError))
    if errors:
        raise errors[0]
