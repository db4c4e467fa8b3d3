from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from storage import StorageError
from storage.address import storage_at
from storage.whole import write_whole
from tests.storage.moto import free_port

FILES = {
    "content/ab/abcd.png": b"pixels", "features/stylised/ef/ef.npz": b"numbers",
    "imports/a.csv": b"rows",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        write_whole(tmp_path / "old" / name, data)
    write_whole(tmp_path / "old/content/ab/.writing-half", b"half")
    return tmp_path / "old"


def copy(folder) -> str:
    out = StringIO()
    call_command("copy_files", str(folder), stdout=out)
    return out.getvalue()


def test_a_folder_comes_into_the_bucket_as_it_is(folder, bucket, buckets):
    assert copy(folder).startswith(f"3 copied to the bucket {bucket} at ")
    assert buckets.objects(bucket) == FILES
    stored = buckets.client.head_object(Bucket=bucket, Key="content/ab/abcd.png")
    assert stored["ContentType"] == "image/png"


def test_a_copy_that_was_stopped_goes_on(folder, bucket, buckets):
    buckets.client.put_object(Bucket=bucket, Key="imports/a.csv", Body=b"rows")
    assert copy(folder).startswith("2 copied to ")
    assert copy(folder).endswith(", 3 there already\n")
    assert buckets.objects(bucket) == FILES


def test_what_differs_there_is_named_and_left(folder, bucket, buckets):
    buckets.client.put_object(Bucket=bucket, Key="imports/a.csv", Body=b"other rows")
    with pytest.raises(CommandError, match=r"got another size of imports/a\.csv: left"):
        copy(folder)
    assert buckets.objects(bucket) == FILES | {"imports/a.csv": b"other rows"}


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(CommandError, match=r"expected a folder of stored files, got .*nowhere"):
        copy(tmp_path / "nowhere")


def test_a_storage_that_is_away_ends_it(folder, settings):
    gone = storage_at(f"s3://key:secret@127.0.0.1:{free_port()}/bucket?tls=0")
    settings.STORAGES = settings.STORAGES | {"default": gone}
    with pytest.raises(StorageError, match="does not answer"):
        copy(folder)


def test_a_folder_comes_into_another_one(folder, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "new"
    assert copy(folder).startswith(f"3 copied to the folder {tmp_path / 'new'}, 0 there")
    for name, data in FILES.items():
        assert (tmp_path / "new" / name).read_bytes() == data
