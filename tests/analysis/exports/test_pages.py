"""The page of the data and its files: for whom, at which price, and in which condition."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import translation

from analysis.exports import stimuli
from generation.models import StylisedImage
from survey.models import Study, Trial
from tests.analysis import factories, recount
from tests.analysis.exports.conftest import table
from tests.analysis.pages import Page
from tests.survey.studies import finish, make_conditions, make_participant

pytestmark = pytest.mark.django_db

# Each with its queries; two of them are the session and the user.
FILES = {
    "data/": 11,
    "answers.csv": 13,
    "answers.parquet": 13,
    "codebook.csv": 4,
    "codebook.json": 4,
    "psych-ds.zip": 20,
    "stimuli.zip": 14,
    "analysis.R": 3,
    "analysis.ipynb": 3,
}


def address(file):
    return f"/results/study/{file}"


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("file", FILES)
def test_only_staff_may_read_and_nobody_may_write(client, admin_client, study, file):
    assert client.get(address(file)).headers["Location"].startswith("/admin/login/")
    assert admin_client.post(address(file)).status_code == 405
    assert admin_client.get(f"/results/nothing/{file}").status_code == 404


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("people", [2, 9])
def test_queries_do_not_grow(admin_client, django_assert_num_queries, file, people):
    factories.add_people(factories.make_study(), people)
    with django_assert_num_queries(FILES[file]):
        response = admin_client.get(address(file))
        assert response.status_code == 200
        assert body(response)


@pytest.mark.parametrize("file", [file for file in FILES if file != "data/"])
def test_files_are_downloads_with_the_studys_name(admin_client, study, file):
    response = admin_client.get(address(file))
    assert f'filename="study-{file}"' in response.headers["Content-Disposition"]
    body(response)


@pytest.mark.parametrize("file", FILES)
def test_an_empty_study(admin_client, file):
    Study.objects.create(slug="study", title={"en": "Nothing"})
    response = admin_client.get(address(file))
    assert response.status_code == 200
    assert body(response)


def test_the_csv_says_how_many_rows_make_it_whole(admin_client, study):
    response = admin_client.get(address("answers.csv"))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = table(body(response))
    assert len(rows) == int(response.headers["X-Rows"]) == len(recount.counted(study))


def test_files_are_of_the_condition_of_the_address(admin_client):
    study = make_conditions("other", slug="study")
    finish(make_participant(study))
    rows = table(body(admin_client.get(address("answers.csv"), {"condition": "other"})))
    assert {row["condition"] for row in rows} == {"other"}
    html = admin_client.get(address("data/"), {"condition": "other"}).content.decode()
    for file in ("answers.csv", "answers.parquet", "psych-ds.zip"):
        assert f'href="/results/study/{file}?condition=other"' in html
    assert admin_client.get(address("answers.csv"), {"condition": "none"}).status_code == 404


def test_the_page_counts_rows_and_links_every_file(admin_client, study):
    response = admin_client.get(address("data/"), headers={"accept-language": "en"})
    html = response.content.decode()
    n = len(recount.counted(study))
    assert f"{n} answers, one row each" in Page(html).text
    assert f'data-rows="{n}"' in html
    for file in FILES:
        assert file == "data/" or f'href="{address(file)}"' in html


@pytest.mark.parametrize("language", ["en", "ja"])
def test_both_languages(admin_client, study, language):
    response = admin_client.get(address("data/"), headers={"accept-language": language})
    html = response.content.decode()
    with translation.override(language):
        assert translation.gettext("The data to take away") in html
    assert ("データ" in html) == (language == "ja")


@pytest.mark.parametrize("file", ["answers.parquet", "psych-ds.zip"])
def test_a_file_that_would_be_wrong_is_an_error(admin_client, study, file):
    trial = recount.counted(study)[0]
    Trial.objects.filter(pk=trial.pk).update(grid=[])
    response = admin_client.get(address(file))
    assert response.status_code == 500
    assert f"answer {trial.pk}" in response.content.decode()
    japanese = admin_client.get(address(file), headers={"accept-language": "ja"})
    assert f"回答 {trial.pk} が、調査 study の版 " in japanese.content.decode()


def test_a_damaged_image_is_named(admin_client, study, restore_media):
    path = Path(StylisedImage.objects.first().file.path)
    path.write_bytes(b"something else")
    response = admin_client.get(address("stimuli.zip"))
    assert response.status_code == 500
    assert path.name in response.content.decode()
    assert "Content-Disposition" not in response.headers
    japanese = admin_client.get(address("stimuli.zip"), headers={"accept-language": "ja"})
    assert f"{path.name}）" in japanese.content.decode()


def test_the_codebook_has_the_studys_words(admin_client, study):
    found = json.loads(body(admin_client.get(address("codebook.json"))))
    assert found["study"] == "study"
    (word,) = (column for column in found["columns"] if column["name"] == "word")
    assert word["levels"]["fusafusa"]["ja"] == "ふさふさ"
    rows = table(body(admin_client.get(address("codebook.csv"))))
    assert [row["name"] for row in rows] == [column["name"] for column in found["columns"]]


def test_the_scripts_read_the_file_of_the_download(admin_client, study):
    name = admin_client.get(address("answers.csv")).headers["Content-Disposition"].split('"')[1]
    assert f'read.csv("{name}"' in admin_client.get(address("analysis.R")).content.decode()
    cells = json.loads(admin_client.get(address("analysis.ipynb")).content)["cells"]
    assert any(f'read_csv("{name}"' in "".join(cell["source"]) for cell in cells)


def test_a_failure_while_writing_leaves_no_file_open(admin_client, study, monkeypatch):
    def fail(*_args, **_more):
        raise OSError("no space left")

    monkeypatch.setattr(stimuli, "add", fail)
    with pytest.raises(OSError, match="no space left"):
        admin_client.get(address("stimuli.zip"))
