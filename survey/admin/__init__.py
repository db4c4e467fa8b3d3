"""The researcher's view of studies and of who answered; what participants made is read-only."""

from survey.admin.rows import (
    FaultAdmin,
    ParticipantAdmin,
    QuestionAdmin,
    TrialAdmin,
    WithdrawalAdmin,
)
from survey.admin.study import StudyAdmin

__all__ = [
    "FaultAdmin",
    "ParticipantAdmin",
    "QuestionAdmin",
    "StudyAdmin",
    "TrialAdmin",
    "WithdrawalAdmin",
]
