import pytest
from django.urls import reverse
from django.utils import timezone

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


def test_the_list_of_trials_names_what_was_chosen(admin_client, study):
    trial = Trial.objects.filter(question__kind="word").first()
    option = trial.question.options.filter(is_target=True).first()
    Trial.objects.filter(pk=trial.pk).update(
        chosen=option, position=0, answered_at=timezone.now(), shown_at=timezone.now()
    )
    page = admin_client.get(reverse("admin:survey_trial_changelist")).text
    assert f'<td class="field-choice">✓ {option.stylised.cluster}</td>' in page


def test_a_question_shows_its_pictures(admin_client, study):
    question = Question.objects.about_words().first()
    page = admin_client.get(reverse("admin:survey_question_change", args=[question.pk]))
    html = page.content.decode()
    assert all(option.image.file.url in html for option in question.options.all())


def test_what_people_answered_cannot_be_edited(admin_client, study):
    trial = Trial.objects.first()
    change = reverse("admin:survey_trial_change", args=[trial.pk])
    assert admin_client.post(change, {"order": 5}).status_code == 403
    assert Study.objects.count() == 1


def form_of(response):
    """What a browser would send of the page's form, as it was opened."""
    fields = response.context["adminform"].form
    data = {}
    for bound in fields:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            parts = bound.field.widget.decompress(value)
            data |= {f"{bound.html_name}_{i}": part for i, part in enumerate(parts)}
        elif value is not None and value is not False:
            data[bound.html_name] = value
    for inline in ("plan", "versions"):
        counts = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")
        data |= {f"{inline}-{name}": 0 for name in counts}
    return data


def edit(admin_client, study, **changes):
    address = reverse("admin:survey_study_change", args=[study.pk])
    data = form_of(admin_client.get(address)) | changes
    data["versions-TOTAL_FORMS"] = data["versions-INITIAL_FORMS"] = 0
    response = admin_client.post(address, {k: v for k, v in data.items() if v is not None})
    study.refresh_from_db()
    return response


def test_texts_and_lists_are_edited_without_json(admin_client):
    study = make_study(contents=1, status="draft", completion_url="https://example.org/?c={code}")
    response = edit(
        admin_client,
        study,
        title_0="質感",
        title_1="",
        introduction_1="Look.",
        closing=["comment", "age"],
        languages=["ja"],
        recruiter_parameters="WORKER\n\nTASK",
    )
    assert response.status_code == 302
    assert study.title == {"ja": "質感"}
    assert study.introduction == {"en": "Look."}
    assert study.closing == ["age", "comment"]
    assert study.languages == ["ja"]
    assert study.recruiter_parameters == ["WORKER", "TASK"]
    assert study.counted_origins == ["live"]
    assert study.version == 1


def test_a_form_that_was_only_saved_changes_nothing(admin_client):
    study = make_study(contents=1, introduction={"en": "Look."}, closing=["age"])
    before = Study.objects.values().get()
    assert edit(admin_client, study).status_code == 302
    assert Study.objects.values().get() == before


def test_an_edit_of_a_live_study_makes_a_version(admin_client):
    study = make_study(contents=1)
    edit(admin_client, study, quota="30")
    assert (study.quota, study.version) == (30, 1)
    edit(admin_client, study, title_1="New")
    assert (study.title["en"], study.version) == ("New", 2)


def test_a_wrong_address_is_told_and_nothing_is_saved(admin_client):
    study = make_study(contents=1)
    response = edit(admin_client, study, completion_url="https://example.org/{nono}", quota="7")
    assert "Expected {code} or a parameter of the recruiter, got {nono}" in text(response)
    assert (study.completion_url, study.quota) == ("", None)


def text(response):
    return response.content.decode().replace("&#x27;", "'")


def test_a_study_with_answers_is_not_deleted_with_a_click(admin_client, study):
    address = reverse("admin:survey_study_delete", args=[study.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 403
    listed = reverse("admin:survey_study_changelist")
    data = {"action": "delete_selected", "_selected_action": [study.pk], "post": "yes"}
    admin_client.post(listed, data)
    assert Study.objects.get() == study
    study.participants.update(origin="preview")
    assert admin_client.get(address).status_code == 200


def test_images_are_checked_again_from_the_list(admin_client, study, restore_media):
    file = study.questions.first().options.first().image.file.name
    restore_media.delete(file)
    listed = reverse("admin:survey_study_changelist")
    data = {"action": "check_images", "_selected_action": [study.pk]}
    page = text(admin_client.post(listed, data, follow=True))
    assert "1 of 10 images are missing or changed" in page
    assert "\u26a0 1" in page
    assert file in text(admin_client.get(reverse("admin:survey_fault_changelist")))
    assert "1 image is missing or changed" in text(admin_client.get(reverse("home")))
