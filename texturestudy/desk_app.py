from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin, with a front page of our own."""

    default_site = "texturestudy.desk.Desk"
