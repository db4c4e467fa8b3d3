from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from storage.address import storage_at
from storage.bucket import BucketStorage
from tests.factories import make_stimuli

pytestmark = pytest.mark.django_db


def wrong() -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    return out.getvalue()


def test_a_bucket_is_written_to_and_read(bucket, buckets):
    one, *_ = make_stimuli(contents=1, words=1)
    out = StringIO()
    call_command("doctor", stdout=out, no_color=True)
    where = f"the bucket {bucket} at http://127.0.0.1:{buckets.port}"
    assert f"ok     storage: {where}, written and read back\n" in out.getvalue()
    assert "files: 4 pictures as stored" in out.getvalue()
    assert not [key for key in buckets.objects(bucket) if key.startswith("doctor")]
    buckets.client.put_object(Bucket=bucket, Key=one.file.name, Body=b"something else")
    assert f"wrong  files: 1 missing or changed, as {one.file.name}" in wrong()


def test_a_bucket_that_is_not_there_is_told_for_all_that_needs_it(buckets, settings):
    make_stimuli(contents=1, words=1)
    gone = storage_at(buckets.url("nobodys"))
    settings.STORAGES = settings.STORAGES | {"default": gone}
    said = wrong()
    assert "wrong  storage: the bucket nobodys at " in said
    assert "NoSuchBucket" in said
    assert "check TEXTURESTUDY_STORAGE_URL" in said
    assert "wrong  files: the bucket nobodys at " in said


def test_a_bucket_that_gives_back_something_else_is_told(bucket, monkeypatch):
    put = BucketStorage.put
    monkeypatch.setattr(BucketStorage, "put", lambda self, name, data: put(self, name, data[:-1]))
    assert "gives back something else than was written to it" in wrong()
    assert default_storage.listdir("doctor") == ([], [])
