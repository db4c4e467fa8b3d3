import pytest
from django.contrib.auth import get_user_model

from generation.models import Clustering, ContentImage, Recipe, StyleCluster, Word
from survey.errors import ComposeError
from survey.models import AnalysisPlan, Option, Study, StudyDraft
from survey.services.lifecycle import close, go_live
from survey.services.plan import decisions_of, write_plan
from survey.services.set_up import COPIED, Composing, change, duplicate, free_slug, set_up
from tests.survey.studies import finish, make_conditions, make_participant, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return get_user_model().objects.create_user("anna", is_staff=True)


def composing(**changes):
    values = {
        "contents": list(ContentImage.objects.all()), "words": list(Word.objects.all()),
        "recipes": list(Recipe.objects.order_by("pk")), "design": Study.Design.WITHIN,
        "options": 9, "distractors": Study.Distractors.FIXED, "seed": 0, "licence": "any",
        "clusters": None,
    }  # fmt: skip
    return Composing(**values | changes)


def targets(study):
    return list(
        Option.objects.filter(question__study=study, is_target=True)
        .order_by("question__index", "index")
        .values_list("question__word", "question__content", "question__recipe", "sha256")
    )


def test_it_is_what_the_composer_composes(user):
    made = make_study(status="draft", seed=5)
    draft = StudyDraft.objects.create(user=user, seed=1)
    study = set_up(
        draft=draft, slug="other", composing=composing(seed=5), fields={"title": {"en": "T"}},
        plan={"people": 30},
    )  # fmt: skip
    options = Option.objects.order_by("question__index", "index")
    shapes = [
        list(options.filter(question__study=each).values_list("sha256", "is_target"))
        for each in (made, study)
    ]
    assert shapes[0] == shapes[1]
    assert AnalysisPlan.objects.get(study=study).people == 30
    assert not StudyDraft.objects.exists()


def test_fewer_clusters_are_the_first_of_each_word(user):
    make_study(status="draft")
    assert {len(q.targets) for q in composing(clusters=2, options=6).questions() if q.word} == {2}
    with pytest.raises(ComposeError, match="expected 4 style clusters in use of each word"):
        composing(clusters=4).questions()


def test_a_wrong_plan_leaves_no_study_behind(user):
    make_study(status="draft")
    draft = StudyDraft.objects.create(user=user, seed=1)
    with pytest.raises(Exception, match="people"):
        set_up(
            draft=draft, slug="other", composing=composing(), fields={"title": {"en": "T"}},
            plan={"people": 1},
        )  # fmt: skip
    assert not Study.objects.filter(slug="other").exists()
    assert StudyDraft.objects.count() == 1


def test_a_slug_that_is_taken_is_refused(user):
    study = make_study(status="draft", title={"en": "There"})
    draft = StudyDraft.objects.create(user=user, seed=1)
    with pytest.raises(ComposeError, match="expected a slug that no study has yet"):
        set_up(draft=draft, slug="textures", composing=composing(options=8),
               fields={"title": {"en": "T"}}, plan=None)  # fmt: skip
    study.refresh_from_db()
    assert (study.options, study.title) == (9, {"en": "There"})


def test_a_live_study_s_new_questions_are_a_version_and_people_keep_theirs(user):
    study = make_study(words=4)
    person = make_participant(study)
    draft = StudyDraft.objects.create(user=user, study=study, purpose="questions", seed=1)
    words = list(Word.objects.all())[:3]
    changed = change(draft=draft, composing=composing(words=words), fields={"title": {"en": "N"}})
    assert (changed.version, changed.composition, changed.title) == (2, 2, {"en": "N"})
    assert finish(person).trials.answered().count() == 10
    assert make_participant(changed).trials.count() == 8


def test_other_texts_keep_the_questions(user):
    study = make_study()
    draft = StudyDraft.objects.create(user=user, study=study, purpose="texts", seed=1)
    changed = change(draft=draft, composing=None, fields={"title": {"en": "N"}})
    assert (changed.version, changed.composition) == (2, 1)


def test_a_duplicate_has_everything_but_the_people(user):
    study = make_study(
        words=4, status="draft", seed=3, quota=30, closing=["age"], introduction={"en": "Look."},
        completion_url="https://example.org/{code}", asks_familiarity=True,
    )  # fmt: skip
    plan = write_plan(study=study, people=30, least_familiarity=1)
    study = close(study=go_live(study=study))
    make_participant_of_the_past(study)
    copy = duplicate(study=study, user=user)
    assert (copy.slug, copy.status, copy.version, copy.live_at) == ("textures-2", "draft", 1, None)
    assert copy.title == study.title
    assert [getattr(copy, name) for name in COPIED] == [getattr(study, name) for name in COPIED]
    assert (copy.completion_url, copy.closes_at) == ("", None)
    assert targets(copy) == targets(study)
    assert copy.seed != study.seed
    stored = AnalysisPlan.objects.get(study=copy)
    assert (decisions_of(stored), stored.frozen_at) == (decisions_of(plan), None)
    assert (copy.participants.count(), copy.versions.count()) == (0, 0)
    assert (study.participants.count(), study.versions.count()) == (1, 1)


def make_participant_of_the_past(study):
    Study.objects.filter(pk=study.pk).update(status="live")
    study.refresh_from_db()
    finish(make_participant(study))
    close(study=study)


def test_a_duplicate_shows_the_same_stimuli_after_clustering_anew(user):
    study = make_study(words=4)
    for word in Word.objects.all():
        clustering = Clustering.objects.create(
            word=word, descriptor="test", parameters={}, fingerprint=f"{word.reading} anew"
        )
        StyleCluster.objects.create(clustering=clustering, index=0)
    with pytest.raises(ComposeError, match="not begun"):
        composing().questions()
    assert targets(duplicate(study=study, user=user)) == targets(study)


@pytest.mark.parametrize("design", ["within", "between"])
def test_conditions_are_duplicated(user, design):
    study = make_conditions("other", design=design, distractors="redrawn")
    copy = duplicate(study=study, user=user)
    assert targets(copy) == targets(study)
    assert (copy.design, copy.distractors) == (design, "redrawn")
    assert copy.questions_per_person() == study.questions_per_person()


def test_a_study_without_questions_is_not_duplicated(user):
    study = Study.objects.create(slug="empty", title={"en": "T"})
    with pytest.raises(ComposeError, match="no questions that could be asked again"):
        duplicate(study=study, user=user)


def test_slugs_count_on():
    for slug in ("a", "a-2", "b-7", "x" * 60):
        Study.objects.create(slug=slug, title={"en": "T"})
    assert [free_slug(slug) for slug in ("a", "a-2", "b-7")] == ["a-3", "a-3", "b-2"]
    assert free_slug("x" * 60) == "x" * 58 + "-2"
