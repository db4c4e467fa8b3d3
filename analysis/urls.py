"""The results of one study, below /results/."""

from django.urls import path

from analysis.views import pages as views

app_name = "analysis"
urlpatterns = [
    path("<slug:slug>/", views.overview, name="overview"),
    path("<slug:slug>/words/", views.words, name="words"),
    path("<slug:slug>/words/<slug:reading>/", views.word, name="word"),
    path("<slug:slug>/conditions/", views.conditions, name="conditions"),
    path("<slug:slug>/contents/", views.contents, name="contents"),
    path("<slug:slug>/attribution/", views.attribution, name="attribution"),
    path("<slug:slug>/attribution.csv", views.attribution_csv, name="attribution-csv"),
    path("<slug:slug>/questions/", views.questions, name="questions"),
    path("<slug:slug>/questions/<int:index>/", views.question, name="question"),
]
