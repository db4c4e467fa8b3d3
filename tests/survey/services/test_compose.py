from collections import Counter

import pytest
from django.utils import translation

from generation.models import ContentImage, StyleCluster, StylisedImage
from survey.errors import ComposeError, DesignError
from survey.models import Option, Question
from survey.services.compose import compose
from survey.services.enrol import enrol
from tests.factories import make_stimuli, unmake
from tests.survey.studies import finish, make_participant, make_study

pytestmark = pytest.mark.django_db


def everything(study):
    questions = list(study.questions.values_list("pk", "index", "kind", "content", "word"))
    options = list(
        Option.objects.filter(question__study=study)
        .order_by("pk")
        .values_list("pk", "question", "index", "stylised", "content", "is_target", "sha256")
    )
    return questions, options


def test_a_question_per_content_and_word_and_a_catch_per_content():
    study = make_study(contents=2, words=4)
    assert study.questions.count() == 2 * 4 + 2
    assert list(study.questions.values_list("index", flat=True)) == list(range(10))
    for question in study.questions.about_words():
        targets = question.options.filter(is_target=True)
        assert {o.stylised.cluster.word for o in targets} == {question.word}
        assert targets.count() == 3
        assert question.options.count() == 9
        assert {o.stylised.content for o in question.options.all()} == {question.content}
    for catch in study.questions.catches():
        (target,) = catch.options.filter(is_target=True)
        assert target.content == catch.content
        assert catch.options.exclude(stylised=None).count() == 8


def test_distractors_are_even_and_options_pin_their_images():
    study = make_study(contents=1, words=5)
    options = Option.objects.filter(question__study=study)
    asked = options.filter(question__kind="word", is_target=False)
    counts = Counter(asked.values_list("stylised", flat=True))
    assert set(counts.values()) == {2}
    assert all(option.sha256 == option.image.sha256 for option in options)


def test_the_same_again_changes_nothing():
    before = everything(make_study())
    study = make_study()
    assert everything(study) == before
    assert study.version == 1


def test_composing_otherwise_replaces_what_only_previews_saw():
    study = make_study(status="draft")
    enrol(study=study, language="ja", origin="preview")
    study = make_study(seed=7, status="draft")
    assert study.version == 2
    assert study.participants.count() == 0
    assert study.questions.count() == 8


def test_what_people_saw_is_never_recomposed():
    study = make_study()
    enrol(study=study, language="ja")
    before = everything(study)
    assert make_study(title={"ja": "新しい題"}).title == {"ja": "新しい題"}
    with pytest.raises(ComposeError, match="has 1 participants who were asked other questions"):
        make_study(options=8)
    assert everything(study) == before
    study.refresh_from_db()
    assert study.options == 9


def test_a_changed_image_is_another_question():
    make_study(status="draft")
    image = StylisedImage.objects.first()
    image.sha256 = "0" * 64
    image.save()
    assert make_study(status="draft").version == 2


def test_a_new_version_leaves_the_old_one_to_those_who_have_started():
    study = make_study()
    early = make_participant(study)
    asked = set(early.trials.values_list("question", flat=True))
    study = make_study(options=8, new_version=True)
    assert (study.version, study.composition) == (2, 2)
    assert study.questions.in_force().count() == 8
    assert study.questions.count() == 16
    late = make_participant(study)
    assert (early.version, late.version) == (1, 2)
    assert not asked & set(late.trials.values_list("question", flat=True))
    assert {len(t.grid) for t in late.trials.filter(question__kind="word")} == {8}
    for person in (early, late):
        assert finish(person).completion_code
    assert [v.version for v in study.versions.all()] == [1, 2]
    assert len({v.sha256 for v in study.versions.all()}) == 2


def test_redrawn_distractors_have_every_other_image_to_draw_from():
    study = make_study(contents=1, words=4, distractors="redrawn")
    for question in study.questions.about_words():
        assert question.options.count() == 12
        assert question.options.filter(is_target=True).count() == 3
    grids = set()
    for person in (make_participant(study), make_participant(study)):
        trials = list(person.trials.filter(question__kind="word"))
        used = Counter()
        for trial in trials:
            options = Option.objects.filter(pk__in=trial.grid)
            assert len(trial.grid) == options.count() == 9
            assert options.filter(is_target=True).count() == 3
            used.update(options.filter(is_target=False).values_list("stylised", flat=True))
        assert set(used.values()) == {2}
        grids.add(tuple(sorted(tuple(sorted(trial.grid)) for trial in trials)))
    assert len(grids) == 2


def test_missing_images_are_counted_by_content():
    images = make_stimuli(contents=2, words=3)
    unmake(images[0], "failed")
    unmake(images[1], "queued")
    images[2].delete()
    says = (
        r"^stylised images by recipe test are missing: "
        r"content0 has 6 of 9 \(fusafusa 1 failed, 1 queued, 1 not begun\); "
        r"run manage\.py stylise --recipe test$"
    )
    with pytest.raises(ComposeError, match=says):
        make_study()
    told = (
        r"^スタイル変換画像が足りません。レシピ test：content0 は 9 枚中 6 枚"
        r"（fusafusa 失敗 1 枚, 待機中 1 枚, 未着手 1 枚）。"
        r"次を実行してください：manage\.py stylise --recipe test$"
    )
    with translation.override("ja"), pytest.raises(ComposeError, match=told):
        make_study()
    assert not Question.objects.exists()


def test_clusters_out_of_use_are_left_out():
    make_stimuli(contents=1, words=4)
    StyleCluster.objects.filter(clustering__word__reading="fusafusa", index=2).update(in_use=False)
    study = make_study(options=8)
    targets = study.questions.get(word__reading="fusafusa").options.filter(is_target=True)
    assert {o.stylised.cluster.index for o in targets} == {0, 1}


def test_a_word_without_clusters_is_named():
    make_stimuli(contents=1, words=3)
    StyleCluster.objects.filter(clustering__word__reading="zarazara").update(in_use=False)
    with pytest.raises(ComposeError, match="no style cluster in use for zarazara"):
        make_study(options=6)


def test_too_few_images_for_the_questions_say_so():
    with pytest.raises(DesignError, match="need 9 distractors from other words; there are 6"):
        make_study(options=12)


def test_nothing_and_twice_are_errors():
    images = make_stimuli(contents=1, words=2)
    given = {
        "slug": "s",
        "title": {},
        "recipes": [images[0].recipe],
        "words": [images[0].cluster.word],
    }
    with pytest.raises(ComposeError, match="at least one content image, got none"):
        compose(contents=[], **given)
    contents = [*ContentImage.objects.all(), *ContentImage.objects.all()]
    with pytest.raises(ComposeError, match="content image once, got more of content0"):
        compose(contents=contents, **given)
