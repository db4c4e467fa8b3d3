from django.apps import AppConfig


class TextureStudyConfig(AppConfig):
    name = "texturestudy"
    verbose_name = "texturestudy"
