"""What the questionnaire knows: studies, their questions, the people, and what they chose."""

from survey.models.draft import StudyDraft
from survey.models.log import Fault, Peek, StudyVersion, Withdrawal
from survey.models.people import Familiarity, Participant, Trial
from survey.models.plan import Amendment, AnalysisPlan
from survey.models.questions import Option, Question
from survey.models.study import Study

__all__ = [
    "Amendment",
    "AnalysisPlan",
    "Familiarity",
    "Fault",
    "Option",
    "Participant",
    "Peek",
    "Question",
    "Study",
    "StudyDraft",
    "StudyVersion",
    "Trial",
    "Withdrawal",
]
