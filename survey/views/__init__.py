"""The pages of the questionnaire: a GET shows, a POST stores and sends on."""

from survey.views.closing import about, done, familiarity, withdraw_data, withdrawn
from survey.views.landing import credits, landing
from survey.views.preparation import consent, instructions, practice, practised
from survey.views.question import question
from survey.views.staff import preview

__all__ = [
    "about",
    "consent",
    "credits",
    "done",
    "familiarity",
    "instructions",
    "landing",
    "practice",
    "practised",
    "preview",
    "question",
    "withdraw_data",
    "withdrawn",
]
