from datetime import UTC, datetime

import pytest
from django.urls import reverse

from survey.models import Study

pytestmark = pytest.mark.django_db


def test_the_front_page_lists_live_studies_and_all_of_them_to_staff(client, admin_client):
    Study.objects.create(slug="open", title={"en": "Open one", "ja": "公開中"}, status="live")
    Study.objects.create(slug="draft", title={"en": "Draft one"}, status="draft")
    shown = client.get("/").text
    assert "Open one" in shown
    assert "Draft one" not in shown
    assert "/results/" not in shown
    for_staff = admin_client.get("/").text
    assert "Draft one" in for_staff
    assert reverse("analysis:overview", args=["open"]) in for_staff


def test_staff_see_the_newest_study_first(admin_client):
    for slug, year in (("middle", 2025), ("newest", 2026), ("oldest", 2024)):
        Study.objects.create(slug=slug)
        Study.objects.filter(slug=slug).update(created_at=datetime(year, 1, 1, tzinfo=UTC))
    shown = admin_client.get("/").context["studies"]
    assert [study.slug for study in shown] == ["newest", "middle", "oldest"]


def test_the_front_page_in_japanese_and_without_studies(client):
    page = client.get("/", headers={"accept-language": "ja"}).text
    assert 'lang="ja"' in page
    assert "現在、参加できる調査はありません。" in page


def test_health(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_an_unknown_address_says_so_in_the_readers_language(client):
    response = client.get("/nowhere/", headers={"accept-language": "ja"})
    assert response.status_code == 404
    assert "ページが見つかりません" in response.text
