from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"
    verbose_name = _("Stimuli")

    def ready(self) -> None:
        from generation import checks, work  # noqa: F401  registers the system checks

        work.register_all()
