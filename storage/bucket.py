"""Files in a bucket that speaks the S3 protocol, such as MinIO's or Amazon's."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.encoding import filepath_to_uri

from storage.errors import StorageError

try:
    from boto3.exceptions import Boto3Error
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from storages.backends.s3 import S3Storage
    from storages.utils import clean_name
except ImportError as error:
    raise ImportError(
        "a bucket needs django-storages: pip install 'texturestudy[s3]', or leave "
        "TEXTURESTUDY_STORAGE_URL away"
    ) from error

# What says that there is no such object. Anything else is trouble with the bucket.
_ABSENT = ("404", "NoSuchKey", "KeyTooLongError", "XMinioInvalidObjectName")
# Seconds until a server that says nothing counts as away: a page waits for it, and a person there.
_CONNECT_S, _READ_S = 3.0, 10.0
_IN_MEMORY = 32 << 20  # bytes of an object; a larger one is read by way of a file


class BucketStorage(S3Storage):
    """An object is whole or not there, which the protocol says of itself.

    The site serves the objects, since it knows who may see which. Raises StorageError where the
    bucket does not answer or refuses.
    """

    is_local = False

    def __init__(self, **options: Any) -> None:
        style = {"addressing_style": options.pop("addressing_style", "path")}
        super().__init__(
            file_overwrite=False,
            client_config=Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"mode": "standard", "total_max_attempts": 2},
                signature_version="s3v4",
                s3=style,
            ),
            **options,
        )

    def put(self, name: str, data: bytes) -> bool:
        if self.exists(name):
            return False
        with self._trouble():
            self._client.put_object(
                **self._key(name), Body=data, **self._get_write_parameters(name)
            )
        return True

    def stamp(self, name: str) -> Hashable:
        found = self._head(name)
        return found["ETag"], found["LastModified"], found["ContentLength"]

    def sweep(self, folder: str) -> None:
        """Nothing is ever half written."""

    def describe(self) -> str:
        return f"the bucket {self.bucket_name} at {self._client.meta.endpoint_url}"

    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        found: datetime = self._head(name)["LastModified"]
        return found

    def delete(self, name: str) -> None:
        with self._trouble():
            self._client.delete_object(**self._key(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with self._trouble():
            folders, files = super().listdir(name)
        return folders, files

    def url(self, name: str, *_: object) -> str:
        return urljoin(settings.MEDIA_URL, filepath_to_uri(clean_name(name)))

    def _open(self, name: str, mode: str = "rb") -> File:
        """The whole object: a connection that breaks is an error here, and no short file later."""
        if mode != "rb":
            raise ValueError(f"expected to read {name} (mode 'rb'), got mode {mode!r}")
        with self._trouble():
            found = self._client.get_object(**self._key(name))
            if found["ContentLength"] <= _IN_MEMORY:
                return ContentFile(found["Body"].read(), name)
            file = tempfile.TemporaryFile()  # noqa: SIM115  whoever asked closes it
            shutil.copyfileobj(found["Body"], file)
            file.seek(0)
            return File(file, name)

    def _save(self, name: str, content: File) -> str:
        with self._trouble():
            return str(super()._save(name, content))

    @property
    def _client(self) -> Any:
        """Of this thread: whoever uses one at the same time as another has one of their own."""
        return self.connection.meta.client

    def _key(self, name: str) -> dict[str, str]:
        key = self._normalize_name(clean_name(name))
        if key in ("", ".") or "\0" in key:
            raise FileNotFoundError(errno.ENOENT, "expected the name of a file", name)
        return {"Bucket": self.bucket_name, "Key": key}

    def _head(self, name: str) -> dict[str, Any]:
        with self._trouble():
            found: dict[str, Any] = self._client.head_object(**self._key(name))
        return found

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                raise FileNotFoundError(errno.ENOENT, f"not in {self.describe()}") from error
            raise StorageError(f"{self.describe()} refuses: {error}") from error
        except (BotoCoreError, Boto3Error) as error:
            raise StorageError(f"{self.describe()} does not answer: {error}") from error
