"""manage.py report: a file or an error that says why, and a look that is logged."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analysis.imports import PAPER, Said, import_study
from analysis.report import files
from survey.models import Peek, Study

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path, capsys):
    def report(*arguments, slug="study"):
        path = tmp_path / "report.html"
        call_command("report", slug, "-o", str(path), *arguments)
        return path.read_text(encoding="utf-8"), capsys.readouterr()

    return report


def test_a_report(study, run):
    html, said = run("--language", "en")
    assert '<html lang="en">' in html
    assert "The mixed model" in html
    assert "answers about words of 11 people" in said.out
    assert "parts" in said.err
    assert "no p values" not in said.out


def test_in_japanese_unless_told_otherwise(study, run):
    assert '<html lang="ja">' in run("--no-mixed")[0]


def test_the_name_of_the_file(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call_command("report", "study", "--no-mixed")
    assert [path.name for path in tmp_path.iterdir()] == ["study-report.html"]


def test_filters(study, run):
    html, said = run("--language", "en", "--no-mixed", "--incomplete", "out", "--origin", "live")
    assert "answers about words of 9 people" in said.out
    assert "did not finish" in html
    assert "answers about words of 0 people" in run("--no-mixed", "--origin", "pilot")[1].out
    assert "answers about words of 0 people" in run("--no-mixed", "--answered-in", "en")[1].out


def test_a_look_is_logged(study, run, staff):
    Study.objects.update(status="live")
    html, said = run("--language", "en", "--no-mixed")
    assert "p (Holm)" not in html
    assert "no p values" in said.out
    assert Peek.objects.count() == 0
    html, said = run("--language", "en", "--no-mixed", "--peek", "matsuo")
    assert "p (Holm)" in html
    assert Peek.objects.get().user == staff


def test_nothing_is_logged_when_the_study_is_over(study, run, staff):
    assert "p (Holm)" in run("--language", "en", "--no-mixed", "--peek", "matsuo")[0]
    assert Peek.objects.count() == 0


def test_errors(study, tmp_path, django_user_model):
    Study.objects.update(status="live")
    django_user_model.objects.create_user("somebody")
    with pytest.raises(CommandError, match="no study nothing"):
        call_command("report", "nothing")
    for name in ("somebody", "nobody"):
        with pytest.raises(CommandError, match=f"no active member of staff is called {name}"):
            call_command("report", "study", "--peek", name, "-o", str(tmp_path / "r.html"))
    with pytest.raises(CommandError, match="condition: expected one of test, got other"):
        call_command("report", "study", "--condition", "other", "-o", str(tmp_path / "r.html"))
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("report", "study", "--flags", "sometimes")
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_is_an_error_before_any_look(study, staff, tmp_path):
    Study.objects.update(status="live")
    for path, reason in ((tmp_path, "folder"), (tmp_path / "no" / "r.html", "No such file")):
        with pytest.raises(CommandError, match=reason):
            call_command("report", "study", "--peek", "matsuo", "-o", str(path))
    assert Peek.objects.count() == 0


def test_an_imported_study_has_no_report():
    import_study(path=PAPER, slug="paper", said=Said(), replace=False)
    with pytest.raises(CommandError, match="was made elsewhere and imported"):
        call_command("report", "paper")


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    files.write_text(path, "before")
    path.chmod(0o640)

    def fail(*_):
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="no space"):
            files.write_text(path, "after")
    assert path.read_text() == "before"
    files.write_text(path, "after")
    assert path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_new_file_has_the_mode_of_new_files(tmp_path):
    files.write_text(tmp_path / "report.html", "text")
    Path(tmp_path / "other").write_text("text")
    modes = {each.stat().st_mode for each in tmp_path.iterdir()}
    assert len(modes) == 1
