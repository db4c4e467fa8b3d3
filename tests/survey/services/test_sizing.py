import pytest

from survey.services.sizing import size_of


def test_the_paper_s_study_has_72_questions_at_a_third():
    size = size_of(words=23, contents=3, conditions=1, is_within=True, clusters=3, options=9)
    assert (size.questions, size.catches, size.total) == (69, 3, 72)
    assert size.chance == pytest.approx(1 / 3)
    assert size.minutes == 12


def test_conditions_multiply_the_questions_within_people_only():
    sizes = {"words": 4, "contents": 2, "conditions": 3, "clusters": 3, "options": 9}
    assert size_of(**sizes, is_within=True).total == 26
    assert size_of(**sizes, is_within=False).total == 10
