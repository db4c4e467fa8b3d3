"""What the questionnaire knows: studies, their questions, the people, and what they chose."""

from survey.models.log import Fault, StudyVersion, Withdrawal
from survey.models.people import Familiarity, Participant, Trial
from survey.models.questions import Option, Question
from survey.models.study import Study

__all__ = [
    "Familiarity",
    "Fault",
    "Option",
    "Participant",
    "Question",
    "Study",
    "StudyVersion",
    "Trial",
    "Withdrawal",
]
