"""A bucket on the loopback address."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import requests

_names = (f"bucket{number}" for number in itertools.count())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Buckets:
    """A server of buckets; `url` of one is what TEXTURESTUDY_STORAGE_URL takes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
            aws_access_key_id="key", aws_secret_access_key="secret",
        )  # fmt: skip

    def make(self) -> str:
        name = next(_names)
        self.client.create_bucket(Bucket=name)
        return name

    def url(self, bucket: str, port: int | None = None) -> str:
        return f"s3://key:secret@127.0.0.1:{port or self.port}/{bucket}?tls=0"

    def objects(self, bucket: str) -> dict[str, bytes]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return {key: self.client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


@contextmanager
def running() -> Iterator[Buckets]:
    """Moto in a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert process.poll() is None, f"moto ended with status {process.returncode}"
            assert time.monotonic() < deadline, "moto does not answer for a minute"
            time.sleep(0.1)
        yield Buckets(port)
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/moto-api/", timeout=10).ok
    except requests.ConnectionError:
        return False
