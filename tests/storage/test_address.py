"""TEXTURESTUDY_STORAGE_URL, and what is wrong with one."""

import os
import subprocess
import sys

import pytest

from storage.address import storage_at


def test_without_an_address_it_is_the_folder():
    assert storage_at("") == {"BACKEND": "storage.local.LocalStorage"}


def test_a_bucket_on_a_server_of_ones_own():
    assert storage_at("s3://key:se%2Fcret@files.lan:9000/texture?tls=0") == {
        "BACKEND": "storage.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": "texture", "location": "", "addressing_style": "path",
            "endpoint_url": "http://files.lan:9000", "access_key": "key", "secret_key": "se/cret",
            "security_token": None,
            "region_name": "us-east-1",
        },
    }  # fmt: skip


def test_a_folder_of_a_bucket_of_amazons_with_the_keys_of_the_machine():
    assert storage_at("s3:///texture/second/study?region=eu-central-1")["OPTIONS"] == {
        "bucket_name": "texture", "location": "second/study", "addressing_style": "virtual",
        "region_name": "eu-central-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://key:hidden@host/bucket", "got http://"),
        ("/var/media", "got no s3:// at its beginning"),
        ("s3://key:hidden@host:9000", "got no bucket"),
        ("s3://key:hidden@host:many/bucket", "got a host or port that is none"),
        (
            "s3://key:a/hidden@host/bucket",
            "got /, ? or # in the key or the secret: write them as %2F",
        ),
        ("s3://key:1?hidden@host/bucket", "got /, ? or # in the key or the secret"),
        ("s3://key:1/b?hidden@host/bucket", "got /, ? or # in the key or the secret"),
        ("s3://key@host/bucket", "got a key without a secret"),
        ("s3://key:hidden@host/bucket?tls=no", "expected tls=0 or 1, got tls=no"),
        ("s3://key:hidden@host/bucket?style=old", "expected style=path or virtual, got style=old"),
        ("s3://key:hidden@host/bucket?region=", "expected region=its name, got region="),
        ("s3://key:hidden@host/bucket?zone=1", "expected region, tls, style behind the ?"),
    ],
)
def test_a_wrong_one_is_told_without_its_secret(url, told):
    with pytest.raises(ValueError, match="expected") as raised:
        storage_at(url)
    assert told in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_a_wrong_one_in_the_environment_ends_the_start_with_the_variables_name():
    environment = os.environ | {"TEXTURESTUDY_STORAGE_URL": "s3://key:hidden@host/?tls=0"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "TEXTURESTUDY_STORAGE_URL: expected s3://KEY:SECRET@host" in ended.stderr
    assert "got no bucket" in ended.stderr
    assert "hidden" not in ended.stderr
