"""The scripts that go with the answers: the notebook runs, and both use columns that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest

from analysis import frames
from analysis.exports import csvfile, scripts, tidy
from analysis.exports.columns import NAMES
from survey.models import Study
from tests.analysis import factories, recount


def write_answers(study, folder):
    rows = tidy.rows(study, frames.counted(study).trials())
    (folder / "answers.csv").write_bytes(b"".join(csvfile.pieces(rows)))


def run_notebook(study, folder, monkeypatch):
    """What the notebook's code leaves behind, cell after cell."""
    monkeypatch.chdir(folder)
    found: dict = {}
    for cell in json.loads(scripts.notebook(study))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), found)
    return found


def test_the_notebook_is_nbformat_4_5(study):
    found = json.loads(scripts.notebook(study))
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert {"kernelspec", "language_info"} <= set(found["metadata"])
    ids = [cell["id"] for cell in found["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", each) for each in ids)
    for cell in found["cells"]:
        common = {"id", "cell_type", "metadata", "source"}
        more = {"outputs", "execution_count"} if cell["cell_type"] == "code" else set()
        assert set(cell) == common | more
        assert all(isinstance(line, str) for line in cell["source"])
    assert found["cells"][0]["source"][0].startswith("# Textures (study)")


def test_the_notebook_computes_the_accuracies(study, tmp_path, monkeypatch, capsys):
    write_answers(study, tmp_path)
    found = run_notebook(study, tmp_path, monkeypatch)
    trials = recount.about_words(recount.counted(study))
    tally = recount.tally(trials, lambda trial: trial.question.word.reading)
    words = found["words"]
    assert {word: (row.correct, row.n) for word, row in words.iterrows()} == tally
    raw = {
        word: float(recount.p_greater(correct, [recount.chance(trials[0].question)] * n))
        for word, (correct, n) in tally.items()
    }
    for word, p in raw.items():
        assert words.loc[word, "p"] == pytest.approx(p)
        assert words.loc[word, "p_holm"] == pytest.approx(recount.holm(p, list(raw.values())))
    people = recount.tally(trials, lambda trial: trial.participant_id)
    low, high = recount.people_interval([correct / n for correct, n in people.values()])
    assert f"95 % interval {low:.3f} to {high:.3f}" in capsys.readouterr().out
    assert list(found["figure"].data[0].y) == list(words.index)


def test_unequal_chance_levels_are_poisson_binomial(study, tmp_path, monkeypatch):
    write_answers(study, tmp_path)
    p_greater = run_notebook(study, tmp_path, monkeypatch)["p_greater"]
    assert p_greater(1, pd.Series([0.5, 0.25])) == pytest.approx(1 - 0.5 * 0.75)
    assert p_greater(2, pd.Series([0.5, 0.25])) == pytest.approx(0.125)
    assert p_greater(0, pd.Series([0.5, 0.25])) == 1.0


@pytest.mark.parametrize("people", [0, 1])
def test_the_notebook_of_nobody_and_of_one_person(db, tmp_path, monkeypatch, capsys, people):
    study = factories.make_study(contents=1, words=2, options=6)
    factories.add_people(study, people)
    write_answers(study, tmp_path)
    found = run_notebook(study, tmp_path, monkeypatch)
    assert len(found["words"]) == (2 if people else 0)
    assert "at least two people" in capsys.readouterr().out


def test_pandas_reads_the_answers_as_they_are(study, tmp_path):
    write_answers(study, tmp_path)
    found = pd.read_csv(tmp_path / "answers.csv", keep_default_na=False)
    assert tuple(found.columns) == NAMES
    assert len(found) == len(recount.counted(study))


def test_the_scripts_use_columns_that_there_are(study):
    code = scripts.r_script(study)
    used = set(re.findall(r"(?:answers|catches|own)\$(\w+)", code)) - {"above"}
    assert used
    assert used <= set(NAMES)
    code = "".join(json.loads(scripts.notebook(study))["cells"][1]["source"])
    assert set(re.findall(r'"(\w+_\w+)"', code)) <= set(NAMES)


def test_brackets_of_the_r_script_close(study):
    code = re.sub(r'#.*|"[^"]*"', "", scripts.r_script(study))
    for opening, closing in ("()", "[]", "{}"):
        assert code.count(opening) == code.count(closing)


def test_a_title_cannot_become_code(db):
    study = Study.objects.create(slug="x", title={"en": 'A\n"title"\nquit()'})
    assert scripts.r_script(study).startswith('# A "title" quit() (x): ')
    first = json.loads(scripts.notebook(study))["cells"][0]
    assert first["source"][0] == '# A "title" quit() (x)\n'


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_the_r_script_runs(study, tmp_path):
    write_answers(study, tmp_path)
    (tmp_path / "analysis.R").write_text(scripts.r_script(study))
    done = subprocess.run(
        ["Rscript", "analysis.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if "there is no package called" in done.stderr:
        pytest.skip("lme4 or emmeans is not installed")
    assert done.returncode == 0, done.stderr
    assert "fusafusa" in done.stdout
