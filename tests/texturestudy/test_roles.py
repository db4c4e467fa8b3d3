"""What the roles may do, and how accounts get them."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse

from audit.models import Entry
from survey.models import Study
from tests.accounts import make_account
from texturestudy.roles import Role, give_role, role_of, take_role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_a_role_replaces_the_one_before(role):
    user = make_account(Role.ADMIN)
    give_role(user=user, role=role)
    user = User.objects.get()
    assert role_of(user) is role
    assert user.groups.count() == (role != Role.OWNER)
    take_role(user=user)
    assert role_of(User.objects.get()) is None


def test_groups_of_other_purposes_stay():
    user = make_account(Role.ADMIN)
    user.groups.add(Group.objects.create(name="lab 2"))
    give_role(user=user, role=Role.RESEARCHER)
    assert sorted(user.groups.values_list("name", flat=True)) == ["lab 2", "researcher"]


def test_who_is_not_active_has_no_role():
    user = make_account(Role.OWNER)
    user.is_active = False
    assert role_of(user) is None


def test_a_researcher_may_look_at_what_studies_are_made_of_and_make_studies():
    user = make_account(Role.RESEARCHER)
    may = user.get_all_permissions()
    assert {"generation.view_webimage", "survey.add_study", "analysis.view_importedstudy"} <= may
    changing = {each for each in may if ".view_" not in each}
    assert {each.partition(".")[0] for each in changing} == {"survey"}
    assert not may & {"survey.every_study", "survey.delete_trial", "audit.view_entry"}


def test_an_admin_may_all_but_accounts():
    user = make_account(Role.ADMIN)
    may = user.get_all_permissions()
    assert {"survey.every_study", "generation.delete_contentimage", "audit.view_entry"} <= may
    assert not {each for each in may if each.startswith("auth.")}


def test_migrating_writes_the_roles_anew():
    group = Group.objects.get(name="researcher")
    before = set(group.permissions.values_list("pk", flat=True))
    extra = Group.objects.get(name="admin").permissions.get(codename="every_study")
    group.permissions.add(extra)
    call_command("migrate", verbosity=0)
    assert set(group.permissions.values_list("pk", flat=True)) == before


def test_an_owner_makes_accounts_by_role(client):
    client.force_login(make_account(Role.OWNER))
    password = "fusa-fusa-1234"
    data = {"username": "hanako", "password1": password, "password2": password,
            "usable_password": "true", "role": "researcher"}  # fmt: skip
    response = client.post(reverse("admin:auth_user_add"), data)
    assert response.status_code == 302, response.context["errors"]
    user = User.objects.get(username="hanako")
    assert role_of(user) is Role.RESEARCHER
    entry = Entry.objects.get(about="account hanako")
    assert (entry.by_name, entry.facts) == ("owner", {"role": "researcher"})


def change(client, user, **fields):
    data = {"username": user.username, "is_active": "on", "role": role_of(user) or ""} | fields
    return client.post(reverse("admin:auth_user_change", args=[user.pk]), data)


def test_an_owner_gives_and_takes_roles(client):
    client.force_login(make_account(Role.OWNER))
    user = make_account(Role.RESEARCHER)
    assert change(client, user, role="admin").status_code == 302
    assert role_of(User.objects.get(pk=user.pk)) is Role.ADMIN
    assert change(client, user, role="").status_code == 302
    assert not User.objects.get(pk=user.pk).is_staff
    assert Entry.objects.filter(about="account researcher").count() == 2


@pytest.mark.parametrize("fields", [{"role": "admin"}, {"is_active": ""}])
def test_the_last_owner_stays_one(client, fields):
    owner = make_account(Role.OWNER)
    client.force_login(owner)
    assert "the only owner" in change(client, owner, **fields).text
    other = make_account(Role.OWNER, "other")
    assert change(client, other, **fields).status_code == 302


def test_the_last_owner_is_not_removed(client):
    owner = make_account(Role.OWNER)
    client.force_login(owner)
    several = {"action": "delete_selected", "_selected_action": [owner.pk], "post": "yes"}
    for page, sent in (
        (reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"}),
        (reverse("admin:auth_user_changelist"), several),
    ):
        assert "the only owner" in client.get(page).text or "action" in sent
        assert client.post(page, sent).status_code in (200, 403)
        assert User.objects.filter(pk=owner.pk).exists()
    other = make_account(Role.OWNER, "other")
    page = reverse("admin:auth_user_delete", args=[other.pk])
    Study.objects.create(slug="textures").researchers.add(other)
    assert "relationship" not in client.get(page).text  # as Django calls rows that join tables
    assert client.post(page, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=other.pk).exists()


def test_a_page_for_somebody_else_says_so(client):
    client.force_login(make_account(Role.ADMIN))
    response = client.get(reverse("admin:auth_user_changelist"))
    assert response.status_code == 403
    assert "This account may not open this page" in response.text
    assert "An owner of this site can change" in response.text
