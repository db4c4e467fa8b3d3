"""What was sent and acknowledged, beside what is stored."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from survey.models import Participant, Trial
from survey.simulation.browser import Acknowledgement


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """What a simulation did; times are from sending an answer to its acknowledgement.

    `answers_sent` were acknowledged now; `stored` are those of these people in the database,
    earlier ones included. `lost` were acknowledged, but are not stored as they were acknowledged
    first, or were asked for again. `doubled` were stored more than once, by what the server said
    or by what is in the database. `answers_per_second` counts from the first answer that was sent
    to the last acknowledgement, `seconds` from the first page.
    """

    study: str
    participants: int
    answers_sent: int
    stored: int
    lost: int
    doubled: int
    retries: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    answers_per_second: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Tally:
    """One bot's part, or everybody's.

    `chosen` is the option of each trial that was acknowledged first, `stores` how often the
    server said that it stored it; `missed` were asked for again after their acknowledgement.
    """

    chosen: dict[UUID, int] = field(default_factory=dict)
    stores: Counter[UUID] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    missed: set[UUID] = field(default_factory=set)
    retries: int = 0
    began: float = math.inf  # of the answers, on time.perf_counter()'s clock
    ended: float = -math.inf

    def ask(self, token: UUID) -> None:
        """Note that the server asks for the answer to a trial."""
        if token in self.chosen:
            self.missed.add(token)

    def acknowledge(self, token: UUID, option: int, said: Acknowledgement) -> bool:
        """Note what the server said to a choice; whether that is the first word to the trial."""
        self.stores[token] += said.stored is True
        if said.refused or token in self.chosen:
            return False
        self.chosen[token] = option
        self.ended = max(self.ended, now := time.perf_counter())
        self.began = min(self.began, now - said.seconds)
        self.milliseconds.append(1000 * said.seconds)
        return True

    def add(self, other: Tally) -> None:
        self.chosen |= other.chosen
        self.missed |= other.missed
        self.stores += other.stores
        self.milliseconds += other.milliseconds
        self.retries += other.retries
        self.began = min(self.began, other.began)
        self.ended = max(self.ended, other.ended)


def compare(
    tally: Tally, *, study: str, labels: Collection[str], seconds: float
) -> SimulationResult:
    """The tally beside the database."""
    bots = Participant.objects.filter(study__slug=study, label__in=labels)
    rows = list(
        Trial.objects.answered()
        .filter(participant__in=bots)
        .order_by()
        .values_list("token", "chosen_id", "participant_id", "question_id")
    )
    stored = {token: option for token, option, *_ in rows}
    questions = {(person, question) for *_, person, question in rows}
    times = sorted(tally.milliseconds)
    sent = len(tally.chosen)
    return SimulationResult(
        study=study,
        participants=len(labels),
        answers_sent=sent,
        stored=len(rows),
        lost=sum(
            stored.get(token) != option or token in tally.missed
            for token, option in tally.chosen.items()
        ),
        doubled=sum(n - 1 for n in tally.stores.values()) + len(rows) - len(questions),
        retries=tally.retries,
        p50_ms=percentile(times, 0.50),
        p95_ms=percentile(times, 0.95),
        p99_ms=percentile(times, 0.99),
        answers_per_second=round(sent / (tally.ended - tally.began), 1) if sent else 0.0,
        seconds=round(seconds, 2),
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of them does not exceed; None of none."""
    if not ordered:
        return None
    return round(ordered[math.ceil(share * len(ordered)) - 1], 1)
