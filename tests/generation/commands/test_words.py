from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from generation.models import Word

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("words", *arguments, stdout=output)
    return output.getvalue()


def test_the_default_list_is_loaded_once():
    assert run() == ("23 added, 0 updated, 0 left as they are\nnext: manage.py collect\n")
    assert run().startswith("0 added, 0 updated, 23 left as they are\n")
    Word.objects.filter(reading="fusafusa").update(gloss="edited")
    assert "23 left as they are (1 differ from the file: --update takes" in run()
    assert run("--update").startswith("0 added, 1 updated, 22 left as they are\n")
    assert Word.objects.get(reading="fusafusa").gloss == "soft, long, thick hair"


def test_export_and_load(tmp_path):
    run()
    path = str(tmp_path / "words.csv")
    assert run("--export", path) == f"23 words written to {path}\n"
    Word.objects.all().delete()
    assert run(path).startswith("23 added")


def test_a_bad_file_stores_nothing(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text(
        "word,reading,gloss,ja,en\nふさふさ,fusafusa,,,\nざらざら,,,,\n", encoding="utf-8"
    )
    with pytest.raises(CommandError, match=r"nothing was stored:\nrow 3: reading: expected"):
        run(str(path))
    assert not Word.objects.exists()


def test_what_does_not_go_together(tmp_path):
    for more in (["--update"], ["words.csv"]):
        with pytest.raises(CommandError, match="expected --export alone"):
            run("--export", str(tmp_path / "x.csv"), *more)
    (tmp_path / "x.csv").touch()
    with pytest.raises(CommandError, match=r"nothing was written:\nexpected a new file"):
        run("--export", str(tmp_path / "x.csv"))
