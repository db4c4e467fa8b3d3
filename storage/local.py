"""Files in a folder of this machine."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Collection, Hashable, Iterator
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from storage.errors import StorageError
from storage.whole import remove_half_written, write_whole

# What says that there is no such file. Anything else is trouble with the folder or its disk.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP)


class LocalStorage(FileSystemStorage):
    """A file is whole or not there: it is written beside its place, flushed, and renamed.

    Raises StorageError where the disk is full, read-only or failing.
    """

    is_local = True

    def put(self, name: str, data: bytes) -> bool:
        if self.exists(name):
            return False
        with self._trouble():
            write_whole(Path(self.path(name)), data)
        return True

    def stamp(self, name: str) -> Hashable:
        with self._trouble(but=_ABSENT):
            found = Path(self.path(name)).stat()
        return found.st_mtime_ns, found.st_size

    def sweep(self, folder: str) -> None:
        remove_half_written(Path(self.path(folder)))

    def describe(self) -> str:
        return f"the folder {self.location}"

    def exists(self, name: str) -> bool:
        try:
            self.stamp(name)
        except OSError:
            return False
        return True

    def delete(self, name: str) -> None:
        with self._trouble():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with self._trouble(but=_ABSENT):
            return super().listdir(path)

    def open(self, name: str, mode: str = "rb") -> File:
        with self._trouble(but=_ABSENT):
            return super().open(name, mode)

    def _save(self, name: str, content: File) -> str:
        with self._trouble():
            write_whole(Path(self.path(name)), content.chunks())
        return name

    @contextlib.contextmanager
    def _trouble(self, *, but: Collection[int] = ()) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in but:
                raise
            raise StorageError(f"{self.describe()} does not do its work: {error}") from error
