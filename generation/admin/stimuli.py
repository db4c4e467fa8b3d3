"""Recipes, and the images made by them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.read_only import UneditedAdmin
from generation import models
from generation.admin.display import percent
from generation.admin.display import picture as show
from generation.admin.removal import GuardedAdmin
from generation.forms import RecipeForm
from jobs.models import Item
from jobs.services.ask import retry
from jobs.templatetags.jobs import quoted


@admin.register(models.Recipe)
class RecipeAdmin(GuardedAdmin):
    form = RecipeForm
    list_display = ("name", "in_use", "imported", "sha256")
    list_editable = ("in_use",)
    fields = ("name", "in_use", "imported", "parameters", "sha256")
    readonly_fields = ("name", "imported", "parameters", "sha256")

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, **{"form": RecipeForm, **kwargs})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Item.State.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.with_state().filter(stands=self.value()) if self.value() else queryset


@admin.register(models.StylisedImage)
class StylisedImageAdmin(GuardedAdmin, UneditedAdmin):
    list_display = ("picture", "content", "word", "cluster_index", "state", "recognised_share",
                    "recognised_as", "took", "device")  # fmt: skip
    list_filter = (StateFilter, "content", "cluster__clustering__word", "recipe", "recognised_as")
    list_select_related = ("content", "cluster__clustering__word", "recognised_as", "item")
    readonly_fields = ("state", "reason")
    actions = ("try_again",)

    @admin.display(description=_("state"))
    def state(self, image: models.StylisedImage) -> str:
        return str(image.state.label)

    @admin.display(description=_("error"))
    def reason(self, image: models.StylisedImage) -> SafeString:
        return quoted(image.item.error if image.item and not image.sha256 else "")

    @admin.display(description=_("image"))
    def picture(self, image: models.StylisedImage) -> SafeString | str:
        return show(image.file, alt=str(image))

    @admin.display(description=_("word"), ordering="cluster__clustering__word__reading")
    def word(self, image: models.StylisedImage) -> str:
        return str(image.cluster.word)

    @admin.display(description=_("recognised by the machine"), ordering="recognised")
    def recognised_share(self, image: models.StylisedImage) -> str:
        return percent(image.recognised)

    @admin.display(description=_("seconds"), ordering="seconds")
    def took(self, image: models.StylisedImage) -> str:
        return "—" if image.seconds is None else f"{image.seconds:.1f}"

    @admin.display(description=_("cluster"), ordering="cluster__index")
    def cluster_index(self, image: models.StylisedImage) -> int:
        return image.cluster.index

    def has_make_permission(self, request: HttpRequest) -> bool:
        """Nobody edits a stimulus; having it made takes what editing would."""
        return request.user.has_perm("generation.change_stylisedimage")

    @admin.action(description=_("Make the failed ones again"), permissions=["make"])
    def try_again(self, request: HttpRequest, rows: QuerySet[models.StylisedImage]) -> None:
        count = retry(Item.objects.filter(stylised__in=rows))
        told = ngettext(
            "%(count)d image is queued again.", "%(count)d images are queued again.", count
        )
        self.message_user(request, told % {"count": count})
