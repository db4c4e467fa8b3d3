"""The pages before and after the questions, as people and researchers meet them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from survey.models import Familiarity, Participant, Study, Withdrawal
from tests.e2e import walk
from tests.e2e.test_accessibility import assert_accessible
from tests.survey.services.test_integrity import always_fresh  # noqa: F401
from tests.survey.services.test_lifecycle import damage
from tests.survey.studies import client_of, finish, make_participant, make_study

pytestmark = pytest.mark.e2e

LOOKS = pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)


@pytest.fixture
def open_as(open_context, live_server):
    """The page of a participant in a browser of their own."""

    def open_page(participant: Participant, **options):
        context = open_context(**options)
        name, value = next(
            (name, morsel.value)
            for name, morsel in client_of(participant).cookies.items()
            if morsel.value
        )
        where = f"{live_server.url}/s/textures/"
        context.add_cookies([{"name": name, "value": value, "url": where}])
        return context.new_page()

    return open_page


def assert_fits(page):
    assert_accessible(page)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, a[role=button], select)")]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)
            .map(e => e.outerHTML)"""
    )
    assert small == []


@LOOKS
def test_from_the_last_question_to_the_recruiter(open_as, live_server, width, language, scheme):
    study = make_study(
        asks_familiarity=True,
        closing=["age", "vision", "native_language", "comment"],
        completion_url=f"{live_server.url}/healthz?cc={{code}}",
    )
    person = finish(make_participant(study, language=language))
    page = open_as(person, width=width, language=language, color_scheme=scheme)
    page.goto("/s/textures/done/")
    expect(page).to_have_url("/s/textures/familiarity/")
    assert_fits(page)
    for group in page.locator(".familiarity").all():
        group.locator("label").nth(2).click()
    walk.submit(page)
    assert_fits(page)
    page.get_by_role("combobox").first.select_option("30-39")
    page.get_by_role("textbox").fill("x" * 300)
    walk.submit(page)
    assert_fits(page)
    expect(page.locator("output")).to_have_text(person.completion_code)
    assert set(Familiarity.objects.values_list("level", flat=True)) == {2}
    assert Familiarity.objects.count() == 3
    person.refresh_from_db()
    assert person.about == {"age": "30-39", "comment": "x" * 300}
    page.locator("#survey-back").click()
    expect(page).to_have_url(f"/healthz?cc={person.completion_code}")


@LOOKS
def test_taking_the_data_back(open_as, open_context, live_server, width, language, scheme):
    person = finish(make_participant(make_study(), language=language))
    page = open_as(person, width=width, language=language, color_scheme=scheme)
    page.goto("/s/textures/done/")
    with page.expect_navigation():
        page.locator("a[href$='/withdraw/']").click()
    assert_fits(page)
    stranger = open_context(width=width, language=language, color_scheme=scheme).new_page()
    stranger.goto("/s/textures/withdraw/")
    stranger.get_by_role("textbox").fill("WRONG")
    walk.submit(stranger)
    assert_fits(stranger)
    expect(stranger.get_by_role("alert")).to_be_visible()
    stranger.get_by_role("textbox").fill(person.completion_code.lower())
    walk.submit(stranger)
    assert_fits(stranger)
    assert not Participant.objects.exists()
    assert Withdrawal.objects.count() == 1


@LOOKS
def test_who_cannot_go_on_reads_why(open_as, live_server, width, language, scheme):
    study = make_study(quota=1)
    person = make_participant(study, language=language)
    page = open_as(person, width=width, language=language, color_scheme=scheme)
    tomorrow = timezone.now() + timedelta(days=1)
    page.goto("/s/textures/question/")
    for change in ({"opens_at": tomorrow}, {"opens_at": None, "status": "closed"}):
        Study.objects.update(**change)
        page.goto("/s/textures/")
        assert_fits(page)
        page.goto("/s/textures/question/")
        assert_fits(page)
    Study.objects.update(status="live", returning="block")
    Participant.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    page.goto("/s/textures/question/")
    expect(page).to_have_url("/s/textures/")
    assert_fits(page)
    Study.objects.update(quota=0)
    page.get_by_role("button").last.click()
    assert_fits(page)


@LOOKS
def test_a_damaged_image_stops_its_question(
    open_as, live_server, restore_media, width, language, scheme
):
    study = make_study()
    person = make_participant(study, language=language)
    damage(person.trials.get(order=0).question.options.first().image.file.name)
    page = open_as(person, width=width, language=language, color_scheme=scheme)
    page.goto("/s/textures/question/")
    expect(page.locator("h1")).to_contain_text(
        {"ja": "今は表示できません", "en": "cannot be shown at the moment"}[language]
    )
    assert_fits(page)


@LOOKS
def test_a_researcher_previews_a_draft(desk, live_server, width, language, scheme):
    study = make_study(status="draft")
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto("/s/textures/preview/0/")
    for number in range(1, 9):
        expect(page.locator(".progress .figures")).to_have_text(f"{number}/8")
        walk.complete_grid(page)
        assert_accessible(page)
        page.locator(".cell").nth(3).click()
        if number < 8:
            walk.go_on(page)
    assert page.locator("a[rel=prev]").count() == 1
    assert not study.participants.exists()


def test_the_study_in_the_admin(desk, live_server, restore_media):
    study = make_study(contents=1, status="draft")
    page = desk(width=1280)
    page.goto(f"/admin/survey/study/{study.pk}/change/")
    file = study.questions.first().options.first().image.file.name
    with restore_media.open(file) as opened:
        data = opened.read()
    damage(file)
    page.select_option("#id_status", "live")
    page.locator("[name=_continue]").click()
    expect(page.locator(".errorlist")).to_contain_text("1 images are missing or changed")
    damage(file, data)
    page.select_option("#id_status", "live")
    page.locator("[name=_continue]").click()
    study.refresh_from_db()
    assert (study.status, study.version) == ("live", 1)
    page.fill("#id_contact", "lab@example.org")
    page.locator("[name=_continue]").click()
    study.refresh_from_db()
    assert (study.contact, study.version) == ("lab@example.org", 2)
    expect(page.locator("#versions-group")).to_contain_text(study.versions.last().sha256)
    page.select_option("#id_status", "draft")
    page.locator("[name=_continue]").click()
    expect(page.locator(".errorlist")).to_contain_text("can be closed, not drafted again")
    page.select_option("#id_status", "closed")
    page.locator("[name=_continue]").click()
    study.refresh_from_db()
    assert study.status == "closed"
