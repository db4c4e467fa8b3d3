from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.address import storage_at
from tests.storage import moto


@pytest.fixture(scope="session")
def buckets() -> Iterator[moto.Buckets]:
    with moto.running() as buckets:
        yield buckets


@pytest.fixture
def bucket(buckets, settings) -> str:
    """A new bucket, which is the storage."""
    name = buckets.make()
    settings.STORAGES = settings.STORAGES | {"default": storage_at(buckets.url(name))}
    return name


@pytest.fixture(params=["folder", "bucket"])
def either(request, settings, tmp_path) -> str:
    """The storage is a new one: a folder, and then a bucket."""
    if request.param == "folder":
        settings.MEDIA_ROOT = tmp_path / "media"
    else:
        request.getfixturevalue("bucket")
    return request.param
