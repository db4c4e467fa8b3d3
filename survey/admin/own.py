"""Of what belongs to studies, a researcher sees and changes what belongs to their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from audit.read_only import ReadOnlyAdmin
from survey.models import Study


class OfOwnStudies(admin.ModelAdmin):
    """Rows of somebody else's studies are not there. `study_path` leads from a row to its study."""

    study_path = "study"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if request.user.has_perm("survey.every_study"):
            return found
        own = Study.objects.of(request.user)
        return found.filter(**{f"{self.study_path}__in": own.values("pk")})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Study:
            kwargs.setdefault("queryset", Study.objects.of(request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class RowsOfOwnStudies(ReadOnlyAdmin, OfOwnStudies):
    """Rows that only the questionnaire itself writes."""


class OwnStudiesFilter(admin.RelatedFieldListFilter):
    """Offers one's own studies alone."""

    def field_choices(
        self, field: Field, request: HttpRequest, model_admin: admin.ModelAdmin[Model]
    ) -> list[tuple[str, Any]]:
        return [(str(study.pk), str(study)) for study in Study.objects.of(request.user)]
