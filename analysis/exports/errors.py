"""What keeps an export from being whole."""


class ExportError(Exception):
    """A file would be wrong or lack something; the message says what."""
