"""The site's addresses; each app owns its own below these."""

from django.contrib import admin
from django.urls import include, path

from texturestudy import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("media/<path:path>", views.media, name="media"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("s/", include("survey.urls")),
    path("results/", include("analysis.urls")),
    path("admin/", admin.site.urls),
]
