"""Accounts, each of one role; only owners see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from audit.services import record
from texturestudy.roles import Role, give_role, role_of, take_role

_ONLY_OWNER = _("This is the only owner: make somebody else one first.")


def _are_owners_beside(users: Iterable[User]) -> bool:
    """Whether somebody else can look after accounts."""
    owners = User.objects.filter(is_superuser=True, is_active=True)
    return owners.exclude(pk__in=[user.pk for user in users]).exists()


class _RoleField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=capfirst(_("role")),
            choices=[("", _("none: cannot sign in here")), *Role.choices],
            required=False,
            widget=forms.RadioSelect,
        )


class _AccountForm(UserChangeForm):
    role = _RoleField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = role_of(self.instance) or ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        stays = cleaned.get("role") == Role.OWNER and cleaned.get("is_active")
        if not stays and not _are_owners_beside([self.instance]):
            self.add_error("role", _ONLY_OWNER)
        return cleaned


class _NewAccountForm(AdminUserCreationForm):
    role = _RoleField()


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class AccountAdmin(UserAdmin):
    form = _AccountForm
    add_form = _NewAccountForm
    list_display = ("username", "role", "first_name", "last_name", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password", "role", "is_active")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2", "role")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("role"))
    def role(self, user: User) -> str:
        found = role_of(user)
        return str(found.label) if found else "–"

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "role" not in form.changed_data and change:
            return
        wanted = form.cleaned_data.get("role")
        if wanted:
            give_role(user=obj, role=Role(wanted))
        else:
            take_role(user=obj)
        record(action=Action.ROLE_GIVEN, about=f"account {obj}", facts={"role": wanted or "none"})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, less the rows that only join tables; the only owner stays."""
        goes, counts, lacking, stays = super().get_deleted_objects(objs, request)
        goes = [each for each in goes if not isinstance(each, list)]
        tables = apps.get_models(include_auto_created=True)
        joining = {each._meta.verbose_name_plural for each in tables if each._meta.auto_created}
        counts = {name: n for name, n in counts.items() if name not in joining}
        if not _are_owners_beside(objs):
            stays = [*stays, str(_ONLY_OWNER)]
        return goes, counts, lacking, stays

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        record(action=Action.ACCOUNT_REMOVED, about=f"account {obj}")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)
