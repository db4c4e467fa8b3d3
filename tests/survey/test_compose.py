"""manage.py compose."""

import pytest
from django.core.management import CommandError, call_command

from survey.models import Study
from tests.factories import make_condition, make_stimuli
from tests.survey.studies import make_participant

pytestmark = pytest.mark.django_db


def test_before_any_stimulus_the_stage_before_is_named():
    with pytest.raises(CommandError, match="no recipe study; there are none yet: run stylise"):
        call_command("compose", "--study", "x", "--recipe", "study")


def test_compose_says_what_it_made(capsys):
    make_stimuli(contents=1, words=3)
    compose = ["compose", "--study", "textures", "--recipe", "test", "--title-en", "T"]
    call_command(*compose, "--live", "--count-bots")
    assert capsys.readouterr().out == "textures: 4 questions, live\n"
    make_condition("other")
    both = ["compose", "--study", "both", "--recipe", "test", "other"]
    call_command(*both)
    call_command("compose", "--study", "one-each", *both[3:], "--design", "between")
    assert capsys.readouterr().out == "both: 7 questions, draft\none-each: 8 questions, draft\n"
    call_command("compose", "--study", "again", "--recipe", "test", "--recipe", "other")
    assert capsys.readouterr().out == "again: 7 questions, draft\n"
    with pytest.raises(CommandError, match="no recipe nono; there are"):
        call_command(*both[:4], "nono")
    with pytest.raises(CommandError, match="no word xx; there are"):
        call_command(*compose, "--words", "xx")
    make_participant(Study.objects.get(slug="textures"))
    with pytest.raises(CommandError):
        call_command(*compose, "--options", "8")
