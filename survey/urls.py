from django.urls import path

from survey import views

app_name = "survey"
urlpatterns = [
    path("<slug:slug>/", views.landing, name="landing"),
    path("<slug:slug>/credits/", views.credits, name="credits"),
    path("<slug:slug>/consent/", views.consent, name="consent"),
    path("<slug:slug>/instructions/", views.instructions, name="instructions"),
    path("<slug:slug>/practice/", views.practice, name="practice"),
    path("<slug:slug>/practised/", views.practised, name="practised"),
    path("<slug:slug>/question/", views.question, name="question"),
    path("<slug:slug>/familiarity/", views.familiarity, name="familiarity"),
    path("<slug:slug>/about/", views.about, name="about"),
    path("<slug:slug>/done/", views.done, name="done"),
    path("<slug:slug>/withdraw/", views.withdraw_data, name="withdraw"),
    path("<slug:slug>/withdrawn/", views.withdrawn, name="withdrawn"),
    path("<slug:slug>/preview/<int:index>/", views.preview, name="preview"),
]
