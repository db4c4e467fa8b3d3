"""What an engine runs: ids in, rows out."""

from __future__ import annotations

import uuid


def run_batch(batch: str, ids: list[int]) -> None:
    """Make the images of a claimed batch, in whatever process this is."""
    _set_up()
    from generation.services.stylise import make

    make(batch=uuid.UUID(batch), ids=ids)


def run_job(batch: str, ids: list[int]) -> None:
    """Do a claimed job, in whatever process this is."""
    _set_up()
    from generation.services.jobs import run

    run(batch=uuid.UUID(batch), ids=ids)


def _set_up() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from django.db import close_old_connections

    close_old_connections()  # this process may have waited long since its last batch
