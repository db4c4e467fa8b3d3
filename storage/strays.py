"""Stored files that no row names, as of work that was killed before its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField
from django.utils import timezone

from storage.files import sweep


def strays(folder: str, *, older_than: timedelta) -> Iterator[str]:
    """The names of such files below `folder/<two hex digits>/`; the row of a younger one may be on
    its way. Raises StorageError.
    """
    since = timezone.now() - older_than
    try:
        parts, _files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):  # nothing was ever stored there
        return
    for part in parts:
        files = default_storage.listdir(f"{folder}/{part}")[1]
        names = {f"{folder}/{part}/{file}" for file in files if not file.startswith(".")}
        for name in sorted(_named_by_no_row(names)):
            with suppress(FileNotFoundError):  # it was just removed
                if default_storage.get_modified_time(name) < since:
                    yield name


def remove_strays(folder: str, *, older_than: timedelta) -> int:
    """Remove them, and what was left half written; returns how many. Raises StorageError.

    Only what can be made again may be removed unasked: a database that was restored from a backup
    does not know the files that are younger than it.
    """
    sweep(folder)
    count = 0
    for name in strays(folder, older_than=older_than):
        if _named_by_no_row({name}):  # still
            default_storage.delete(name)
            count += 1
    return count


def _named_by_no_row(names: set[str]) -> set[str]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField) and names:
                named = model._base_manager.filter(**{f"{field.name}__in": names})
                names = names - set(named.order_by().values_list(field.name, flat=True))
    return names
