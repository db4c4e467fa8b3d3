"""The page of an imported study has the numbers of its report, to the last digit."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from analysis import formats, stats
from analysis.imported import report
from analysis.models import ImportedStudy
from analysis.stats.evalues import EValue
from survey.models import Study
from tests.analysis import factories
from tests.analysis.pages import Page

pytestmark = pytest.mark.django_db

REFERENCE = Path(__file__).parent / "reference"
EXPECTED = json.loads((REFERENCE / "expected-votes.json").read_text())["votes"]
WORDS = ["mofumofu", "fusafusa", "zarazara"]  # as they were recognised
EXACT = 1e-9


@pytest.fixture
def paper():
    call_command("import_votes", paper=True, verbosity=0)
    return ImportedStudy.objects.get(slug="paper")


@pytest.fixture
def visit(admin_client):
    def page(path="/results/paper/", language="en"):
        response = admin_client.get(path, headers={"accept-language": language})
        assert response.status_code == 200
        return Page(response.content.decode())

    return page


def test_every_statistic_of_the_papers_votes(paper):
    found = report(paper)
    assert [word.row.word.reading for word in found.words] == WORDS
    for word in found.words:
        expected = EXPECTED[word.row.word.reading]
        pooled, tests = expected["pooled"], expected["3of9"]
        estimate = word.row.estimate
        assert (estimate.correct, estimate.n) == (pooled["correct"], pooled["n"])
        interval = [estimate.interval.low, estimate.interval.high]
        assert interval == pytest.approx(pooled["wilson95"], abs=EXACT)
        assert estimate.chance == pytest.approx(tests["chance"], abs=EXACT)
        assert word.test.p_greater == pytest.approx(tests["p_greater"], abs=EXACT)
        assert word.row.p_value == pytest.approx(tests["p_greater_holm"], abs=EXACT)
        assert word.dprime == pytest.approx(tests["dprime_mofk"], abs=1e-8)
        assert word.evidence.value == pytest.approx(tests["e_value"], rel=1e-8)
        assert [[image.votes for image in row.images] for row in word.rows] == (
            expected["table_rows_cluster_cols_content"]
        )
        for column, question in zip(word.columns, expected["per_content"], strict=True):
            assert column.estimate.correct == question["correct"]
            interval = [column.estimate.interval.low, column.estimate.interval.high]
            assert interval == pytest.approx(question["wilson95"], abs=EXACT)
        own = expected["content_x_cluster_own"]
        if own is None:
            assert word.association == stats.NotEstimable(stats.Reason.TABLE_TOO_SMALL)
        else:
            assert word.association.is_exact
            p = own["fisher_freeman_halton_p"]
            assert word.association.p == pytest.approx(p, abs=EXACT)


def test_the_other_reading_has_its_own_tests(paper):
    other = report(paper).other_reading
    assert (other.options, other.chance) == (12, 0.25)
    for label, p in other.p_values:
        expected = EXPECTED[label.reading]["3of12"]["p_greater_holm"]
        assert p == pytest.approx(expected, abs=EXACT)


def test_the_page_shows_the_numbers_of_the_slides(paper, visit):
    page = visit()
    words, *votes, contents = page.tables
    assert [row[:7] for row in words[1:]] == [
        ["mofumofu もふもふ", "66.7%", "48–81%", "18 of 27", "33%", "< 0.001", "0.001"],
        ["fusafusa ふさふさ", "55.6%", "37–72%", "15 of 27", "33%", "0.014", "0.029"],
        ["zarazara ざらざら", "48.1%", "31–66%", "13 of 27", "33%", "0.079", "0.079"],
    ]
    assert [row[7:] for row in words[1:]] == [["0.84", "170"], ["0.56", "5.7"], ["0.38", "1.2"]]
    for table, word in zip(votes, WORDS, strict=True):
        rows = EXPECTED[word]["table_rows_cluster_cols_content"]
        shown = [[int(cell) for cell in row[1:]] for row in table[1:4]]
        assert shown == [[*row, sum(row)] for row in rows]
        others = [9 - sum(column) for column in zip(*rows, strict=True)]
        assert table[5][1:] == [str(count) for count in [*others, sum(others)]]
        assert table[6][1:] == ["9", "9", "9", "27"]
    assert "fusafusa ふさふさ 15/27 = 55.6%" in page.text
    assert contents[2][1] == "33% 12–65% 3 of 9, chance 33%"


def test_the_page_says_what_it_is(paper, visit):
    text = visit().text
    assert "Shin Matsuo and Keiji Yanai" in text
    assert "there are no images to show" in text
    assert "asked about 3 words on 3 photographs" in text
    assert "The source can also be read so that each question showed 12 images." in text
    assert "Then chance is 25% instead of 33%" in text
    assert "Do photographs differ in the chosen clusters? p = 0.40 (exact)" in text
    assert "not estimable: votes in two rows and two columns are needed" in text


def test_the_page_in_japanese(paper, visit):
    text = visit(language="ja").text
    assert "元の研究の投票結果" in text
    assert "fusafusa" not in text
    assert "画像はありません" in text


def test_a_cell_is_shaded_by_its_share(paper, admin_client):
    html = admin_client.get("/results/paper/").text
    # Five of nine chose that image.
    assert '<td class="cell" style="--share: 0.5556"><b>5</b></td>' in html


def test_single_answers_are_shown_as_votes_are(admin_client, visit):
    path = REFERENCE / "answers-small.csv"
    call_command("import_votes", path, slug="small", title="Small", verbosity=0)
    page = visit("/results/small/")
    expected = json.loads((REFERENCE / "expected-small.json").read_text())["all"]["overall"]
    assert len(page.tables[0]) == 24
    assert len(page.tables) == 25
    assert "Its answers were imported" in page.text
    assert f"{expected['correct']} of {expected['n']} answers about words" in page.text


def test_degenerate_votes_are_shown_without_made_up_numbers(admin_client, visit, tmp_path):
    path = tmp_path / "votes.json"
    votes = {"nobody": [[0], [0]], "everybody": [[1], [0]]}
    path.write_text(
        json.dumps(
            {"participants": 1, "targets": 2, "options": 3, "contents": ["<b>dog</b>"],
             "votes": votes, "title": "<script>alert(1)</script>"}
        )
    )  # fmt: skip
    call_command("import_votes", path, slug="odd", verbosity=0)
    page = visit("/results/odd/")
    assert "nan" not in page.text.lower()
    assert "inf" not in page.text.lower()
    assert [row[1] for row in page.tables[0][1:]] == ["100.0%", "0.0%"]
    assert "<script>alert(1)</script>" in page.text  # as text


def test_queries_of_the_page(paper, admin_client, django_assert_num_queries):
    admin_client.get("/results/paper/")
    with django_assert_num_queries(4):  # session, user, no such study, the imported one
        admin_client.get("/results/paper/")


def test_only_staff_see_it_and_only_reading_is_possible(paper, client, admin_client):
    assert client.get("/results/paper/").status_code == 302
    assert admin_client.post("/results/paper/").status_code == 405
    assert admin_client.get("/results/nothing/").status_code == 404


def test_an_own_study_keeps_its_address(paper, visit):
    factories.make_study(slug="own")
    assert "Do people see the textures?" in visit("/results/own/").text


def test_the_front_page_lists_imported_studies_to_staff(client, visit, paper):
    assert "Votes of the original study" not in client.get("/").text
    page = visit("/")
    assert "Votes of the original study" in page.text
    assert 'href="/results/paper/"' in page.html
    ImportedStudy.objects.all().delete()
    assert "manage.py import_votes --paper" in visit("/").text


def test_the_front_page_leads_into_a_study(client):
    Study.objects.create(slug="open", title={"en": "Open one"}, status="live")
    assert 'href="/s/open/"' in client.get("/").text


def test_the_admin_shows_and_removes_but_does_not_edit(paper, admin_client):
    address = f"/admin/analysis/importedstudy/{paper.pk}/"
    assert "/results/paper/" in admin_client.get("/admin/analysis/importedstudy/").text
    assert 'name="_save"' not in admin_client.get(f"{address}change/").text
    assert admin_client.get("/admin/analysis/importedstudy/add/").status_code == 403
    admin_client.post(f"{address}delete/", {"post": "yes"})
    assert not ImportedStudy.objects.exists()


@pytest.mark.parametrize(
    ("log", "shown"),
    [(0.0, "1"), (1.7385, "5.7"), (5.137, "170"), (-9.0, "< 0.01"), (14.0, "> 10⁶"),
     (5000.0, "> 10²¹⁷¹")],
)  # fmt: skip
def test_how_e_values_are_written(log, shown):
    assert formats.evidence(EValue(log)) == shown


def test_how_other_figures_are_written():
    assert formats.reported(15 / 27) == "55.6%"
    assert formats.decimals(-0.126) == "−0.13"
