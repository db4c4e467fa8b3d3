"""A scheduler and its workers as processes of their own, on the loopback address."""

from __future__ import annotations

import pytest

from jobs.engines import EngineError, dask, load_engine
from tests.jobs.processes import Site, free_port, registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def of_the_house(settings, house: Site) -> Site:
    settings.JOBS_DASK = {"scheduler": house.address}
    return house


def test_workers_that_are_not_alike_get_no_work(of_the_house: Site, caplog, tmp_path):
    house = of_the_house
    house.scheduler()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    others = [
        house.dask_worker("--name", "bare", DJANGO_SETTINGS_MODULE=""),
        house.dask_worker("--name", "base", TEXTURESTUDY_DATABASE_URL=f"sqlite:///{tmp_path}/x.db"),
        house.dask_worker("--name", "files", TEXTURESTUDY_DATA_DIR=str(elsewhere)),
        house.dask_worker("--name", "somebody's", "--resources", "theirs=1"),
    ]
    registered(*others)
    with pytest.raises(EngineError) as raised:
        load_engine("dask")
    said = str(raised.value)
    assert said.count("gets no work") == 3
    assert "ImproperlyConfigured: Requested setting" in said
    assert "with DJANGO_SETTINGS_MODULE=texturestudy.settings and the TEXTURESTUDY_ var" in said
    assert "database: expected" in said
    assert f"got {tmp_path}/x.db" in said
    assert "stored files: expected probes/" in said
    assert "FileNotFoundError" in said

    registered(house.dask_worker())
    engine = load_engine("dask")
    try:
        assert [engine.has_room(0), engine._free] == [True, 1]
        (address,) = engine._where()["workers"]
        assert address in house.started[-1].said
    finally:
        engine.close()
    assert not list((tmp_path / "media/probes").iterdir())


def test_without_a_worker_nothing_is_claimed(of_the_house: Site, caplog):
    of_the_house.scheduler()
    engine = load_engine("dask")
    try:
        assert not engine.has_room(0)
        assert "No Dask worker offers the resource texturestudy (0 others" in caplog.text
    finally:
        engine.close()


def test_a_scheduler_that_does_not_answer_is_named(settings, monkeypatch):
    address = f"tcp://127.0.0.1:{free_port()}"
    settings.JOBS_DASK = {"scheduler": address}
    monkeypatch.setattr(dask, "_CONNECT_S", 0.2)
    with pytest.raises(EngineError, match=rf"scheduler at {address}, none answered in 0.2 s"):
        load_engine("dask")


def test_a_scheduler_of_another_version_is_refused(of_the_house: Site, monkeypatch):
    of_the_house.scheduler()
    monkeypatch.setattr(dask.distributed, "__version__", "1.0")
    with pytest.raises(EngineError, match=r"expected Python .* with distributed 1\.0 at .* got"):
        load_engine("dask")
