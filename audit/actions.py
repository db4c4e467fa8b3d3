"""What the log can say was done."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Action(TextChoices):
    COMPOSED = "composed", _("questions composed")
    WENT_LIVE = "went live", _("study went live")
    REVISED = "revised", _("study revised")
    CLOSED = "closed", _("study closed")
    REOPENED = "reopened", _("study reopened")
    STUDY_REMOVED = "study removed", _("study removed")
    PLAN_FROZEN = "plan frozen", _("analysis plan frozen")
    PLAN_AMENDED = "plan amended", _("analysis plan amended")
    PEEKED = "peeked", _("p values looked at before the end")
    WITHDRAWN = "withdrawn", _("person withdrawn")
    PURGED = "purged", _("personal data purged")
    VOTES_IMPORTED = "votes imported", _("votes imported")
    VOTES_REPLACED = "votes replaced", _("imported votes replaced")
    VOTES_REMOVED = "votes removed", _("imported votes removed")
    RESEARCHERS_ADDED = "researchers added", _("researchers added to a study")
    RESEARCHERS_REMOVED = "researchers removed", _("researchers removed from a study")
    ROLE_GIVEN = "role given", _("role given to an account")
    ACCOUNT_REMOVED = "account removed", _("account removed")
