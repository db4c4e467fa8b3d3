"""Who may do what: the roles that accounts have.

Participants have no account. A role is a group of Django's permissions, written anew from this
list whenever the database is migrated, so that the list is what holds.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """Each may do what those before it may."""

    RESEARCHER = "researcher", _("researcher: makes studies, and sees the results of their own")
    ADMIN = "admin", _("admin: photographs, words, jobs, every study, people’s data")
    OWNER = "owner", _("owner: everything, accounts too")


APPS = ("jobs", "generation", "survey", "analysis", "audit")
# Beside looking at all that studies are made of. Of a study's rows: only of their own ones.
_LOOKED_AT = ("jobs", "generation", "survey", "analysis")
_MADE = (
    "add_study", "change_study", "delete_study", "add_analysisplan", "change_analysisplan",
    "delete_analysisplan", "add_amendment", "delete_participant",
)  # fmt: skip


def role_of(user: User) -> Role | None:
    """None of somebody who cannot sign in here, and of an account without one of these roles."""
    if not (user.is_active and user.is_staff):
        return None
    if user.is_superuser:
        return Role.OWNER
    names = {group.name for group in user.groups.all()}
    for role in (Role.ADMIN, Role.RESEARCHER):
        if role.value in names:
            return role
    return None


@transaction.atomic
def give_role(*, user: User, role: Role) -> None:
    """The user has this role, and no other."""
    user.is_staff, user.is_superuser = True, role == Role.OWNER
    user.save(update_fields=["is_staff", "is_superuser"])
    group, _created = Group.objects.get_or_create(name=role.value)
    user.groups.remove(*Group.objects.filter(name__in=Role.values))
    if role != Role.OWNER:  # who needs no permission
        user.groups.add(group)


@transaction.atomic
def take_role(*, user: User) -> None:
    """The user has none, and cannot sign in here."""
    user.is_staff = user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.remove(*Group.objects.filter(name__in=Role.values))


def write_groups(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Give each role its permissions over the models of an app that was migrated."""
    if sender.label not in APPS:
        return
    create_permissions(sender, verbosity=0, using=using)
    every = Permission.objects.using(using).filter(content_type__app_label=sender.label)
    some = every.filter(Q(codename__startswith="view_") | Q(codename__in=_MADE))
    if sender.label not in _LOOKED_AT:
        some = some.none()
    wanted = {Role.ADMIN: every, Role.RESEARCHER: some}
    for role, permissions in wanted.items():
        group, _created = Group.objects.using(using).get_or_create(name=role.value)
        had = group.permissions.filter(content_type__app_label=sender.label)
        group.permissions.remove(*had.exclude(pk__in=permissions))
        group.permissions.add(*permissions)
