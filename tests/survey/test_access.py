"""Whose study it is."""

import pytest
from django.contrib.auth.models import AnonymousUser

from survey.models import Study
from survey.services.access import may_see, own
from tests.accounts import make_account
from texturestudy.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    Study.objects.create(slug="other")
    return Study.objects.create(slug="study")


def seen(user) -> list[str]:
    return sorted(Study.objects.of(user).values_list("slug", flat=True))


def test_a_researcher_sees_their_own(study):
    user = make_account(Role.RESEARCHER, of=study)
    assert seen(user) == ["study"]
    assert may_see(user, "study")
    assert not may_see(user, "other")
    own(study=study, user=user)  # twice is once
    assert seen(user) == ["study"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_admins_and_owners_see_all(study, role):
    user = make_account(role)
    assert seen(user) == ["other", "study"]
    assert may_see(user, "other")


def test_nobody_else_sees_any(study):
    left = make_account(Role.RESEARCHER, of=study)
    left.is_active = False
    former = make_account(None, of=study)
    for user in (AnonymousUser(), left, former):
        assert seen(user) == []
        assert not may_see(user, "study")
