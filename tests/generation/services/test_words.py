"""A file of words, and what it does to the database."""

from __future__ import annotations

import csv
import re

import pytest

from generation.models import Word
from generation.services.words import COLUMNS, DEFAULT, WordsError, export_words, read_words
from generation.services.words import save_words as save
from texturestudy import demo

HEADER = "word,reading,gloss,ja,en\n"
GOOD = "ふさふさ,fusafusa,hairy,ふさふさ 毛 | 毛,fluffy fur\n"


@pytest.fixture
def file(tmp_path):
    """Writes such a file: `file(text)`."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "words.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def faults(path):
    with pytest.raises(WordsError) as error:
        read_words(path)
    return error.value.faults


def test_the_default_list_has_23_words_with_phrases_in_both_languages():
    rows = read_words()
    assert len(rows) == 23
    assert {"ふさふさ", "ざらざら", "もふもふ"} <= {row.text for row in rows}
    assert {"fusafusa", "zarazara", "mofumofu"} <= {row.reading for row in rows}
    for row in rows:
        assert row.gloss
        assert set(row.phrases) == {"ja", "en"}
        assert all(len(found) >= 3 for found in row.phrases.values())
    with DEFAULT.open(encoding="utf-8", newline="") as opened:
        assert next(csv.reader(opened)) == list(COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_with_or_without_bom(file, encoding):
    (row,) = read_words(file(HEADER + GOOD + ",,,,\n", encoding))
    assert (row.number, row.text, row.reading, row.gloss) == (2, "ふさふさ", "fusafusa", "hairy")
    assert row.phrases == {"ja": ["ふさふさ 毛", "毛"], "en": ["fluffy fur"]}


def test_columns_in_any_order_and_in_further_languages(file):
    text = "zh,en,ja,gloss,reading,word\n毛茸茸, |fluffy||fur |,,,fusafusa,ふさふさ\n"
    (row,) = read_words(file(text))
    assert row.phrases == {"zh": ["毛茸茸"], "en": ["fluffy", "fur"], "ja": []}


def test_kana_of_two_characters_are_one(file):
    decomposed = "さ\N{COMBINING KATAKANA-HIRAGANA VOICED SOUND MARK}らざら"
    (row,) = read_words(file(f"{HEADER}{decomposed},zarazara,,,\n"))
    assert row.text == "ざらざら"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "row 1: expected the columns word, reading, gloss, ja, en once each.*got none"),
        ("word,reading,gloss,ja\n", "row 1: expected the columns .*got word, reading, gloss, ja$"),
        ("word,reading,gloss,ja,en,notes\n", "row 1: expected the columns .*got .*, notes$"),
        ("word,reading,gloss,ja,en,en\n", "row 1: expected the columns .*once each"),
        (HEADER, "expected rows below the header"),
        (HEADER + "ふさふさ,fusafusa\n", "row 2: expected 5 cells, got 2"),
        (HEADER + GOOD + ",zara,,,\n", "row 3: expected a word, got an empty cell"),
        (HEADER + "ふさふさ,,,,\n", "row 2: reading: expected Latin letters .*, got ''"),
        (HEADER + "ふさふさ,ふさふさ,,,\n", "row 2: reading: expected Latin .*, got 'ふさふさ'"),
        (HEADER + "ﾌｻﾌｻ,fusafusa,,,\n", "row 2: word: expected kana of full width.*got 'ﾌｻﾌｻ'"),
        (HEADER + "ふさfusa,fusafusa,,,\n", "row 2: word: expected kana .*got 'ふさfusa'"),
        (HEADER + "ふ" * 41 + ",fusafusa,,,\n", "row 2: text: .*at most 40 characters"),
        (HEADER + GOOD + "ふさふさ,fusa,,,\n", "row 3: expected each word once, .*in row 2"),
        (HEADER + GOOD + "ふさ,fusafusa,,,\n", "row 3: expected each reading once, .*in row 2"),
        (HEADER + '"ふさ', "as CSV"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused(file, text, says):
    (fault,) = faults(file(text))
    assert re.search(says, fault), fault


def test_all_faults_are_told_at_once(file):
    told = faults(file(HEADER + ",fusa,,,\nざらざら,ざら,,,\n"))
    assert [fault.split(":")[0] for fault in told] == ["row 2", "row 3"]


def test_another_encoding_and_no_file(file, tmp_path):
    assert "in UTF-8" in faults(file(HEADER + GOOD, "shift_jis"))[0]
    assert "expected the file" in faults(tmp_path / "nono.csv")[0]


@pytest.mark.django_db
def test_new_words_are_added_and_the_others_stay(file):
    Word.objects.create(text="ふさふさ", reading="fusafusa", phrases={"samples": ["fur"]})
    rows = read_words(file(HEADER + GOOD + "ざらざら,zarazara,rough,,rough wall\n"))
    report = save(rows=rows)
    assert (report.added, report.updated, report.left) == (["zarazara"], [], ["fusafusa"])
    assert report.differing == 1
    assert Word.objects.get(reading="zarazara").phrases == {"en": ["rough wall"]}
    assert Word.objects.get(reading="fusafusa").phrases == {"samples": ["fur"]}
    report = save(rows=rows, update=True)
    assert (report.added, report.updated, report.left) == ([], ["fusafusa"], ["zarazara"])
    updated = Word.objects.get(reading="fusafusa")
    assert updated.gloss == "hairy"
    assert updated.phrases == {
        "samples": ["fur"], "ja": ["ふさふさ 毛", "毛"], "en": ["fluffy fur"],
    }  # fmt: skip
    assert save(rows=rows, update=True).updated == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "reading", "says"),
    [
        ("ふさふさ", "fusa", "row 3: expected the reading 'fusa' that ふさふさ has"),
        (
            "フサフサ",
            "fusafusa",
            r"row 3: expected another reading, 'fusafusa' is that of フサフサ",
        ),
    ],
)
def test_a_word_that_the_database_has_otherwise_stores_nothing(file, text, reading, says):
    Word.objects.create(text=text, reading=reading)
    rows = read_words(file(HEADER + "ざらざら,zarazara,rough,,\n" + GOOD))
    with pytest.raises(WordsError, match=says):
        save(rows=rows, update=True)
    assert Word.objects.count() == 1


@pytest.mark.django_db
def test_what_was_exported_comes_back_the_same(tmp_path):
    save(rows=read_words())
    Word.objects.filter(reading="fusafusa").update(phrases={"samples": ["fur"], "zh": ["毛", "皮"]})
    before = list(Word.objects.order_by("reading").values("text", "reading", "gloss", "phrases"))
    path = tmp_path / "out" / "words.csv"
    assert export_words(path=path) == 23
    assert path.read_bytes().startswith(b"\xef\xbb\xbfword,reading,gloss,ja,en,samples,zh\n")
    Word.objects.all().delete()
    save(rows=read_words(path))
    again = list(Word.objects.order_by("reading").values("text", "reading", "gloss", "phrases"))
    assert again == before
    with pytest.raises(WordsError, match="expected a new file"):
        export_words(path=path)


@pytest.mark.django_db
def test_a_word_that_could_not_be_read_back_is_not_written(tmp_path):
    Word.objects.create(text="ふさfusa", reading="fusa", phrases={"en": ["a|b"], "english": ["c"]})
    with pytest.raises(WordsError) as error:
        export_words(path=tmp_path / "words.csv")
    told = "\n".join(error.value.faults)
    assert "expected kana" in told
    assert "expected phrases without '|', got 'a|b'" in told
    assert "expected the code of a language for its phrases, got 'english'" in told
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db
def test_the_demo_takes_its_words_from_the_list():
    hand_made = Word.objects.create(text="フサフサ", reading="fusafusa")
    demo.make_words()
    demo.make_words()
    hand_made.refresh_from_db()
    assert hand_made.phrases == {"samples": ["fur"]}
    assert set(Word.objects.values_list("reading", flat=True)) == set(demo.SKILLS)
    stars = Word.objects.get(text="きらきら")
    assert (stars.gloss, stars.phrases["samples"]) == ("glittering", ["stars"])
    assert set(stars.phrases) == {"ja", "en", "samples"}
