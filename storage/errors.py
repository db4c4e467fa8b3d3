"""The one error that storages raise on purpose."""


class StorageError(Exception):
    """The storage does not do its work: it is full, read-only, or does not answer.

    It is no OSError: a file that is not there (FileNotFoundError) says something about the file,
    this does not, and the same may work in a while.
    """
