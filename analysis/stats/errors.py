"""The error of this package."""


class StatisticsError(ValueError):
    """The input cannot be what it is said to be: more correct answers than answers, say."""
