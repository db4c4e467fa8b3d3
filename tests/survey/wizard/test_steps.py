"""From "New study" to a study: what is kept, what is told, and what is made of it."""

import re

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import storage
from jobs.models import Item
from survey.design import choose_distractors
from survey.models import AnalysisPlan, Study, StudyDraft
from survey.services import integrity, lifecycle, questions
from tests import factories
from tests.survey.studies import make_study
from tests.survey.test_admin import text
from tests.survey.wizard.steps import DESIGN, NAME, PLAN, TEXTS, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(admin_client):
    factories.make_stimuli(contents=2, words=4)
    return Desk(admin_client)


def goes_to(response, desk, step):
    return response.status_code == 302 and response.url.startswith(desk.address(step))


def test_five_steps_make_a_live_study(desk):
    assert goes_to(desk.begin(), desk, "stimuli")
    assert goes_to(desk.send_as_opened("stimuli"), desk, "design")
    assert goes_to(desk.send_as_opened("design", options="8"), desk, "texts")
    sent = TEXTS | PLAN | {"quota": "30", "closing": ["age"], "introduction_1": "Look."}
    assert goes_to(desk.send("texts", sent), desk, "review")
    page = text(desk.open("review"))
    assert "4: <span" in page
    assert "Question 1 of 10, as people see it" in page
    response = desk.send("review", {"_store": "live"})
    study = Study.objects.get()
    assert response.url == reverse("admin:survey_study_link", args=[study.pk])
    assert "http://testserver/s/textures/" in text(desk.client.get(response.url))
    assert (study.status, study.version, study.questions.count()) == ("live", 1, 10)
    assert (study.title, study.options, study.clusters) == (
        {"ja": "質感", "en": "Textures"}, 8, 3,
    )  # fmt: skip
    assert (study.quota, study.closing, study.introduction) == (30, ["age"], {"en": "Look."})
    assert AnalysisPlan.objects.frozen().get().people == 30
    assert not StudyDraft.objects.exists()
    assert [user.username for user in study.researchers.all()] == ["admin"]


def test_a_study_is_stored_as_a_draft_without_a_plan(desk):
    desk.begin()
    desk.send_as_opened("stimuli")
    desk.send("design", DESIGN)
    desk.send("texts", TEXTS)
    assert "none: whatever the results show is exploratory" in text(desk.open("review"))
    desk.send("review", {"_store": "draft"})
    study = Study.objects.get()
    assert (study.status, study.live_at) == ("draft", None)
    assert not AnalysisPlan.objects.exists()


def test_the_preset_begins_with_what_is_finished(desk):
    desk.begin(preset="paper")
    page = text(desk.open("stimuli"))
    assert "begins with 23 words on 3 photographs; finished are 4 words on 2" in page
    desk.send_as_opened("stimuli")
    assert desk.open("design").context["form"].initial["options"] == 9
    desk.send("design", DESIGN)
    form = desk.open("texts").context["form"]
    assert form["closing"].value() == ["age", "vision", "native_language", "comment"]
    assert form.plan["outcome"].value() == "words"


def test_from_scratch_nothing_is_chosen(desk):
    desk.begin(preset="scratch")
    form = desk.open("stimuli").context["form"]
    assert (form.chosen("words"), form.chosen("contents")) == ([], [])


def test_what_was_wrong_is_told_beside_its_field_and_kept(desk):
    make_study(slug="taken", status="draft")
    assert goes_to(desk.begin(slug="taken"), desk, "name")
    page = text(desk.open("name"))
    assert "Expected a slug that no study has yet, got taken." in page
    assert 'value="Textures"' in page
    assert goes_to(desk.send("name", NAME), desk, "stimuli")
    assert goes_to(desk.send("stimuli", {"recipes": ["test"], "licence": "any"}), desk, "stimuli")
    page = text(desk.open("stimuli"))
    assert "Expected two words or more, got none." in page
    assert "Expected one photograph or more, got none." in page


def test_a_later_step_waits_for_the_earlier_ones(desk):
    desk.begin()
    assert goes_to(desk.open("review"), desk, "stimuli")
    assert goes_to(desk.send("review", {"_store": "live"}), desk, "review")
    assert not Study.objects.exists()


def test_what_is_missing_is_named_and_made(desk):
    image = factories.StylisedImage.objects.filter(content__name="content1").first()
    factories.unmake(image, "cancelled")
    factories.StylisedImage.objects.filter(pk=image.pk).update(item=None)
    word = image.cluster.word
    desk.begin(preset="scratch")
    everything = {
        "recipes": ["test"], "licence": "any", "contents": ["content0", "content1"],
        "words": [w.reading for w in factories.Word.objects.all()],
    }  # fmt: skip
    desk.send("stimuli", everything)
    page = text(desk.open("stimuli"))
    assert f"1 pair is not finished: {word.text} × content1 (2/3)." in page
    assert "Have the missing stimuli of" in page
    assert 'value="content:content1"' in page
    response = desk.send("stimuli", everything | {"_make": f"word:{word.reading}"})
    assert goes_to(response, desk, "stimuli")
    page = text(desk.open("stimuli"))
    assert "1 stimulus is queued." in page
    assert "1 stimulus, 1 queued" in " ".join(page.split())
    assert Item.objects.filter(kind="stylise", state="queued").count() == 1
    assert 'value="content:content1"' not in page  # everything that it lacks is queued
    assert "Stimuli being made" in page
    assert "No worker is running" in page
    part = reverse("admin:survey_study_being_made")
    assert "0 / 1" in desk.client.get(part).text
    desk.send("stimuli", everything | {"_make": f"word:{word.reading}"})
    assert "There is nothing to make that is not queued already." in text(desk.open("stimuli"))


def test_where_nothing_is_missing_no_work_is_shown(desk):
    desk.begin()
    assert "Stimuli being made" not in text(desk.open("stimuli"))


def test_a_word_without_clusters_leads_to_its_desk(desk):
    word = factories.make_word("ぬめぬめ", "numenume", clusters=0)
    desk.begin()
    page = text(desk.open("stimuli"))
    assert "no style cluster in use" in page
    assert reverse("admin:generation_word_curate", args=[word.pk]) in page
    bad = {"recipes": ["test"], "licence": "any", "contents": ["content0"], "words": ["numenume"]}
    assert goes_to(desk.send("stimuli", bad), desk, "stimuli")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"options": "3"}, "Expected more than the 3 targets, got 3."),
        ({"options": "13"}, "Expected at most 12: the targets and all images of other words"),
        ({"clusters": "4"}, "Expected at most 3, the clusters that every chosen word has, got 4."),
        ({"seed": "-1"}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_design_that_cannot_be_is_told_beside_its_field(desk, changes, told):
    desk.begin()
    desk.send_as_opened("stimuli")
    assert goes_to(desk.send("design", DESIGN | changes), desk, "design")
    assert told in text(desk.open("design"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"plan-people": ""}, "Expected the number of people at which the study is analysed"),
        ({"plan-alpha": "0.7"}, "Expected a number greater than 0 and less than 0.5, got 0.7."),
        ({"plan-failed_catches": "3"}, "Expected at most 2, the catch questions that a person"),
        ({"plan-outcome": "named"}, "Expected one word or more for this outcome, got none."),
        ({"plan-least_familiarity": "1"}, "Expected a study that asks how well the words are"),
        ({"opens_at": "2027-02-01T10:00", "closes_at": "2027-01-01T10:00"},
         "Expected a time after the opening."),
        ({"completion_url": "ftp://x"}, "Expected an address that begins with https:// or http://"),
    ],
)  # fmt: skip
def test_texts_and_plan_are_checked_before_there_is_a_study(desk, changes, told):
    desk.begin()
    desk.send_as_opened("stimuli")
    desk.send("design", DESIGN)
    assert goes_to(desk.send("texts", TEXTS | PLAN | changes), desk, "texts")
    assert told in text(desk.open("texts"))


def test_going_back_keeps_what_was_typed_half_and_tells_nothing_yet(desk):
    desk.begin()
    desk.send_as_opened("stimuli")
    sent = {**DESIGN, "options": "2", "_goto": "stimuli"}
    assert goes_to(desk.send("design", sent), desk, "stimuli")
    page = text(desk.open("design"))
    assert 'value="2"' in page
    assert "Expected more than" not in page


def test_a_page_that_is_left_keeps_what_was_typed(desk):
    desk.begin()
    desk.send_as_opened("stimuli")
    assert desk.send("design", {**DESIGN, "seed": "12345", "_keep": "1"}).status_code == 204
    assert 'value="12345"' in text(desk.open("design"))
    left = desk.client.post(reverse("admin:survey_study_add"), {"preset": "small", "_keep": "1"})
    assert left.status_code == 204
    assert StudyDraft.objects.count() == 1
    page = text(desk.client.get(reverse("admin:survey_study_changelist")))
    draft = reverse("admin:survey_study_draft", args=[desk.draft.pk])
    assert f'<a href="{draft}">Go on</a>' in page
    assert goes_to(desk.client.get(draft), desk, "texts")


def test_figures_follow_the_choice_without_keeping_it(desk):
    desk.begin()
    desk.send_as_opened("stimuli")
    page = text(desk.send("design", {**DESIGN, "options": "6", "_figures": "1"}))
    assert "<strong>10</strong>" in page
    assert "<strong>50%</strong>" in page
    assert "design" not in StudyDraft.objects.get().answers


def test_an_image_that_is_gone_stops_going_live_and_loses_nothing(desk, restore_media):
    desk.to_review()
    image = factories.StylisedImage.objects.first()
    restore_media.delete(image.file.name)
    assert goes_to(desk.send("review", {"_store": "live"}), desk, "review")
    page = text(desk.open("review"))
    assert "Nothing is stored, and what you typed is kept: study textures cannot go live" in page
    assert not Study.objects.exists()
    desk.send("review", {"_store": "draft"})
    assert Study.objects.get().status == "draft"


def test_a_slug_that_was_taken_meanwhile_changes_nobody_s_study(desk):
    desk.to_review()
    other = make_study(slug="textures", status="draft", title={"en": "Somebody's"})
    assert goes_to(desk.send("review", {"_store": "draft"}), desk, "review")
    assert goes_to(desk.open("review"), desk, "name")
    other.refresh_from_db()
    assert other.title == {"en": "Somebody's"}


def test_a_second_click_makes_no_second_study(desk):
    desk.to_review()
    desk.send("review", {"_store": "draft"})
    response = desk.send("review", {"_store": "draft"})
    assert response.url == reverse("admin:survey_study_changelist")
    assert Study.objects.count() == 1


def test_a_preset_that_was_sent_twice_is_the_last_one(desk):
    desk.begin(preset=["paper", "small"])
    assert desk.open("stimuli").context["form"].preset.words == 6
    assert desk.client.get(reverse("admin:survey_study_changelist")).status_code == 200


def test_the_first_step_sent_twice_is_one_draft(desk):
    page = text(desk.client.get(reverse("admin:survey_study_add")))
    (seed,) = re.findall(r'name="_begun" value="(\d+)"', page)
    desk.begin(_begun=seed)
    desk.begin(_begun=seed, title_1="Other textures")
    draft = StudyDraft.objects.get()
    assert draft.seed == int(seed)
    assert draft.answers["name"]["title_1"] == ["Other textures"]
    for other in ("", "0", "-1", "x", str(2**31), "9" * 30):
        desk.begin(_begun=other)
    assert StudyDraft.objects.count() == 7


def test_the_list_goes_on_with_what_was_begun_at_the_same_price(desk):
    page = reverse("admin:survey_study_changelist")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            shown = text(desk.client.get(page))
        assert "Go on" in shown
        return len(captured)

    desk.begin()
    desk.send_as_opened("stimuli")
    draft = reverse("admin:survey_study_draft", args=[desk.draft.pk])
    assert goes_to(desk.client.get(draft), desk, "design")
    few = queries()
    desk.begin(slug="another")
    assert queries() == few


@pytest.mark.django_db(transaction=True)
def test_images_are_read_before_the_database_is_written(desk, monkeypatch):
    """A transaction would keep everybody else from writing into SQLite."""
    desk.to_review()
    seen = []

    def watched(file: str) -> str:
        seen.append(connection.in_atomic_block)
        return storage.digest(file)

    for module in (lifecycle, integrity):
        monkeypatch.setattr(module, "digest", watched)
    desk.send("review", {"_store": "live"})
    assert Study.objects.get().status == "live"
    assert seen
    assert not any(seen)


def test_nobody_sees_another_one_s_steps(desk, client):
    desk.begin()
    get_user_model().objects.create_superuser("other", password="secret")
    client.login(username="other", password="secret")
    assert client.get(desk.address("name")).status_code == 302
    assert client.post(reverse("admin:survey_study_draft", args=[desk.draft.pk])).status_code == 302
    assert StudyDraft.objects.count() == 1


def test_discarding_takes_the_draft_alone(desk):
    make_study(slug="there")
    desk.begin()
    desk.client.post(reverse("admin:survey_study_draft", args=[desk.draft.pk]))
    assert not StudyDraft.objects.exists()
    assert Study.objects.count() == 1


def test_conditions_are_offered_within_and_between_people(desk):
    factories.make_condition("other")
    desk.begin()
    data = {
        "recipes": ["test", "other"], "licence": "any", "contents": ["content0", "content1"],
        "words": ["fusafusa", "zarazara", "mofumofu"],
    }  # fmt: skip
    assert goes_to(desk.send("stimuli", data), desk, "design")
    assert goes_to(desk.send("design", DESIGN | {"design": "between"}), desk, "texts")
    plan = PLAN | {"plan-outcome": "conditions", "plan-baseline": "test"}
    assert goes_to(desk.send("texts", TEXTS | plan), desk, "review")
    desk.send("review", {"_store": "draft"})
    study = Study.objects.get()
    assert (study.design, study.questions_per_person()) == ("between", 8)


def test_what_is_refused_is_refused_in_the_reader_s_language(desk, restore_media, monkeypatch):
    desk.to_review()
    restore_media.delete(factories.StylisedImage.objects.first().file.name)
    desk.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    desk.send("review", {"_store": "live"})
    page = text(desk.open("review"))
    assert "調査 textures は公開できません。画像 " in page
    assert "study textures" not in page

    def without_images(**given):
        return choose_distractors(**given | {"images": {"ふさふさ": []}})

    monkeypatch.setattr(questions, "choose_distractors", without_images)
    desk.send("design", DESIGN)
    assert "単語 ふさふさ：画像が 1 枚以上必要ですが、ありません" in text(desk.open("design"))
