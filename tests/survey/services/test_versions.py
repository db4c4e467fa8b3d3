import pytest

from generation.models import Word
from survey.models import StudyVersion
from survey.services.lifecycle import revise
from survey.services.versions import changes, met, met_now, under_way
from tests.survey.studies import finish, make_participant, make_study

pytestmark = pytest.mark.django_db


def between(study, before, after):
    rows = {v.version: v for v in StudyVersion.objects.filter(study=study)}
    return {c.name: (c.before, c.after) for c in changes(met(rows[before]), met(rows[after]))}


def test_texts_and_rules_that_changed():
    study = make_study(title={"en": "A"})
    make_participant(study)
    revise(study=study, values={"title": {"en": "B"}, "closing": ["age"], "quota": 9})
    assert between(study, 1, 2) == {"title": ({"en": "A"}, {"en": "B"}), "closing": ([], ["age"])}
    assert changes(met_now(study), met_now(study)) == []


def test_words_that_came_and_went():
    study = make_study(words=4)
    make_participant(study)
    Word.objects.filter(reading="zarazara").update(gloss="rough")
    make_study_of(["fusafusa", "gotsugotsu", "mofumofu"])
    found = between(study, 1, 2)
    assert [len(each) for each in found["words"]] == [4, 3]
    assert found["questions"] == (10, 8)
    gone, added = found["images"]
    assert gone == 6
    assert added == 0


def make_study_of(readings):
    from generation.models import ContentImage, Recipe
    from survey.services.compose import compose

    return compose(
        slug="textures", title={"ja": "質感の調査", "en": "Textures"}, new_version=True,
        contents=list(ContentImage.objects.all()), recipes=list(Recipe.objects.all()),
        words=list(Word.objects.filter(reading__in=readings)),
    )  # fmt: skip


def test_questions_that_nobody_was_asked_are_not_compared():
    study = make_study(words=4)
    make_study_of(["fusafusa", "gotsugotsu", "mofumofu"])
    assert met(StudyVersion.objects.get(study=study, version=1)).asked is None
    assert between(study, 1, 2) == {}


def test_who_goes_on():
    study = make_study()
    finish(make_participant(study))
    make_participant(study)
    make_participant(study, origin="preview")
    found = under_way(study)
    assert (found.started, found.complete, found.left, found.going_on) == (2, 1, 0, 1)
