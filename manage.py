#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "texturestudy.settings")
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from jobs.management.migrated import advice, not_applied
    from storage import StorageError

    try:
        execute_from_command_line(sys.argv)
    except StorageError as error:  # of any command: nothing is wrong with what was asked for
        sys.exit(f"StorageError: {error}")
    except DatabaseError:
        if not (waiting := not_applied()):
            raise
        sys.exit(f"CommandError: {advice(waiting)}")
