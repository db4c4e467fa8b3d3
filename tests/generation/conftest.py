from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission


@pytest.fixture
def permission(db) -> Callable[[str], Permission]:
    """A permission on the generator's models, by its name: `permission("view_contentimage")`."""

    def find(codename: str) -> Permission:
        return Permission.objects.get(content_type__app_label="generation", codename=codename)

    return find
