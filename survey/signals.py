"""What goes into the audit log whoever does it: a study that is removed, and whose studies are."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import m2m_changed, post_delete
from django.dispatch import receiver

from audit.actions import Action
from audit.services import record
from survey.models import Study

_ADDED, _REMOVED, _CLEARED = "post_add", "post_remove", "pre_clear"


@receiver(post_delete, sender=Study)
def study_removed(sender: type[Study], instance: Study, **kwargs: Any) -> None:
    record(
        action=Action.STUDY_REMOVED, about=f"study {instance}", facts={"version": instance.version}
    )


@receiver(m2m_changed, sender=Study.researchers.through)
def researchers_changed(
    sender: type, instance: Study | User, action: str, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """From whichever side: a study's researchers, or a researcher's studies."""
    if action not in (_ADDED, _REMOVED, _CLEARED):
        return
    told = Action.RESEARCHERS_ADDED if action == _ADDED else Action.RESEARCHERS_REMOVED
    if isinstance(instance, Study):
        users = instance.researchers.all() if pk_set is None else User.objects.filter(pk__in=pk_set)
        pairs = [(instance, sorted(users.values_list("username", flat=True)))]
    else:
        own = instance.studies.all() if pk_set is None else Study.objects.filter(pk__in=pk_set)
        pairs = [(study, [instance.username]) for study in own]
    for study, names in pairs:
        if names:
            record(action=told, about=f"study {study}", facts={"researchers": names})
