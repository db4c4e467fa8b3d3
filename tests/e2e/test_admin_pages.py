"""Every page of the admin, on a phone in the dark in Japanese, and wide and light in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver
from playwright.sync_api import Page

from survey.models import Study
from tests.e2e.walk import assert_no_sideways_scroll
from tests.texturestudy.test_who_sees_what import RULES, address_of, make_everything, walk

pytestmark = pytest.mark.e2e

# Not pages, but parts of one, files, and what only takes a form.
_PARTS = {
    "admin:jsi18n", "admin:check", "admin:under_way", "admin:jobs_job_progress",
    "admin:survey_study_being_made", "admin:generation_word_job",
    "admin:generation_word_style_map_job", "admin:generation_contentimage_crop",
    "admin:generation_contentimage_made", "admin:generation_contentimage_make",
    "admin:generation_contentimage_mask_proposal", "admin:generation_contentimage_propose_mask",
    "admin:generation_contentimage_stimuli", "admin:generation_contentimage_try_again",
    "admin:generation_webimage_similar", "admin:generation_webimage_thumbnail",
    "admin:generation_word_cluster", "admin:generation_word_exclude",
    "admin:survey_study_discard", "admin:survey_study_duplicate",
}  # fmt: skip
# Led on to another page of these, as no row is chosen.
_LED_ON = {"admin:survey_study_step", "admin:survey_participant_withdraw"}
# Of these pages, which Django makes alike for every model, one each; and one that is refused.
_ALIKE = ("_history", "_delete")
_ONE_EACH = {
    "admin:survey_study_history", "admin:auth_user_delete", "admin:generation_clustering_delete",
}  # fmt: skip
_REFUSED = "admin:jobs_job_add"
# Django's own markup, which neither a style sheet nor a block of its templates mends: a search
# whose label is a picture, with a text of help; the tooltips and the chooser of several rows; the
# empty corners of a table of inlines.
_DJANGO_S_OWN = [["#searchbar"], [".selector"], [".inline-group thead"]]
# The same on every page, so looked at once: on the front page, which lists what the sidebar does.
_FRONT = "/admin/"
_ON_EACH = [["#nav-sidebar"], ["#header"]]
_QUICK = {"resultTypes": ["violations"], "preload": False, "iframes": False}
# Django has no Japanese for it.
_DJANGO_S_ENGLISH = "#id_usable_password_helptext"
_SENTENCE = re.compile(r"[A-Za-z]{2,}(?: [a-z]{2,}){2,}")
_NAMES = {"SHA-256", "URL"}
_SHOWN = """(unread) => {
    for (const each of document.querySelectorAll(`[lang=en], ${unread}`)) each.remove();
    const names = [...document.querySelectorAll("thead th, label, legend, fieldset h2, summary")];
    return [document.body.innerText, names.map(each => each.innerText.trim())];
}"""


def addresses(study: Study) -> Iterator[str]:
    for name, keys in walk(get_resolver().url_patterns):
        is_one = name in _ONE_EACH or not name.endswith(_ALIKE)
        is_seen = RULES.get(name, "").endswith("P") and name not in _PARTS | _LED_ON and is_one
        if name.startswith("admin:") and (is_seen or name == _REFUSED):
            yield address_of(name, keys, study)
    people = study.participants.values_list("pk", flat=True)
    yield f"/admin/survey/participant/withdraw/?pk={people.first()}"


def sign_in(page: Page, url: str) -> None:
    client = Client()
    client.force_login(User.objects.get(username="owner"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}
    page.context.add_cookies([cookie])


def troubles(page: Page, address: str) -> list[str]:
    left_out = _DJANGO_S_OWN if address == _FRONT else [*_DJANGO_S_OWN, *_ON_EACH]
    found = Axe().run(page, {"exclude": left_out}, _QUICK).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


def english(page: Page) -> list[str]:
    """Sentences in English, and names of fields, columns and sections without Japanese."""
    text, names = page.evaluate(_SHOWN, _DJANGO_S_ENGLISH)
    bare = [each for each in names if re.fullmatch(r"[A-Za-z][a-z -]+:?", each)]
    return [*_SENTENCE.findall(text), *(each for each in bare if each not in _NAMES)]


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(390, "ja", "dark"), (1280, "en", "light")]
)
def test_every_page_of_the_admin(open_context, live_server, width, language, scheme):
    study = make_everything()
    page = open_context(width=width, language=language, color_scheme=scheme).new_page()
    wrong = {}
    for address in ["/admin/login/", *addresses(study)]:
        response = page.goto(address)
        assert response is not None
        assert response.status in (200, 403), address
        assert page.locator("html").get_attribute("lang") == language
        assert_no_sideways_scroll(page)
        if told := troubles(page, address) + (english(page) if language == "ja" else []):
            wrong[address] = told
        if address == "/admin/login/":
            sign_in(page, live_server.url)
    assert wrong == {}
