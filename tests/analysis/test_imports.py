"""Studies from elsewhere: taken in whole, or refused with the place of the fault."""

import hashlib
import json
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from analysis import tidy
from analysis.imports import PAPER
from analysis.models import ImportedStudy
from analysis.vote_files import Design, VotesError, read_csv, read_json
from analysis.votes import QuestionVotes, WordVotes, restored, stored, tally
from generation.models import Word
from survey.errors import ComposeError
from survey.models import Study

REFERENCE = Path(__file__).parent / "reference"
ANSWERS = REFERENCE / "answers-small.csv"
VOTES = {
    "participants": 4,
    "targets": 2,
    "options": 6,
    "contents": ["dog", "chair"],
    "votes": {"fusafusa": [[1, 2], [3, 0]]},
}
TABLE = """word,cluster,content,votes
fusafusa,0,dog,1
fusafusa,0,chair,2
fusafusa,1,dog,3
fusafusa,1,chair,0
"""


def votes_with(**changes):
    return json.dumps({k: v for k, v in (VOTES | changes).items() if v is not None})


@pytest.fixture
def write(tmp_path):
    def file(text, name="votes.json"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


def import_votes(*args, **options):
    out = StringIO()
    call_command("import_votes", *args, stdout=out, **options)
    return out.getvalue()


def stored_files():
    folder = Path(default_storage.location) / "imports"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# The files of votes


def test_a_table_of_votes_is_read_column_by_column():
    found = read_json(votes_with())
    (table,) = found.tables
    assert found.participants == 4
    assert table.clusters == (0, 1)
    assert table.rows == ((1, 2), (3, 0))
    assert table.questions == (
        QuestionVotes("dog", 2, 6, 4, (1, 3)),
        QuestionVotes("chair", 2, 6, 4, (2, 0)),
    )
    assert [question.correct for question in table.questions] == [4, 2]
    assert [question.others for question in table.questions] == [0, 2]
    assert table.questions[0].chance == Fraction(1, 3)


def test_a_csv_file_says_the_same_in_any_order_of_rows_and_columns():
    lines = TABLE.splitlines()
    design = Design(participants=4, targets=2, options=6)
    assert read_csv(TABLE, design).tables == read_json(votes_with()).tables
    turned = "\r\n".join(["votes,content,cluster,word"] + [
        ",".join(reversed(line.split(","))) for line in lines[:0:-1]
    ])  # fmt: skip
    (table,) = read_csv(turned, design).tables
    assert table.clusters == (0, 1)
    assert {question.content: question.votes for question in table.questions} == {
        "dog": (1, 3), "chair": (2, 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"participants": None}, "expected participants, .* got no participants"),
        ({"partcipants": 3}, "expected only .* got partcipants"),
        ({"participants": 0}, "participants: expected a whole number from 1 .* got 0"),
        ({"participants": True}, "participants: expected a whole number .* got true"),
        ({"participants": 4.5}, "got 4.5"),
        ({"options": 2}, "targets: expected a whole number from 1 to 1, got 2"),
        ({"contents": ["dog", "dog"]}, "contents: expected different names"),
        ({"contents": []}, "contents: expected different names, got \\[\\]"),
        ({"contents": "ab"}, 'contents: expected different names, got "ab"'),
        ({"contents": [0, 1]}, "contents: expected different names"),
        ({"votes": {}}, "votes: expected one word or more"),
        ({"votes": [[1]]}, "votes: expected an object, got \\[\\[1\\]\\]"),
        ({"votes": {"": [[1, 2], [3, 0]]}}, 'expected words, got ""'),
        ({"votes": {"fusafusa": [1, 2]}}, "word fusafusa: expected a list of rows"),
        ({"votes": {"fusafusa": [[1, 2]]}}, "fusafusa: expected 2 clusters, one a target, got 1"),
        ({"votes": {"fusafusa": [[1, 2], [3]]}}, "cluster 1: expected 2 votes.* got 1"),
        (
            {"votes": {"fusafusa": [[1, "2"], [3, 0]]}},
            'fusafusa, cluster 0, content chair: expected a whole number from 0 to 4, got "2"',
        ),
        ({"votes": {"fusafusa": [[1, -2], [3, 0]]}}, "content chair: .* got -2"),
        ({"votes": {"fusafusa": [[1, 2], [None, 0]]}}, "content dog: .* got null"),
        (
            {"votes": {"fusafusa": [[2, 2], [3, 0]]}},
            "word fusafusa, content dog: expected at most 4 votes, one a person, got 2 \\+ 3 = 5",
        ),
        ({"words": {"zarazara": {"text": "ざらざら"}}}, "words: expected only fusafusa"),
        ({"words": {"fusafusa": {"text": 3}}}, "words, fusafusa, text: expected text, got 3"),
        ({"title": {"fr": "Votes"}}, "title: expected only ja, en, got fr"),
        ({"title": 3}, "title: expected an object, got 3"),
        ({"source": {"citation": "a\x00b"}}, "source, citation: expected text"),
        ({"source": {"citation": "\ud800"}}, "source, citation: expected text"),
        ({"other_options": 2}, "other_options: expected a whole number from 3"),
    ],
)
def test_a_malformed_file_is_refused_with_the_place(changes, message):
    with pytest.raises(VotesError, match=message):
        read_json(votes_with(**changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"participants": 4,\n "targets" 2}', "row 2, column 12: expected JSON"),
        ('{"participants": 4, "participants": 5}', "participants: expected it once"),
        ("[1]", r"the file: expected an object, got \[1\]"),
        ('{"a": ' * 100_000, "the file: expected JSON"),
        ('{"participants": ' + "1" * 5000 + "}", "the file: expected JSON"),
        (votes_with(votes={"fusafusa": [[1, 2], [3, float("nan")]]}), "content chair: .* got NaN"),
    ],
)
def test_what_is_no_such_json_is_refused(text, message):
    with pytest.raises(VotesError, match=message):
        read_json(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("word,cluster,content,votes", "word,cluster,votes"), "row 1: expected the columns"),
        (("fusafusa,1,dog,3", "fusafusa,1,dog"), "row 4: expected 4 cells, got 3"),
        (("fusafusa,1,dog,3", "fusafusa,1,dog,three"), 'row 4, column votes: .* got "three"'),
        (("fusafusa,1,dog,3", "fusafusa,one,dog,3"), 'row 4, column cluster: .* got "one"'),
        (("fusafusa,1,dog,3", "fusafusa,1,dog,-3"), 'row 4, column votes: .* got "-3"'),
        (("fusafusa,1,dog,3", ",1,dog,3"), "row 4, column word: expected a name, got nothing"),
        (("fusafusa,1,dog,3", "fusafusa,0,dog,3"), "row 4: .* a second time, after row 2"),
        (("fusafusa,1,dog,3\n", ""), "got none for cluster 1, content dog"),
        (("fusafusa,1,dog,3", "fusafusa,1,dog,4"), r"content dog: .* got 1 \+ 4 = 5"),
        (("fusafusa,1,dog,3", 'fusafusa,1,"dog,3'), "row 5: expected CSV"),
        ((TABLE[26:], "\n"), "row 2: expected one row of votes or more"),
    ],
)
def test_a_malformed_table_is_refused_with_the_row(change, message):
    with pytest.raises(VotesError, match=message):
        read_csv(TABLE.replace(*change), Design(participants=4, targets=2, options=6))


names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5)


@st.composite
def tables(draw):
    clusters = draw(st.integers(1, 3))
    contents = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    words = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    votes = st.lists(st.integers(0, 5), min_size=clusters, max_size=clusters).map(tuple)
    return tuple(
        WordVotes(
            word,
            tuple(range(clusters)),
            tuple(QuestionVotes(c, clusters, clusters + 2, 20, draw(votes)) for c in contents),
        )
        for word in words
    )


@given(tables())
def test_what_is_stored_comes_back(made):
    assert restored(json.loads(json.dumps(stored(made)))) == made


@given(tables())
def test_json_and_csv_files_of_the_same_votes_are_the_same(made):
    contents = [question.content for question in made[0].questions]
    design = Design(20, made[0].questions[0].targets, made[0].questions[0].options)
    as_json = {
        "participants": design.participants,
        "targets": design.targets,
        "options": design.options,
        "contents": contents,
        "votes": {table.word: [list(row) for row in table.rows] for table in made},
    }
    lines = ["word,cluster,content,votes"] + [
        f"{table.word},{cluster},{content},{votes}"
        for table in made
        for cluster, row in zip(table.clusters, table.rows, strict=True)
        for content, votes in zip(contents, row, strict=True)
    ]
    assert read_json(json.dumps(as_json)).tables == made
    assert read_csv("\n".join(lines), design).tables == made


# The command


@pytest.mark.django_db
def test_the_papers_votes_are_the_slides():
    assert "paper: imported; 9 people, 3 words, 81 answers, chance 3/9" in import_votes(paper=True)
    study = ImportedStudy.objects.get()
    expected = json.loads((REFERENCE / "expected-votes.json").read_text())["votes"]
    assert study.kind == "votes"
    assert study.participants == 9
    assert study.other_options == 12
    assert "Matsuo" in study.citation
    assert study.sha256 == hashlib.sha256(PAPER.read_bytes()).hexdigest()
    assert {table.word: [list(row) for row in table.rows] for table in study.votes} == {
        word: entry["table_rows_cluster_cols_content"] for word, entry in expected.items()
    }
    assert [sum(q.correct for q in table.questions) for table in study.votes] == [15, 13, 18]


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing(write):
    path = write(votes_with(title="Votes"))
    assert "mine: imported" in import_votes(path, slug="mine")
    before = ImportedStudy.objects.values().get()
    assert "mine: there already, unchanged" in import_votes(path, slug="mine")
    assert ImportedStudy.objects.values().get() == before


@pytest.mark.django_db
def test_another_file_of_that_slug_needs_replace(write):
    import_votes(write(votes_with(title="Votes")), slug="mine")
    before = ImportedStudy.objects.values().get()
    other = write(votes_with(title="Votes", participants=5), "other.json")
    with pytest.raises(CommandError, match=r"mine is .* differs in participants, votes, sha256"):
        import_votes(other, slug="mine")
    assert ImportedStudy.objects.values().get() == before
    assert "mine: replaced; 5 people" in import_votes(other, slug="mine", replace=True)
    after = ImportedStudy.objects.get()
    assert (after.pk, after.participants) == (before["id"], 5)


@pytest.mark.django_db
def test_what_is_said_beside_a_file_counts_before_what_it_says(write):
    path = write(votes_with(title="Votes", source={"citation": "A", "url": "https://a.example"}))
    import_votes(path, slug="mine", title="Mine", title_ja="私の", citation="B", licence="CC0")
    study = ImportedStudy.objects.get()
    assert study.title == {"en": "Mine", "ja": "私の"}
    assert (study.citation, study.url, study.licence) == ("B", "https://a.example", "CC0")


@pytest.mark.django_db
def test_words_are_written_as_the_file_the_site_or_the_list_does(write):
    Word.objects.create(text="ズルズル", reading="zuruzuru", gloss="slippery")
    rows = [[1, 2], [3, 0]]
    asked = dict.fromkeys(["fusafusa", "zuruzuru", "zarazara", "くるくる"], rows)
    told = {"fusafusa": {"text": "フサフサ"}}
    import_votes(write(votes_with(title="Votes", votes=asked, words=told)), slug="mine")
    words = ImportedStudy.objects.get().words
    assert words["fusafusa"]["text"] == "フサフサ"
    assert words["zuruzuru"] == {"text": "ズルズル", "gloss": "slippery"}
    assert words["zarazara"]["text"] == "ざらざら"
    assert words["くるくる"] == {}


@pytest.mark.django_db
def test_a_csv_table_is_told_its_people_and_may_be_told_its_design(write):
    path = write("\ufeff" + TABLE, "votes.csv")
    with pytest.raises(CommandError, match="--participants"):
        import_votes(path, slug="mine", title="Votes")
    with pytest.raises(CommandError, match="expected 3 clusters, one a target, got 2"):
        import_votes(path, slug="mine", title="Votes", participants=4)
    said = import_votes(path, slug="mine", title="Votes", participants=4, targets=2)
    assert "4 people, 1 words, 8 answers, chance 2/9" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (votes_with(), {}, "expected a title"),
        (votes_with(title="V"), {"participants": 5}, "participants: expected 4 as in the file"),
        (votes_with(title="V"), {"options": 9}, "options: expected 6 as in the file, got 9"),
        (votes_with(title="V"), {"url": "javascript:alert(1)"}, "url: Enter a valid URL"),
        (votes_with(title="V"), {"slug": "no slug"}, "slug: "),
        (votes_with(title="V"), {"citation": "x" * 501}, "citation: "),
        ("a,b\n1,2\n", {"title": "V"}, "row 1: expected a JSON object, .* got a,b"),
        ("", {"title": "V"}, "row 1: expected .* got nothing"),
    ],
)
def test_what_is_refused_leaves_nothing(write, text, options, message):
    with pytest.raises(CommandError, match=message):
        import_votes(write(text), **({"slug": "mine"} | options))
    assert not ImportedStudy.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path):
    path = tmp_path / "votes.json"
    path.write_bytes(b'{"participants": "\xff"}')
    with pytest.raises(CommandError, match="byte 19: expected UTF-8"):
        import_votes(path, slug="mine")
    with pytest.raises(CommandError, match="No such file"):
        import_votes(tmp_path / "nothing.json", slug="mine")
    with pytest.raises(CommandError, match="expected a FILE or --paper"):
        import_votes(slug="mine")
    with pytest.raises(CommandError, match="expected --slug"):
        import_votes(path)


@pytest.mark.django_db
def test_imported_and_own_studies_have_different_slugs():
    own = Study.objects.create(slug="paper", title={"en": "Own"})
    with pytest.raises(CommandError, match="slug: Expected a slug that no study has; paper"):
        import_votes(paper=True)
    import_votes(paper=True, slug="old")
    with pytest.raises(ComposeError, match="old is an imported study"):
        Study.objects.create(slug="old")
    own.save()


# Single answers


@pytest.mark.django_db
def test_single_answers_are_kept_and_counted(django_capture_on_commit_callbacks):
    there = stored_files()
    said = import_votes(ANSWERS, slug="small", title="Small")
    assert "small: imported; 9 people, 23 words, 621 answers, chance 3/9" in said
    study = ImportedStudy.objects.get()
    assert Path(study.file.path).read_bytes() == ANSWERS.read_bytes()
    assert study.votes == tally(tidy.read(ANSWERS).answers)
    assert "unchanged" in import_votes(ANSWERS, slug="small")
    with django_capture_on_commit_callbacks(execute=True):
        study.delete()
    assert stored_files() == there


@pytest.mark.django_db
def test_votes_of_single_answers_add_up():
    import_votes(ANSWERS, slug="small", title="Small")
    study = ImportedStudy.objects.get()
    answers = tidy.read(ANSWERS).answers
    questions = [question for table in study.votes for question in table.questions]
    assert len(questions) == 69
    assert {question.answers for question in questions} == {9}
    assert sum(question.correct for question in questions) == int(answers.correct.sum())
    # By hand: the first rows of the file that ask fusafusa on content2.
    lines = [line.split(",", 3)[:3] + line.rsplit(",", 3)[1:3] for line in
             ANSWERS.read_text().splitlines()[1:]]  # fmt: skip
    chosen = [
        c
        for _p, w, content, v, c in lines
        if (w, content, v) == ("fusafusa", "content2", "fusafusa")
    ]
    (table,) = [table for table in study.votes if table.word == "fusafusa"]
    (question,) = [question for question in table.questions if question.content == "content2"]
    assert question.votes == tuple(chosen.count(str(cluster)) for cluster in table.clusters)


@pytest.mark.django_db
def test_refused_answers_leave_no_file(write):
    there = stored_files()
    lines = ANSWERS.read_text().splitlines()
    broken = write("\n".join([*lines[:3], lines[3].replace("p01", "")]), "broken.csv")
    with pytest.raises(CommandError, match="row 4, column participant"):
        import_votes(broken, slug="small", title="Small")
    with pytest.raises(CommandError, match="slug"):
        import_votes(ANSWERS, slug="not a slug", title="Small")
    assert stored_files() == there
    assert not ImportedStudy.objects.exists()


@pytest.mark.django_db
def test_replaced_answers_take_their_file_along(write, django_capture_on_commit_callbacks):
    there = stored_files()
    import_votes(ANSWERS, slug="small", title="Small")
    fewer = write("\n".join(ANSWERS.read_text().splitlines()[:70]), "fewer.csv")
    with pytest.raises(CommandError, match="differs in participants"):
        import_votes(fewer, slug="small")
    with django_capture_on_commit_callbacks(execute=True):
        import_votes(fewer, slug="small", replace=True)
    study = ImportedStudy.objects.get()
    assert study.title == {"en": "Small"}
    assert len(stored_files()) == len(there) + 1
    assert sum(q.answers for table in study.votes for q in table.questions) == 69
    with django_capture_on_commit_callbacks(execute=True):
        import_votes(paper=True, slug="small", replace=True)
    assert stored_files() == there
    assert not ImportedStudy.objects.get().file
