"""A site and two workers that have nothing in common but the database and a bucket."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler

from generation.models import StylisedImage
from generation.nst.recipe import Scale
from jobs.models import Item
from tests.generation.pictures import encoded, noise
from tests.generation.rows import make_clusters, make_recipe
from tests.storage.hosts import PASSWORD, Host, Visitor, cut_connections, needs_postgresql, until
from tests.storage.moto import free_port
from tests.storage.proxy import Proxy

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), needs_postgresql]


@pytest.fixture
def hosts(buckets, bucket, tmp_path):
    url = buckets.url(bucket)
    made = [Host(tmp_path / name, TEXTURESTUDY_STORAGE_URL=url) for name in ("web", "one", "two")]
    yield made
    for host in made:
        host.end()


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=10).ok
    except requests.ConnectionError:
        return False


def upload(visitor: Visitor, number: int) -> None:
    picture = encoded(noise(number, 64, 48), "JPEG", quality=95)
    form = {"name": f"photograph{number}", "credit": "Rachel", "licence": "CC0"}
    path = "/admin/generation/contentimage/add/"
    answer = visitor.post(path, form, upload=("photo.jpg", picture, "image/jpeg"))
    assert answer.ok
    assert not answer.url.endswith("/add/"), answer.text


def test_an_upload_is_stylised_elsewhere_and_served_here(hosts, bucket, buckets, settings):
    web, *workers = hosts
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    User.objects.create_superuser("admin", password=PASSWORD)
    make_clusters(6)
    make_recipe(scales=(Scale(size=32, iterations=25),))
    port = free_port()
    visitor, stranger = Visitor(f"http://127.0.0.1:{port}"), Visitor(f"http://127.0.0.1:{port}")
    web.start("serve", "--no-worker", "--port", str(port))
    for worker in workers:
        worker.start("worker", "--batch-size", "1")
    until(lambda: answers(visitor.url))
    visitor.sign_in("admin")
    upload(visitor, 1)
    upload(visitor, 2)
    assert Item.objects.count() == 12
    owners: set[str] = set()
    deadline = time.monotonic() + 240
    while Item.objects.open().exists():
        assert time.monotonic() < deadline, Item.objects.counts()
        owners |= set(Item.objects.filter(state="leased").values_list("owner", flat=True))
        time.sleep(0.05)
    assert Item.objects.counts()["done"] == 12, Item.objects.exclude(error="").first().error
    assert len(owners) == 2
    for row in StylisedImage.objects.select_related("content"):
        for file, digest in ((row.file, row.sha256), (row.content.file, row.content.sha256)):
            answer = stranger.get(file.url)
            assert answer.headers["Content-Type"] == "image/png"
            assert hashlib.sha256(answer.content).hexdigest() == digest
    kinds = {key.partition("/")[0] for key in buckets.objects(bucket)}
    assert kinds == {"content", "stylised", "web"}
    assert [host.images() for host in hosts] == [[], [], []]


def test_a_database_that_says_nothing_is_away_soon():
    proxy = Proxy(int(connection.settings_dict["PORT"] or 5432))
    proxy.set("silent")
    away = ConnectionHandler({"default": settings.DATABASES["default"] | {"PORT": proxy.port}})
    began = time.monotonic()
    with pytest.raises(OperationalError, match="timeout"):
        away["default"].ensure_connection()
    assert 5 < time.monotonic() - began < 30
    proxy.close()


def test_a_site_whose_connections_were_cut_makes_new_ones(hosts):
    web = hosts[0]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    web.start("serve", "--no-worker", "--port", str(port))
    until(lambda: answers(url))
    # More at once than there are threads, so that each gets a connection.
    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(answers, [url] * 240)) == {True}
        assert cut_connections() > 3
        assert set(pool.map(answers, [url] * 240)) == {True}
