"""What an engine runs: ids in, rows out."""

from __future__ import annotations

import uuid


def run_batch(batch: str, ids: list[int]) -> None:
    """Do the items of a claimed batch, in whatever process this is."""
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from django.db import close_old_connections

    close_old_connections()  # this process may have waited long since its last batch

    from jobs.services.work import run

    run(batch=uuid.UUID(batch), ids=ids)
