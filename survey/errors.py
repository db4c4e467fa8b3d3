"""The one family of errors that the questionnaire raises on purpose."""


class SurveyError(Exception):
    """Base of every error of this package."""


class DesignError(SurveyError, ValueError):
    """A design that cannot be made: what it needs, and what there is.

    The message is `template` with its `facts`, so that whoever shows it can translate it.
    """

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__(template % facts)
        self.template, self.facts = template, facts


class ComposeError(SurveyError):
    """A study that cannot be composed, or must not be composed again."""


class LifecycleError(SurveyError):
    """A study that cannot go live."""


class PlanError(LifecycleError):
    """An analysis plan that cannot be written, frozen or amended."""


class StimulusError(SurveyError):
    """An image that is missing, or is not the one that was pinned."""


class EnrolError(SurveyError):
    """A person who cannot be enrolled."""


class StudyFullError(EnrolError):
    """No place is left in the quota."""


class InvitationError(EnrolError):
    """An invitation that is forged, damaged, or for another study."""


class AnswerError(SurveyError):
    """An answer that cannot be stored, because it is malformed."""


class NoChoiceError(AnswerError):
    """A form that was sent before an image was chosen."""


class NotYourTrialError(AnswerError):
    """A trial of somebody else."""


class OutOfOrderError(AnswerError):
    """An answer to a question that this participant has not come to yet."""


class UnknownParticipantError(AnswerError):
    """An answer of nobody whom the study knows."""


class ClosedError(AnswerError):
    """An answer to a study that takes none (any more)."""


class PlaceLeftError(AnswerError):
    """An answer from a place that was given up, or that has expired."""


class WithdrawalError(SurveyError):
    """A code that belongs to nobody."""


class SimulationError(SurveyError):
    """A simulation that cannot run, or a page that answered otherwise than it should."""
