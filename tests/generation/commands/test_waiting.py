"""Every command that takes long does its work here, or leaves it to the worker."""

from __future__ import annotations

import threading

import pytest
from django.core.management import CommandError
from django.db import connection

from generation.models import StyleCluster, StyleMap, WebImage, Word
from generation.services import collection, desk
from generation.services.desk import ask_cluster, ask_clusters
from jobs.management.waiting import failures, wait_for
from jobs.models import Item
from jobs.services import leases, work
from jobs.services.ask import cancel
from jobs.services.workers import Presence
from tests.generation.commands.test_commands import run
from tests.generation.rows import make_contents, make_queue
from tests.generation.services.test_describe import quick  # noqa: F401  a fixture
from tests.generation.services.test_recognise import words as described  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def word() -> Word:
    phrases = {"samples": ["gravel", "brick"]}
    return Word.objects.create(text="ざらざら", reading="zarazara", phrases=phrases)


def do_all() -> None:
    """As a worker does."""
    while True:
        batch, ids = leases.claim(limit=8)
        if not ids:
            return
        work.run(batch=batch, ids=ids)


def test_what_is_left_to_the_worker_is_done_by_it(word):
    said = run("collect", "--provider", "samples", "--limit", "4", "--no-wait").splitlines()
    item = Item.objects.get()
    assert said == [
        f"job {item.job_id} is queued; follow it at /admin/jobs/job/{item.job_id}/change/",
        "no worker is running: start one with manage.py worker",
    ]
    assert (item.kind, item.state, WebImage.objects.count()) == ("collect", "queued", 0)
    do_all()
    item.refresh_from_db()
    assert (item.state, item.stage, item.done, item.total) == ("done", "collect", 4, 4)
    run("describe", "--no-wait")
    do_all()
    assert Item.objects.get(kind="describe").outcome == "4"
    assert run("describe") == "0 images of 1 words described\n"
    with Presence(engine="inline", slots=1):
        assert run("cluster", "--k", "2", "--no-wait").splitlines()[1:] == []
        assert run("cluster", "--k", "2", "--no-wait").startswith("job ")  # the same one
    assert Item.objects.filter(kind="cluster").count() == 1
    do_all()
    assert StyleCluster.objects.count() == 2
    run("style_map", "--no-wait")
    do_all()
    assert StyleMap.objects.exists()


def test_recognising_and_exporting_and_masks_are_left_to_it_too(
    described,  # noqa: F811
    tmp_path,
    settings,
):
    make_contents(1)
    settings.FOREGROUND_SEGMENTER = "tests.generation.commands.test_masks.left_half"
    run("masks", "--propose", "--no-wait")
    run("recognise", "--folds", "3", "--no-wait")
    rows = make_queue(contents=1)
    run("stylise", "--recipe", rows[0].recipe.name, "--no-wait")
    run("export_dataset", str(tmp_path / "out"), "--no-wait")
    do_all()
    states = dict(Item.objects.values_list("kind", "state"))
    kinds = ("mask", "recognise", "stylise", "export-dataset")
    assert states == dict.fromkeys(kinds, "done"), Item.objects.exclude(error="").first()
    assert "chance 33%" in Item.objects.get(kind="recognise").outcome
    assert (tmp_path / "out/manifest.csv").exists()


def test_a_killed_collection_goes_on_where_it_was(word, monkeypatch):
    run("collect", "--provider", "samples", "--limit", "6", "--no-wait")
    batch, ids = leases.claim(limit=1)
    settle = collection.collect_from

    def killed(**given):
        settle(**given | {"limit": 2})
        raise SystemExit  # as far as the rows are concerned

    monkeypatch.setattr(collection, "collect_from", killed)
    with pytest.raises(SystemExit):
        work.run(batch=batch, ids=ids)
    assert WebImage.objects.usable().count() == 2
    monkeypatch.undo()
    leases.give_back(leases.held(batch))
    do_all()
    found = WebImage.objects.usable()
    assert found.count() == 6
    assert len(set(found.values_list("sha256", flat=True))) == 6
    assert '"kept": 4, "known": 2' in Item.objects.get().outcome


def test_other_parameters_do_not_pass_for_what_a_worker_will_do(word):
    ask_clusters(words=[word], parameters={"k": 5})
    said = r"asked for already, by other parameters.*zarazara"
    with Presence(engine="inline", slots=1), pytest.raises(CommandError, match=said):
        run("cluster", "--k", "2")
    assert Item.objects.get().state == "queued"
    leases.claim(limit=1)
    with pytest.raises(CommandError, match=said):  # somebody is at it
        run("cluster", "--k", "2")


def test_other_parameters_take_the_place_of_what_nobody_will_do(word):
    run("collect", "--provider", "samples", "--limit", "6", "--no-wait")
    leases.claim(limit=1)
    Item.objects.update(owner="elsewhere 1 1.00", lease_until="2001-01-01T00:00Z")  # was killed
    assert run("collect", "--provider", "samples", "--limit", "4").startswith("4 kept")
    assert list(Item.objects.order_by("pk").values_list("state", flat=True)) == [
        "cancelled", "done",
    ]  # fmt: skip


def test_what_somebody_asked_for_on_a_page_is_not_called_off(word, admin_user):
    item, _new = ask_cluster(word=word, parameters={"k": 5}, asked_by=admin_user)
    with pytest.raises(CommandError, match="asked for already, by other parameters"):
        run("cluster", "--k", "2")
    item.refresh_from_db()
    assert (item.state, item.parameters) == ("queued", {"k": 5})


def test_what_is_called_off_meanwhile_ends_the_command(word, monkeypatch):
    def called_off(**_: object) -> None:
        cancel(Item.objects.all())

    monkeypatch.setattr(desk, "describe_images", called_off)
    with pytest.raises(CommandError, match=r"zarazara.* was called off"):
        run("cluster")


def test_who_is_interrupted_gives_back_at_once(word, monkeypatch):
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, "describe_images", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("cluster")
    item = Item.objects.get()
    assert (item.state, item.attempts, item.owner) == ("queued", 0, "")


@pytest.mark.django_db(transaction=True)
def test_a_worker_may_do_it_meanwhile(word, capsys):
    """The command shows how far the worker is, and ends when it is done."""
    ask_clusters(words=[word], parameters={"k": 3})
    leases.claim(limit=1)
    Item.objects.update(owner="elsewhere 1 1.00", stage="describe", done=3, total=9)

    def finish_it() -> None:
        free = {"batch": None, "lease_until": None}
        Item.objects.update(state="failed", error="no memory", **free)
        connection.close()

    timer = threading.Timer(1, finish_it)
    timer.start()
    stages = {"describe": "images"}
    ended = wait_for([Item.objects.get()], name="cluster", unit="words", stages=stages)
    timer.join()
    assert failures(ended) == ["no memory"]
    assert "3/9 images" in capsys.readouterr().err
