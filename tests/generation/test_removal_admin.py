"""Removing rows in the admin: what studies use stays, and the page names them."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from generation.admin import removal
from generation.models import Clustering, ContentImage, Recipe, StylisedImage, Word
from generation.services.contents import keep_content
from generation.services.remove import ContentInUse
from survey.models import Study
from tests.generation.pictures import noise
from tests.generation.rows import make_contents, make_done
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


def page_of(row) -> str:
    return reverse(f"admin:generation_{row._meta.model_name}_delete", args=[row.pk])


def select(client, rows, **confirmed: str):
    model = rows[0]._meta.model_name
    fields = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    return client.post(f"/admin/generation/{model}/", {**fields, **confirmed}, follow=True)


@pytest.mark.parametrize("model", [ContentImage, Word, Recipe, Clustering, StylisedImage])
@pytest.mark.parametrize("status", ["live", "draft"])
def test_what_a_study_uses_stays(admin_client, model, status):
    make_study()
    Study.objects.update(status=status)
    row = model.objects.first()
    count = model.objects.count()
    text = admin_client.get(page_of(row)).text
    assert "stays, because something is built on it:" in text
    assert f"{row}: study textures ({status}), in " in text
    admin_client.post(page_of(row), {"post": "yes"})
    several = select(admin_client, [row])
    assert "Nothing of the selection is removed" in several.text
    assert f"study textures ({status})" in several.text
    select(admin_client, [row], post="yes")
    assert model.objects.count() == count


def test_what_goes_with_a_photograph_is_counted(admin_client):
    content = make_done(contents=1, clusters=2)[0].content
    text = admin_client.get(page_of(content)).text
    assert "<li>2 stimuli</li>" in text
    assert "<li>3 files in the storage</li>" in text
    response = admin_client.post(page_of(content), {"post": "yes"}, follow=True)
    assert "was deleted successfully" in response.text
    assert not ContentImage.objects.exists()
    assert not StylisedImage.objects.exists()


def test_several_go_together_or_not_at_all(admin_client):
    make_study()
    used = ContentImage.objects.get(name="content0")
    free = [keep_content(name=f"free{i}", image=noise(i))[0] for i in range(2)]
    text = select(admin_client, [used, *free], post="yes").text
    assert "Nothing of the selection is removed" in text
    assert ContentImage.objects.filter(name__startswith="free").count() == 2
    assert "Successfully deleted 2 content images." in select(admin_client, free, post="yes").text
    assert not ContentImage.objects.filter(name__startswith="free").exists()


def test_stimuli_take_the_right_to_remove_them(client, django_user_model, permission):
    content = make_done(contents=1)[0].content
    user = django_user_model.objects.create_user("taro", is_staff=True)
    client.force_login(user)
    assert client.get(page_of(content)).status_code == 403
    for name in ("view_contentimage", "delete_contentimage"):
        user.user_permissions.add(permission(name))
    assert "doesn't have permission" in client.get(page_of(content)).text.replace("&#x27;", "'")
    assert client.post(page_of(content), {"post": "yes"}).status_code == 403
    user.user_permissions.add(permission("delete_stylisedimage"))
    assert client.post(page_of(content), {"post": "yes"}).status_code == 302
    assert not ContentImage.objects.exists()


@pytest.mark.parametrize("several", [False, True])
def test_a_study_composed_since_the_page_was_shown_is_told_of(admin_client, monkeypatch, several):
    content = make_contents(1)[0]

    def late(contents):
        raise ContentInUse(content, ["study textures (draft), in 4 questions"])

    monkeypatch.setattr(removal, "remove_contents", late)
    if several:
        response = select(admin_client, [content], post="yes")
    else:
        response = admin_client.post(page_of(content), {"post": "yes"}, follow=True)
    told = "“content0” stays, because something is built on it: study textures (draft), in 4"
    assert told in response.text
    assert ContentImage.objects.get() == content
    assert not LogEntry.objects.exists()
