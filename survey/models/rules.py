"""When a study takes answers, and what a participant may do: rules over a few facts.

The models have them, and so have the bare rows that an answer is stored by.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

# A silence up to here is no interruption: a reload, a tunnel, somebody at the door.
SITTING = timedelta(minutes=10)


class StudyRules:
    """Of a study with its status and dates."""

    status: Any
    opens_at: Any
    closes_at: Any

    def accepts(self, now: datetime) -> bool:
        """Whether it is live, and `now` is between its dates."""
        return self.status == "live" and not self.is_early(now) and not self.is_over(now)

    def is_early(self, now: datetime) -> bool:
        return self.opens_at is not None and now < self.opens_at

    def is_over(self, now: datetime) -> bool:
        """Whether it takes no more answers: closed, or past its end."""
        return self.status == "closed" or (self.closes_at is not None and now >= self.closes_at)


class _Study(Protocol):
    status: Any
    resume_hours: Any

    def accepts(self, now: datetime) -> bool: ...
    def is_over(self, now: datetime) -> bool: ...


class ParticipantRules:
    """Of a participant with their study, their origin, and when they were last seen."""

    study: Any
    origin: Any
    seen_at: Any

    def may_answer(self, now: datetime) -> bool:
        """Whether the study takes this participant's answers."""
        study: _Study = self.study
        if study.status == "draft":
            return bool(self.origin != "live")
        return study.accepts(now) if self.origin == "live" else not study.is_over(now)

    def is_expired(self, now: datetime) -> bool:
        """Whether this participant, who is not complete, was away for too long to go on."""
        study: _Study = self.study
        return bool(now - self.seen_at > max(SITTING, timedelta(hours=study.resume_hours)))
