"""What an engine runs: ids in, rows out."""

from __future__ import annotations

import uuid


def run_batch(batch: str, ids: list[int]) -> None:
    """Make the images of a claimed batch, in whatever process this is."""
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from django.db import close_old_connections

    from generation.services.stylise import make

    close_old_connections()  # this process may have waited long since its last batch
    make(batch=uuid.UUID(batch), ids=ids)
