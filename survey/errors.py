"""The one family of errors that the questionnaire raises on purpose."""


class SurveyError(Exception):
    """Base of every error of this package."""


class DesignError(SurveyError, ValueError):
    """A design that cannot be made: what it needs, and what there is."""


class ComposeError(SurveyError):
    """A study that cannot be composed, or must not be composed again."""


class EnrolError(SurveyError):
    """A person who cannot be enrolled."""


class InvitationError(EnrolError):
    """An invitation that is forged, damaged, or for another study."""


class AnswerError(SurveyError):
    """An answer that cannot be stored, because it is malformed."""


class NoChoiceError(AnswerError):
    """A form that was sent before an image was chosen."""


class NotYourTrialError(AnswerError):
    """A trial of somebody else."""


class SimulationError(SurveyError):
    """A simulation that cannot run, or a page that answered otherwise than it should."""
