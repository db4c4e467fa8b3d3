"""Where files are kept: in a folder or in a bucket, whichever the settings name.

Names of files are made of what they hold, so a name that is there is never written again.
"""

from storage.errors import StorageError
from storage.files import digest, is_local, put, stamp, sweep

__all__ = ["StorageError", "digest", "is_local", "put", "stamp", "sweep"]
