"""Whether the database has the tables of this version."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def not_applied() -> int:
    """How many migrations wait; raises DatabaseError where the database does not answer."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrated() -> None:
    """Raises CommandError where tables are missing; one that is away may come back."""
    try:
        waiting = not_applied()
    except DatabaseError:
        return
    if waiting:
        raise CommandError(advice(waiting))


def advice(waiting: int) -> str:
    return (
        f"expected a database of this version, {waiting} migrations are not applied: "
        "run manage.py migrate"
    )
