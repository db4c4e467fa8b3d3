"""What the logs raise on purpose."""


class LogError(Exception):
    """A row of a log that was to be changed or removed."""


class ChainError(Exception):
    """A log that is not as it was written: the entry, and what is wrong with it."""
