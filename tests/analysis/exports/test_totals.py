"""Stored answers, rows of the export and figures of the pages count the same."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analysis.exports.totals import stored_exported_shown
from generation.models import Word
from survey.models import Study, Trial
from tests.analysis import recount


def test_they_agree(crowd):
    found = stored_exported_shown(crowd)
    assert found.agree
    assert found.stored == len(recount.counted(crowd))


def test_answers_of_earlier_versions_do_not_count(study):
    Study.objects.filter(pk=study.pk).update(version=2, composition=2)
    found = stored_exported_shown(Study.objects.get(pk=study.pk))
    assert (found.stored, found.exported, found.shown) == (0, 0, 0)


def test_an_answer_to_another_studys_question_is_found(study):
    trial = recount.counted(study)[0]
    other = Study.objects.create(slug="other")
    question = other.questions.create(
        index=0, content=trial.question.content, word=Word.objects.first()
    )
    Trial.objects.filter(pk=trial.pk).update(question=question)
    found = stored_exported_shown(study)
    assert not found.agree
    n = found.stored
    assert str(found) == (
        f"study has {n} answers stored, {n} in its export, {n} on its pages; "
        "1 chose an image of another question"
    )
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, no_color=True)
    assert f"wrong  totals: {found}" in out.getvalue()


def test_the_doctor_counts_them(study):
    out = StringIO()
    call_command("doctor", stdout=out, no_color=True)
    n = len(recount.counted(study))
    assert f"totals: {n} counted answers of 1 studies, as exported and as shown" in out.getvalue()


def test_they_are_counted_by_few_queries(study, django_assert_num_queries):
    """Six of the nine read the answers as a first page would."""
    with django_assert_num_queries(9):
        stored_exported_shown(study)
