"""From "New study" through the steps to the link, by which somebody takes part."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from jobs.models import Item
from survey.models import Study, StudyDraft, Trial
from tests import factories
from tests.e2e import walk
from tests.survey.studies import make_participant, make_study

pytestmark = pytest.mark.e2e


@pytest.fixture
def stimuli(live_server):
    factories.make_stimuli(contents=2, words=4)
    factories.make_word("ぬめぬめ", "numenume", clusters=0)


def go_on(page):
    with page.expect_navigation():
        page.locator("#setup .default").click()


def assert_fits(page):
    found = Axe().run(page, context=".setup")
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    walk.assert_no_sideways_scroll(page)


def to_review(page, visit):
    page.goto("/admin/survey/study/add/")
    visit(page)
    go_on(page)  # nothing is typed yet
    expect(page.locator("#setup [role=alert]")).to_be_visible()
    visit(page)
    page.locator("[name=title_0]").fill("質感")
    page.locator("[name=title_1]").fill("Textures")
    expect(page.locator("[name=slug]")).to_have_value("textures")  # as the title suggests
    go_on(page)
    page.locator("[name=words][value=fusafusa]").uncheck()
    expect(page.locator("#figures dd strong").first).to_have_text("8")
    visit(page)
    go_on(page)
    page.locator("[name=options]").fill("6")
    page.locator("[name=options]").press("Tab")
    expect(page.locator("#figures dd strong").nth(1)).to_have_text("50%")
    visit(page)
    go_on(page)
    page.locator("[name=plan-people]").fill("30")
    visit(page)
    page.locator("[name=plan-people]").press("Enter")  # as Next does, not as the first button
    expect(page.locator("#preview img")).to_have_count(6)
    visit(page)


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_a_study_is_made_and_its_first_question_answered(
    desk, open_context, stimuli, width, language, scheme
):
    page = desk(width=width, language=language, color_scheme=scheme)
    to_review(page, assert_fits)
    page.locator("[name=_store][value=live]").click()
    address = page.locator("#link").input_value()
    assert address.endswith("/s/textures/")
    assert_fits(page)
    page.locator("[data-copy=link]").click()
    expect(page.locator("[data-copy=link] + [role=status]")).not_to_be_empty()
    assert Study.objects.get().plan.frozen_at
    participant = open_context(width=390, language="ja").new_page()
    walk.to_first_question(participant)
    walk.answer(participant, 0)
    walk.wait_until_stored(participant)
    assert Trial.objects.answered().count() == 1


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "light"), (1280, "en", "dark")]
)
def test_what_is_missing_is_made_while_the_page_is_open(desk, stimuli, width, language, scheme):
    image = factories.StylisedImage.objects.filter(content__name="content1").first()
    file = image.file.name
    factories.unmake(image, "queued")
    word = image.cluster.word.reading
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto("/admin/survey/study/add/")
    page.locator("[name=title_0]").fill("質感")
    page.locator("[name=title_1]").fill("Textures")
    go_on(page)
    cell = page.locator(f"tr:has([name=words][value={word}]) td").nth(1)
    expect(cell).to_have_text("2/3")
    moving = page.locator(".being-made")
    expect(moving).to_contain_text("0 / 1")
    assert_fits(page)
    page.locator(f"[name=words][value={word}]").uncheck()
    Item.objects.update(state="done")
    type(image).objects.filter(pk=image.pk).update(file=file, sha256="a" * 64)
    expect(moving.locator("progress")).to_have_count(0)
    moving.locator("[name=_show]").click()
    expect(cell).to_have_text("✓ 3")
    expect(page.locator(f"[name=words][value={word}]")).not_to_be_checked()
    expect(moving).to_have_count(0)


def test_what_was_typed_outlives_the_page(desk, stimuli):
    page = desk()
    page.goto("/admin/survey/study/add/")
    page.locator("[name=title_1]").fill("Textures")
    go_on(page)
    go_on(page)
    page.locator("[name=seed]").fill("12345")
    page.goto("/")
    walk.wait_for(page, lambda: "design" in StudyDraft.objects.get().answers)
    expect(page.get_by_role("button", name="New study")).to_be_visible()
    page.goto("/admin/survey/study/")
    page.get_by_role("link", name="Go on").click()
    page.locator("[name=_goto][value=design]").first.click()
    expect(page.locator("[name=seed]")).to_have_value("12345")


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "light"), (1280, "en", "dark")]
)
def test_a_live_study_gets_a_new_version(desk, live_server, width, language, scheme):
    study = make_study(words=4)
    make_participant(study)
    page = desk(width=width, language=language, color_scheme=scheme)
    page.goto(f"/admin/survey/study/{study.pk}/version/")
    assert_fits(page)
    page.locator("[value=questions]").click()
    go_on(page)
    page.locator("[name=words][value=fusafusa]").uncheck()
    go_on(page)
    go_on(page)
    go_on(page)
    expect(page.locator(".changes del").first).to_contain_text("ふさふさ")
    assert_fits(page)
    page.locator("[name=confirmed]").check()
    page.locator("[name=_store]").click()
    study.refresh_from_db()
    assert (study.version, study.questions.in_force().count()) == (2, 8)
    page.goto(f"/admin/survey/study/{study.pk}/versions/")
    expect(page.locator(".changes del").first).to_contain_text("ふさふさ")
    assert_fits(page)
