"""The folder and the bucket do the same."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

import storage
from storage import StorageError
from storage import local as module
from storage.address import storage_at
from tests.storage.moto import free_port
from tests.storage.proxy import Proxy

NAME = "content/ab/abcd.png"


def read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return file.read()


def test_what_was_put_is_there(either):
    assert not default_storage.exists(NAME)
    assert storage.put(NAME, b"pixels")
    assert default_storage.exists(NAME)
    assert read(NAME) == b"pixels"
    assert default_storage.size(NAME) == 6
    assert storage.digest(NAME) == hashlib.sha256(b"pixels").hexdigest()
    assert default_storage.listdir("content/ab") == ([], ["abcd.png"])


def test_a_name_that_is_there_is_not_written_again(either):
    storage.put(NAME, b"pixels")
    before = storage.stamp(NAME)
    assert not storage.put(NAME, b"other pixels")
    assert read(NAME) == b"pixels"
    assert storage.stamp(NAME) == before


def test_what_is_not_there_is_told_from_a_storage_that_fails(either):
    assert storage.digest(NAME) == ""
    for look in (default_storage.open, storage.stamp, default_storage.size):
        with pytest.raises(FileNotFoundError):
            look(NAME)
    default_storage.delete(NAME)
    assert storage.digest("content/" + "a" * 2000) == ""


def test_a_stamp_changes_with_the_file(either):
    storage.put(NAME, b"pixels")
    before = storage.stamp(NAME)
    default_storage.delete(NAME)
    storage.put(NAME, b"pixel")
    assert storage.stamp(NAME) != before


def test_files_that_people_name_do_not_replace_one_another(either):
    names = [default_storage.save("imports/a.csv", ContentFile(data)) for data in (b"1", b"2")]
    assert names[0] == "imports/a.csv"
    assert names[0] != names[1]
    assert [read(name) for name in names] == [b"1", b"2"]


def test_addresses_are_the_sites(either):
    assert default_storage.url("content/ab/ふ.png") == "/media/content/ab/%E3%81%B5.png"


def test_a_large_object_comes_by_way_of_a_file(bucket, monkeypatch):
    monkeypatch.setattr("storage.bucket._IN_MEMORY", 4)
    storage.put(NAME, b"pixels")
    with default_storage.open(NAME) as file:
        assert (file.size, file.read()) == (6, b"pixels")


def test_a_bucket_is_read_or_put(bucket):
    with pytest.raises(ValueError, match="expected to read"):
        default_storage.open(NAME, "wb")


def use(settings, url: str) -> None:
    settings.STORAGES = settings.STORAGES | {"default": storage_at(url)}


def test_a_bucket_that_is_not_there_is_trouble(buckets, settings):
    use(settings, buckets.url("nobodys"))
    with pytest.raises(StorageError, match=r"bucket nobodys at http://127.0.0.1:.*NoSuchBucket"):
        storage.digest(NAME)
    with pytest.raises(StorageError, match="NoSuchBucket"):
        storage.put(NAME, b"pixels")
    with pytest.raises(StorageError, match="NoSuchBucket"):
        default_storage.save("imports/a.csv", ContentFile(b"1"))


def test_a_server_that_is_not_there_is_trouble(settings):
    use(settings, f"s3://key:secret@127.0.0.1:{free_port()}/bucket?tls=0")
    for ask in (storage.digest, storage.stamp, default_storage.exists, default_storage.delete):
        with pytest.raises(StorageError, match="does not answer"):
            ask(NAME)


def test_a_server_that_says_nothing_is_trouble_soon(buckets, bucket, settings, monkeypatch):
    monkeypatch.setattr("storage.bucket._READ_S", 0.2)
    proxy = Proxy(buckets.port)
    use(settings, buckets.url(bucket, proxy.port))
    proxy.set("silent")
    began = time.monotonic()
    with pytest.raises(StorageError, match="does not answer"):
        storage.digest(NAME)
    assert time.monotonic() - began < 10
    proxy.close()


@pytest.mark.parametrize("number", [28, 30, 13, 5])  # full, read-only, not allowed, broken
def test_a_folder_that_fails_is_trouble(settings, tmp_path, monkeypatch, number):
    settings.MEDIA_ROOT = tmp_path

    def fail(*_: object) -> None:
        raise OSError(number, "something about the disk")

    monkeypatch.setattr(module, "write_whole", fail)
    for ask in (storage.put, lambda *_: default_storage.save("a", ContentFile(b"1"))):
        with pytest.raises(StorageError, match=f"folder {tmp_path} does not .*about the disk"):
            ask(NAME, b"pixels")


def test_a_folder_that_cannot_be_looked_at_is_trouble(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", fail)
    for ask in (storage.stamp, default_storage.exists):
        with pytest.raises(StorageError, match="Permission denied"):
            ask(NAME)


def test_a_file_that_cannot_be_removed_is_trouble(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    storage.put(NAME, b"pixels")

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "remove", fail)
    with pytest.raises(StorageError, match="Read-only file system"):
        default_storage.delete(NAME)


def test_only_a_folder_has_half_written_files(either, tmp_path):
    storage.put(NAME, b"pixels")
    left = tmp_path / "media/content/ab/.writing-left"
    if either == "folder":
        left.write_bytes(b"half")
    storage.sweep("content")
    assert not left.exists()
    assert read(NAME) == b"pixels"
