"""Accounts by their role."""

from __future__ import annotations

from django.contrib.auth.models import User

from survey.models import Study
from survey.services.access import own
from texturestudy.roles import Role, give_role


def make_account(role: Role | None, name: str = "", *, of: Study | None = None) -> User:
    """Somebody of this role, or of none; a researcher `of` a study."""
    user = User.objects.create_user(name or (role or "nobody"))
    if role:
        give_role(user=user, role=role)
    if of:
        own(study=of, user=user)
    # As a request finds it: without what was remembered of its permissions.
    return User.objects.get(pk=user.pk)
