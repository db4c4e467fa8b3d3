"""The pages of the admin that have work of their own, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from generation.models import ContentImage, Word
from jobs.models import Job
from survey.models import Study
from tests import factories
from tests.e2e.test_admin_pages import sign_in
from tests.e2e.test_contents import SEVERAL, cup, drop
from tests.generation.pictures import encoded
from tests.texturestudy.test_who_sees_what import make_everything

pytestmark = pytest.mark.e2e

# What Tab should reach, in the order of the page; one of each group of radio buttons. Where the
# focus is may be drawn by the parent.
_BEGIN = """() => {
    const root = document.querySelector("dialog[open]") ?? document.body;
    const some = "a[href], button, input, select, textarea, summary, [tabindex]";
    const all = [...root.querySelectorAll(some)];
    const isShown = (each) => each.checkVisibility({ visibilityProperty: true });
    const isStop = (each) => each.tabIndex >= 0 && !each.disabled && isShown(each);
    const group = (each) => (each.type === "radio" ? each.name : each);
    const drawn = ({ outlineStyle, outline, boxShadow }) =>
        [outlineStyle === "none" ? "" : outline, boxShadow].join();
    const look = (each) =>
        [each, each.parentElement].map((one) => drawn(getComputedStyle(one))).join();
    root.tabIndex = -1;
    root.focus(); // Tab begins above, whatever had the focus
    const stops = new Map(all.filter(isStop).map((each) => [group(each), each]));
    const before = new Map(all.map((each) => [each, look(each)]));
    const name = (each) => each.outerHTML.slice(0, 120);
    window.walk = { root, group, look, name, keys: [...stops.keys()], before };
    return [...stops.values()].map(name);
}"""
# The number of the stop that has the focus, and what keeps it from being seen.
_STOP = """() => {
    const [now, { root, group, look, name, keys, before }] = [document.activeElement, window.walk];
    if (now === root || now === document.body) return null;
    const { x, y, width, height } = now.getBoundingClientRect();
    const at = (share) => document.elementFromPoint(x + share * width, y + height / 2);
    const isOf = (top) =>
        now.contains(top) || top.contains(now) || top.closest("label")?.control === now;
    const tops = [0.1, 0.5, 0.9].map(at).filter(Boolean);
    const wrong = [];
    if (look(now) === before.get(now)) wrong.push("without a mark");
    if (!tops.some(isOf)) wrong.push(`behind ${tops.length ? name(tops[0]) : "the edge"}`);
    return [keys.indexOf(group(now)), wrong.map((each) => `${name(now)}: ${each}`)];
}"""


def walk(page: Page, key: str = "Tab") -> list[str]:
    """What is wrong with the stops of Tab, from the first until it is back there."""
    names = page.evaluate(_BEGIN)
    seen: list[int] = []
    wrong: list[str] = []
    for _ in range(3 * len(names) + 20):  # a date is several stops
        page.keyboard.press(key)
        stop = page.evaluate(_STOP)
        if seen and (stop is None or stop[0] == seen[0] != seen[-1]):
            break
        if stop and stop[0] not in seen[-1:]:
            seen.append(stop[0])
            wrong += stop[1]
    else:
        wrong.append(f"Tab does not come back after {names[seen[-1]]}")
    found = [number for number in seen if number >= 0]  # a box that scrolls is a stop of its own
    expected = list(range(len(names)))
    if found != (expected if key == "Tab" else expected[::-1]):
        wrong += [f"not reached: {names[number]}" for number in expected if number not in found]
        wrong.append(f"stops in the order {found}")
    return wrong


def addresses(study: Study) -> Iterator[str]:
    content = ContentImage.objects.earliest("pk").pk
    yield "/admin/"
    yield SEVERAL
    yield reverse("admin:generation_contentimage_stimuli") + f"?content={content}"
    for name in ("change", "mask", "delete"):
        yield reverse(f"admin:generation_contentimage_{name}", args=[content])
    yield reverse("admin:generation_word_curate", args=[Word.objects.earliest("pk").pk])
    yield reverse("admin:jobs_job_changelist")
    yield reverse("admin:jobs_job_change", args=[Job.objects.earliest("pk").pk])
    yield reverse("admin:survey_study_changelist")
    yield reverse("admin:survey_study_add")
    for name in ("change", "version", "versions", "link"):
        yield reverse(f"admin:survey_study_{name}", args=[study.pk])
    yield reverse("admin:survey_participant_changelist")
    person = study.participants.earliest("pk")
    yield reverse("admin:survey_participant_withdraw") + f"?pk={person.pk}"
    yield reverse("admin:auth_user_changelist")
    yield reverse("admin:auth_user_add")
    account = User.objects.get(username="own")
    yield reverse("admin:auth_user_change", args=[account.pk])


@pytest.mark.parametrize(("width", "key"), [(390, "Tab"), (1280, "Shift+Tab")])
def test_everything_is_reached(open_context, live_server, width, key):
    study = make_everything()
    page = open_context(width=width).new_page()
    sign_in(page, live_server.url)
    # The sidebar is the same on every page; closed it is one stop.
    page.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
    wrong = {}
    for address in addresses(study):
        page.goto(address)
        if told := walk(page, key):
            wrong[address] = told
    assert wrong == {}


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Tab to it, then this key."""
    for _ in range(150):
        if target.evaluate("each => each === document.activeElement"):
            page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {target}")


def type_in(page: Page, target: Locator, text: str) -> None:
    press(page, target, "Control+a")
    page.keyboard.type(text)


def test_a_photograph_is_cut_and_marked(desk):
    page = desk()
    page.goto(SEVERAL)
    drop(page, {"cup.png": encoded(cup())})
    press(page, page.get_by_role("button", name="Cut…"))
    for key in ("-", "-", "Shift+ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".crop-said")).to_contain_text("72 px, 14 from the left, 5 from above")
    assert walk(page) == []
    press(page, page.get_by_role("button", name="Take it"))
    press(page, page.get_by_role("button", name="Add them all"))
    expect(page.get_by_role("link", name="Go on: objects and stimuli")).to_be_focused()
    page.keyboard.press("Enter")
    press(page, page.get_by_role("link", name="Mark the object cup"))
    said = page.locator(".mask-said")
    expect(said).to_contain_text("This is a proposal")
    press(page, page.get_by_role("radio", name="add"), "ArrowRight")
    press(page, page.locator(".mask-stage canvas"), "Space")
    expect(said).to_have_text(re.compile("^[0-9]+ % is object"))
    press(page, page.get_by_role("button", name="Store the mask"))
    expect(page.get_by_text("mask made by somebody")).to_be_visible()
    with Image.open(ContentImage.objects.get().mask.path) as mask:
        assert mask.getpixel((36, 36)) == 0  # taken out of the proposal, in the middle


def test_a_study_is_set_up(desk, live_server):
    factories.make_stimuli(contents=2, words=4)
    page = desk()
    page.goto("/admin/survey/study/")
    press(page, page.get_by_role("link", name="New study").last)
    type_in(page, page.locator("[name=title_1]"), "Textures")
    page.keyboard.press("Enter")
    press(page, page.locator("[name=words][value=fusafusa]"), "Space")
    press(page, page.locator("#setup .default"))
    type_in(page, page.locator("[name=options]"), "6")
    press(page, page.locator("#setup .default"))
    type_in(page, page.locator("[name=plan-people]"), "30")
    page.keyboard.press("Enter")
    press(page, page.locator("[name=_store][value=live]"))
    expect(page.locator("#link")).to_have_value(re.compile("/s/textures/$"))
    study = Study.objects.get()
    assert (study.status, study.questions.count()) == ("live", 8)
