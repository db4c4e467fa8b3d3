from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TextureStudyConfig(AppConfig):
    name = "texturestudy"
    verbose_name = "texturestudy"

    def ready(self) -> None:
        from texturestudy import work
        from texturestudy.roles import write_groups

        work.register_all()
        post_migrate.connect(write_groups, dispatch_uid="roles")
