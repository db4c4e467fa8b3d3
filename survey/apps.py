from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveyConfig(AppConfig):
    name = "survey"
    verbose_name = _("Questionnaires")

    def ready(self) -> None:
        import survey.signals  # noqa: F401
        from generation.uses import register
        from survey.services.uses import Studies

        register(Studies())
