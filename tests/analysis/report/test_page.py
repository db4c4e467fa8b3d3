"""The page: whole by itself, well formed, in both languages, for any state of a study."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from PIL import Image

from analysis.frames import Selection
from analysis.report import render, thumbs
from analysis.views import report as views
from generation.models import ContentImage, StylisedImage
from survey.models import Study
from survey.services.peeking import peek
from tests.analysis.factories import add_people, make_study
from tests.analysis.pages import Page
from tests.survey.studies import make_conditions

VOID = {"meta", "img", "br", "link", "input", "hr"}
ADDRESS = "/results/study/report.html"


class WellFormed(HTMLParser):
    """Every element that is opened is closed, in its order; ids are there once."""

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.addresses = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert len(given) == len(attrs), tag
        assert tag not in ("script", "iframe", "object", "base"), tag
        self.ids += [value for name, value in attrs if name == "id"]
        self.addresses += [given[name] for name in ("src", "href", "srcset") if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def assert_whole(html):
    """Nothing is asked for outside the page."""
    page = WellFormed(html)
    # Without an icon a browser asks the site for one.
    assert page.addresses.pop(0) == "data:,"
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert "@import" not in html
    assert "url(" not in html
    assert "<!doctype html>" in html[:20].lower()
    text = Page(html).text
    assert not re.search(r"\b(nan|inf|None)\b", text), text
    return page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_study_with_answers(study, report_of, language):
    with translation.override(language):
        html = render(report_of(study, with_mixed=True))
    page = assert_whole(html)
    assert f'<html lang="{language}">' in html
    # A thumbnail of every image and, for each word, of every photograph.
    assert len(page.addresses) == 36 + 4 * 3
    assert html.count('role="img"') == 2
    other = {"en": "ja", "ja": "en"}[language]
    assert f'<section id="methods-{other}" lang="{other}">' in html
    for text in ("片側の正確二項検定", "exact binomial one-sided"):
        assert text in html
    own = html.split('<section id="methods-')[0]
    assert ("正答率" in own) == (language == "ja")


@pytest.mark.parametrize("fields", [{}, {"status": "draft"}, {"counted_origins": ["bot"]}])
def test_a_study_without_answers(db, report_of, fields):
    report = report_of(make_study(**fields), with_mixed=True)
    html = render(report)
    assert_whole(html)
    assert "The accuracy is not estimable: no answers yet." in html
    assert "There are no counted answers yet." in html
    assert "<svg" not in html


def test_a_study_without_questions(db, report_of):
    html = render(report_of(Study.objects.create(slug="study"), with_mixed=True))
    assert_whole(html)
    assert "The study has no questions yet." in html


@pytest.mark.parametrize(("skill", "people"), [(1.0, 1), (1.0, 3), (0.0, 3), (0.5, 1)])
def test_degenerate_answers(db, report_of, skill, people):
    study = make_study(contents=1, words=2, catches=False, status="closed")
    add_people(study, people, skill=skill)
    html = render(report_of(study, with_mixed=True))
    assert_whole(html)
    assert "not estimable" in html.lower()


@pytest.mark.parametrize("design", ["within", "between"])
@pytest.mark.parametrize("distractors", ["fixed", "redrawn"])
def test_conditions_and_redrawn_distractors(db, report_of, design, distractors):
    study = make_conditions("other", design=design, distractors=distractors, slug="study")
    add_people(study, 5, skill=0.6)
    html = render(report_of(study))
    assert_whole(html)
    assert "Do the conditions differ?" in html
    assert "fusafusa ふさふさ – other" in html
    only = render(report_of(study, Selection(condition="other")))
    assert_whole(only)
    assert "Only one condition is counted." not in only  # no plan to depart from
    assert "answers to other conditions" in only


def test_filters_say_what_they_leave_out(study, report_of):
    report = report_of(study, Selection(keeps_incomplete=False))
    rows = Page(render(report)).tables
    assert ["did not finish", "2"] in [row[:2] for table in rows for row in table]
    assert report.results.accuracies.overall.people == 9


def test_p_values_only_where_they_may_be_seen(study, report_of, staff):
    Study.objects.update(status="live")
    study.refresh_from_db()

    def p_values(html):
        # The rules of carelessness have thresholds of p, and are no results.
        without_rules = re.sub(r'<section id="careless">.*?</section>', "", html, flags=re.DOTALL)
        return re.findall(
            r"p[\s\N{NO-BREAK SPACE}](?:&lt;|=)|&lt; 0\.\d{3}|Wald|Holm\)", without_rules
        )

    hidden = render(report_of(study, with_mixed=True))
    assert "this report has e-values" in hidden
    assert "p values of words" not in hidden
    assert p_values(hidden) == []
    peek(study=study, user=staff)
    shown = render(report_of(study, user=staff))
    assert len(p_values(shown)) > 10
    assert "p (Holm)" in shown
    assert "p values were looked at before the study is over" in shown
    assert "this report has e-values" not in shown


def test_a_lost_file_leaves_a_gap(study, report_of):
    lost = StylisedImage.objects.first()
    good = thumbs.of_stimuli([lost.pk])
    assert good[lost.pk].startswith("data:image/jpeg;base64,")
    StylisedImage.objects.filter(pk=lost.pk).update(file="nowhere.png")
    assert thumbs.of_stimuli([lost.pk]) == {lost.pk: ""}
    html = render(report_of(study))
    assert_whole(html)
    assert html.count("no file") == 1


def test_large_pictures_become_small(db):
    file = io.BytesIO()
    Image.new("RGBA", (1200, 800), (200, 30, 30, 128)).save(file, "PNG")
    name = default_storage.save("content/large.png", file)
    ContentImage.objects.create(name="large", sha256="0" * 64, file=name)
    address = thumbs.of_contents(["large"])["large"]
    data = io.BytesIO(base64.b64decode(address.split(",")[1]))
    with Image.open(data) as image:
        assert image.size == (128, 85)
    default_storage.delete(name)


def test_the_address(client, admin_client, study):
    assert client.get(ADDRESS).headers["Location"].startswith("/admin/login/")
    assert admin_client.post(ADDRESS).status_code == 405
    assert admin_client.get("/results/nothing/report.html").status_code == 404
    assert admin_client.get(f"{ADDRESS}?flags=sometimes").status_code == 404
    response = admin_client.get(f"{ADDRESS}?incomplete=out", headers={"accept-language": "ja"})
    assert response.headers["Content-Type"].startswith("text/html")
    assert 'filename="study-report-' in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]
    html = response.content.decode()
    assert_whole(html)
    assert "混合モデル" in html


def test_the_data_page_leads_to_it_with_its_filters(admin_client, study):
    html = admin_client.get("/results/study/data/?incomplete=out").content.decode()
    assert f'<a href="{ADDRESS}?incomplete=out">report.html</a>' in html


def test_many_answers_are_reported_without_the_mixed_model(admin_client, study, monkeypatch):
    monkeypatch.setattr(views, "QUICK_ANSWERS", 10)
    html = admin_client.get(ADDRESS, headers={"accept-language": "en"}).content.decode()
    assert_whole(html)
    assert "The command “manage.py report study” computes it." in html
    assert "Bates et al." not in html.split('id="references"')[0]


def test_queries_do_not_grow(admin_client, study):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(ADDRESS).status_code == 200
        return len(captured)

    queries()
    few = queries()
    add_people(study, 5, seed=9)
    queries()
    assert queries() == few <= 24


def test_texts_of_a_study_are_escaped(study, report_of):
    Study.objects.update(title={"en": "<b>Bold</b> & more"})
    study.refresh_from_db()
    html = render(report_of(study))
    assert_whole(html)
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; more" in html
    assert "<b>Bold" not in html
