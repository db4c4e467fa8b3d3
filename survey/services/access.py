"""Whose study it is: its own researchers', and the admins'."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from survey.models import Study


def own(*, study: Study, user: User) -> None:
    """The user is one of the study's researchers from now on."""
    study.researchers.add(user)


def may_see(user: User | AnonymousUser, slug: str) -> bool:
    """Whether the user may see the results of the study of this slug, and change it.

    Of a slug that no study has there is nothing to hide from members of staff.
    """
    if not (user.is_active and user.is_staff):
        return False
    others = Study.objects.filter(slug=slug).exclude(researchers=user)
    return user.is_superuser or not others.exists() or user.has_perm("survey.every_study")
