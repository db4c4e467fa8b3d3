"""The results of one study, below /results/."""

from django.urls import path

from analysis.views import exports, imported, peeking
from analysis.views import pages as views

app_name = "analysis"
urlpatterns = [
    path("<slug:slug>/", imported.overview, name="overview"),
    path("<slug:slug>/words/", views.words, name="words"),
    path("<slug:slug>/words/<slug:reading>/", views.word, name="word"),
    path("<slug:slug>/conditions/", views.conditions, name="conditions"),
    path("<slug:slug>/contents/", views.contents, name="contents"),
    path("<slug:slug>/attribution/", views.attribution, name="attribution"),
    path("<slug:slug>/attribution.csv", views.attribution_csv, name="attribution-csv"),
    path("<slug:slug>/peek/", peeking.peek, name="peek"),
    path("<slug:slug>/data/", exports.data, name="exports"),
    path("<slug:slug>/answers.csv", exports.answers_csv, name="answers-csv"),
    path("<slug:slug>/answers.parquet", exports.answers_parquet, name="answers-parquet"),
    path("<slug:slug>/codebook.csv", exports.codebook_csv, name="codebook-csv"),
    path("<slug:slug>/codebook.json", exports.codebook_json, name="codebook-json"),
    path("<slug:slug>/psych-ds.zip", exports.psych_ds, name="psych-ds"),
    path("<slug:slug>/stimuli.zip", exports.stimuli_zip, name="stimuli-zip"),
    path("<slug:slug>/analysis.R", exports.r_script, name="analysis-r"),
    path("<slug:slug>/analysis.ipynb", exports.notebook, name="analysis-notebook"),
    path("<slug:slug>/questions/", views.questions, name="questions"),
    path("<slug:slug>/questions/<int:index>/", views.question, name="question"),
]
