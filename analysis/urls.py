"""The results of one study, below /results/."""

from django.urls import path

from analysis.views import (
    exports,
    imported,
    made,
    models,
    peeking,
    people,
    relations,
    report,
    sample_size,
    stamp,
    stimulus,
    timing,
    work,
)
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
    path("<slug:slug>/report.html", report.report, name="report"),
    path("<slug:slug>/stimuli/<int:pk>/", stimulus.stimulus, name="stimulus"),
    path("<slug:slug>/stamp/", stamp.stamp, name="stamp"),
    path("<slug:slug>/models/", models.models, name="models"),
    path("<slug:slug>/make/<slug:name>/", made.make, name="make"),
    path("<slug:slug>/made/<int:pk>/", made.download, name="made"),
    path("<slug:slug>/work/", work.progress, name="work"),
    path("<slug:slug>/work/<int:pk>/again/", work.again, name="work-again"),
    path("<slug:slug>/confusion/", relations.confusion, name="confusion"),
    path("<slug:slug>/compatibility/", relations.compatibility, name="compatibility"),
    path("<slug:slug>/machine/", relations.machine, name="machine"),
    path("<slug:slug>/people/", people.people, name="people"),
    path("<slug:slug>/people/<int:pk>/", people.person, name="person"),
    path("<slug:slug>/timing/", timing.times, name="timing"),
    path("<slug:slug>/sample-size/", sample_size.sample_size, name="sample-size"),
    path("<slug:slug>/questions/", views.questions, name="questions"),
    path("<slug:slug>/questions/<int:index>/", views.question, name="question"),
]
