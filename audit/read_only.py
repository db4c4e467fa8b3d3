"""Rows that the program itself writes, on the admin's pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class UneditedAdmin(admin.ModelAdmin):
    """To be looked at, not edited; whoever has the permission removes them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(UneditedAdmin):
    """To be looked at alone: nobody removes them here either."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
