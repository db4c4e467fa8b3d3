import pytest
from django.urls import reverse

from survey.models import Question, Study, Trial
from tests.survey.studies import make_participant, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    study = make_study(contents=1)
    make_participant(study)
    return study


@pytest.mark.parametrize("model", ["study", "question", "participant", "trial"])
def test_the_lists_open(admin_client, study, model):
    assert admin_client.get(reverse(f"admin:survey_{model}_changelist")).status_code == 200


def test_the_queries_of_a_list_do_not_grow(admin_client, study, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        admin_client.get(reverse("admin:survey_trial_changelist"))


def test_a_study_links_to_its_pages(admin_client, study):
    page = admin_client.get(reverse("admin:survey_study_change", args=[study.pk])).content.decode()
    assert 'href="/s/textures/"' in page
    assert 'href="/results/textures/"' in page
    assert "4 questions, 1 people, 0 complete, 0 answers" in page


def test_a_question_shows_its_pictures(admin_client, study):
    question = Question.objects.about_words().first()
    page = admin_client.get(reverse("admin:survey_question_change", args=[question.pk]))
    html = page.content.decode()
    assert all(option.image.file.url in html for option in question.options.all())


def test_what_people_answered_cannot_be_edited(admin_client, study):
    trial = Trial.objects.first()
    change = reverse("admin:survey_trial_change", args=[trial.pk])
    assert admin_client.post(change, {"order": 5}).status_code == 403
    assert admin_client.get(reverse("admin:survey_study_add")).status_code == 403
    assert Study.objects.count() == 1
