"""When p values are shown: once a study is over, or to somebody whose look is in the log.

Testing again and again while answers come in, and stopping when p is small, finds effects that
are not there: the more looks, the more often (Armitage, McPherson and Rowe 1969). So p values
are hidden until the study takes no more answers. Somebody who wants to see them before says so,
for an hour; that is logged and stated among the deviations from the plan. e-values are valid at
every look and are always shown.

Where every counted answer is simulated p values are shown and nothing is logged: nobody decides
by them when to stop asking people. The first counted answer of a person hides them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from analysis.frames import People
from survey.models import Participant, Peek, Study, Trial


class Access(StrEnum):
    """Why somebody sees p values, or that they do not."""

    OVER = "over"
    SIMULATED = "simulated"
    PEEKING = "peeking"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class PValues:
    """Whether a page shows p values; while somebody peeks, `until` says for how long."""

    access: Access
    until: datetime | None
    peeks: tuple[Peek, ...]

    @property
    def shown(self) -> bool:
        return self.access != Access.HIDDEN


def p_values(study: Study, user: User | AnonymousUser, *, counted: People | None = None) -> PValues:
    """What a page shows of p values, and every look so far; `counted` saves the second query."""
    now = timezone.now()
    looks = tuple(peeks(study))
    if study.is_over(now):
        return PValues(Access.OVER, None, looks)
    if until := _open_until(looks, user, now):
        return PValues(Access.PEEKING, until, looks)
    simulated = _all_simulated(study) if counted is None else _is_simulated(counted)
    return PValues(Access.SIMULATED if simulated else Access.HIDDEN, None, looks)


def peeks(study: Study) -> list[Peek]:
    """Every look of the log, the first one first."""
    return list(Peek.objects.filter(study=study))


def _open_until(
    looks: Iterable[Peek], user: User | AnonymousUser, now: datetime
) -> datetime | None:
    own = [each.until for each in looks if user.pk is not None and each.user_id == user.pk]
    return max((until for until in own if until > now), default=None)


def _is_simulated(counted: People) -> bool:
    return counted.total > 0 and counted.simulated == counted.total


def _all_simulated(study: Study) -> bool:
    """Whether there are counted answers, and none of them is a person's."""
    if Participant.Origin.BOT.value not in study.counted_origins:
        return False
    counted = Trial.objects.counted_in(study)
    by_people = counted.exclude(participant__origin=Participant.Origin.BOT)
    return not by_people.exists() and counted.exists()
