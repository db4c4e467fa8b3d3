"""What the site serves out of the storage, and what it says while there is trouble with it."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage

from generation.models import ContentImage
from generation.services.contents import add_content
from generation.services.store import store_png
from jobs.models import Item
from storage import StorageError, stamp
from storage.address import storage_at
from survey.models import Fault
from survey.services import integrity
from survey.services.integrity import check_stimuli
from survey.services.lifecycle import stimuli_of
from tests.generation.pictures import noise
from tests.storage.moto import free_port
from tests.storage.proxy import Proxy
from tests.survey.studies import client_of, give, make_participant, make_study, next_trial

pytestmark = pytest.mark.django_db


def lose_storage(settings) -> None:
    gone = storage_at(f"s3://key:secret@127.0.0.1:{free_port()}/bucket?tls=0")
    settings.STORAGES = settings.STORAGES | {"default": gone}


def test_images_with_their_headers(client, either):
    name, _ = store_png("stylised", noise(1))
    response = client.get(f"/media/{name}")
    with default_storage.open(name) as file:
        data = file.read()
    assert b"".join(response) == data
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == str(len(data))
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_web_images_are_for_staff_only(client, admin_client, either):
    name, _ = store_png("web", noise(1))
    assert client.get(f"/media/{name}").status_code == 404
    response = admin_client.get(f"/media/{name}")
    assert response["Cache-Control"].startswith("private")
    response.close()
    for detour in ("content/../", "content/%2e%2e/", "./", "/"):
        assert client.get(f"/media/{detour}{name}").status_code == 404


@pytest.mark.parametrize(
    "path", ["content/no.png", "content", ".", "..", "content/%00.png", "content/" + "a" * 2000]
)
def test_what_is_not_there_is_not_found(client, admin_client, either, path):
    assert client.get(f"/media/{path}").status_code == 404
    assert admin_client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize(("language", "told"), [("en", "at the moment"), ("ja", "現在、画像など")])
def test_a_storage_that_fails_is_a_page_that_says_so(client, settings, caplog, language, told):
    lose_storage(settings)
    headers = {"accept-language": language}
    response = client.get("/media/content/ab/abcd.png", headers=headers)
    assert response.status_code == 503
    assert told in response.text
    assert response["Retry-After"] == "10"
    assert response["Cache-Control"] == "no-store"
    assert "GET /media/content/ab/abcd.png: the bucket bucket at http://127.0.0.1" in caplog.text
    assert "secret" not in caplog.text


def test_half_an_object_is_never_served_nor_kept(client, settings, buckets, bucket):
    name, _ = store_png("stylised", noise(1, 300, 300))
    other = noise(2, 300, 300)
    proxy = Proxy(buckets.port)
    behind = storage_at(buckets.url(bucket, proxy.port))
    settings.STORAGES = settings.STORAGES | {"default": behind}
    proxy.set("half answers")
    assert client.get(f"/media/{name}").status_code == 503
    assert proxy.refused
    proxy.set("half requests")
    with pytest.raises(StorageError, match="does not answer"):
        store_png("stylised", other)
    assert list(buckets.objects(bucket)) == [name]
    proxy.set("pass")
    response = client.get(f"/media/{name}")
    assert len(b"".join(response)) == int(response["Content-Length"])
    store_png("stylised", other)
    proxy.close()


def test_other_errors_are_none_of_its_business(client, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(default_storage, "open", fail)
    client.raise_request_exception = False
    assert client.get("/media/content/ab/abcd.png").status_code == 500


def test_a_bucket_is_not_asked_for_every_question(bucket, monkeypatch):
    study = make_study(words=3)
    stimuli = stimuli_of(study)
    check_stimuli(study=study, stimuli=stimuli)
    with monkeypatch.context() as patch:
        patch.setattr(integrity, "FRESH_S", 0.0)
        patch.setattr(integrity, "stamp", None)  # would fail if it were called
        check_stimuli(study=study, stimuli=stimuli)
    asked = []
    monkeypatch.setattr(integrity, "FRESH_AWAY_S", 0.0)
    monkeypatch.setattr(integrity, "stamp", lambda file: asked.append(file) or stamp(file))
    check_stimuli(study=study, stimuli=stimuli)
    assert asked == [stimulus.file for stimulus in stimuli]


def test_a_question_waits_and_its_images_are_not_called_damaged(settings, monkeypatch):
    monkeypatch.setattr(integrity, "FRESH_S", 0.0)
    monkeypatch.setattr(integrity, "FRESH_AWAY_S", 0.0)
    participant = make_participant(make_study(words=6), origin="bot", label="bot-1")
    client = client_of(participant)
    address = f"/s/{participant.study.slug}/question/"
    assert client.get(address).status_code == 200
    storages = settings.STORAGES
    lose_storage(settings)
    assert client.get(address).status_code == 503
    assert give(participant, next_trial(participant)).is_new
    assert client.get(address).status_code == 503
    settings.STORAGES = storages
    assert client.get(address).status_code == 200
    assert not Fault.objects.exists()


def test_a_photograph_is_taken_in_whole_or_not_at_all(settings):
    lose_storage(settings)
    with pytest.raises(StorageError):
        add_content(name="coffee", image=noise(1, 64, 48))
    assert not ContentImage.objects.exists()
    assert not Item.objects.exists()
