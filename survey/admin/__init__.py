"""The researcher's view of studies and of who answered; what participants made is read-only."""

from survey.admin.people import ParticipantAdmin
from survey.admin.plan import AmendmentAdmin, PeekAdmin
from survey.admin.rows import (
    FaultAdmin,
    QuestionAdmin,
    StudyVersionAdmin,
    TrialAdmin,
    WithdrawalAdmin,
)
from survey.admin.study import StudyAdmin

__all__ = [
    "AmendmentAdmin",
    "FaultAdmin",
    "ParticipantAdmin",
    "PeekAdmin",
    "QuestionAdmin",
    "StudyAdmin",
    "StudyVersionAdmin",
    "TrialAdmin",
    "WithdrawalAdmin",
]
