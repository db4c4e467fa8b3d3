from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from generation.models import (
    Clustering,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    Word,
)
from generation.nst.errors import RecipeError
from generation.services import contents, importing, manifest
from generation.services.contents import add_content
from generation.services.importing import ImportReport, import_stimuli
from generation.services.manifest import COLUMNS, ManifestError, read_manifest
from tests.generation.pictures import blank_png, encoded, noise
from tests.generation.rows import make_clusters, make_recipe

pytestmark = pytest.mark.django_db

GOOD = {
    "content": "coffee", "word": "fusafusa", "variant": "0", "method": "SDXL 1.0",
    "file": "a.png", "licence": "CC0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def content() -> ContentImage:
    return add_content(name="coffee", image=noise(1, 120, 80))


@pytest.fixture
def words() -> list[Word]:
    return [
        Word.objects.create(text="ふさふさ", reading="fusafusa"),
        Word.objects.create(text="ざらざら", reading="zarazara"),
    ]


@pytest.fixture
def folder(tmp_path, content, words) -> Path:
    """Pictures a to d of the content's shape, and no manifest yet."""
    path = tmp_path / "folder"
    path.mkdir()
    for number, name in enumerate("abcd"):
        (path / f"{name}.png").write_bytes(encoded(noise(10 + number, 60, 40)))
    return path


def write(folder: Path, *changes: dict[str, str]) -> None:
    """A manifest with a line as GOOD, but for its changes, for each of these."""
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows({**GOOD, **change} for change in changes)


def run(folder: Path, *changes: dict[str, str]) -> ImportReport:
    if changes:
        write(folder, *changes)
    return import_stimuli(folder=folder, lines=read_manifest(folder))


def faults(folder: Path, *changes: dict[str, str]) -> list[str]:
    """What a manifest is refused for; nothing may have been imported."""
    before = state()
    with pytest.raises(ManifestError) as caught:
        run(folder, *changes)
    assert state() == before
    assert str(caught.value) == "\n".join(caught.value.faults)
    return caught.value.faults


def state() -> tuple[object, ...]:
    models = (StylisedImage, Recipe, Clustering, StyleCluster)
    files = {path.name for path in Path(default_storage.location).rglob("*") if path.is_file()}
    return (*(list(model.objects.values()) for model in models), files)


def test_an_image_becomes_a_finished_stimulus_of_its_method(folder, content, words):
    assert run(folder, {}) == ImportReport(added=1)
    row = StylisedImage.objects.get()
    assert (row.state, row.content, row.licence) == ("done", content, "CC0")
    assert (row.width, row.height) == (60, 40)
    assert row.finished_at is not None
    with row.file.open() as file:
        data = file.read()
        assert Image.open(file).tobytes() == noise(10, 60, 40).tobytes()
    assert hashlib.sha256(data).hexdigest() == row.sha256
    assert row.file.name == f"stylised/{row.sha256[:2]}/{row.sha256}.png"
    recipe = row.recipe
    assert (recipe.name, recipe.parameters) == ("sdxl-10", {"method": "SDXL 1.0"})
    assert (recipe.imported, recipe.in_use) == (True, False)
    assert recipe.sha256 == hashlib.sha256(b'{"method":"SDXL 1.0"}').hexdigest()
    clustering = row.cluster.clustering
    assert (row.cluster.index, clustering.word) == (0, words[0])
    assert (clustering.descriptor, clustering.parameters) == ("imported", {"method": "SDXL 1.0"})


def test_variants_words_and_methods_are_kept_apart(folder):
    changes = (
        {"variant": "0"},
        {"variant": "1", "file": "b.png"},
        {"word": "ざらざら", "file": "c.png"},
        {"method": "painter", "file": "d.png"},
    )
    assert run(folder, *changes) == ImportReport(added=4)
    found = {
        (row.recipe.name, row.cluster.word.reading, row.cluster.index)
        for row in StylisedImage.objects.all()
    }
    assert found == {
        ("sdxl-10", "fusafusa", 0), ("sdxl-10", "fusafusa", 1), ("sdxl-10", "zarazara", 0),
        ("painter", "fusafusa", 0),
    }  # fmt: skip
    assert Clustering.objects.count() == 3
    assert Recipe.objects.count() == 2


def test_a_word_is_named_by_its_text_in_whatever_form(folder, words):
    composed = "ざらざら"
    decomposed = "さ\u3099らさ\u3099ら"
    assert composed != decomposed
    run(folder, {"word": decomposed})
    assert StylisedImage.objects.get().cluster.word == words[1]


def test_importing_again_changes_nothing(folder):
    changes = ({}, {"variant": "1", "file": "b.png"})
    run(folder, *changes)
    before = state()
    assert run(folder) == ImportReport(known=2)
    assert state() == before
    # The same pixels in another file are the same image.
    (folder / "a.bmp").write_bytes(encoded(noise(10, 60, 40), "BMP"))
    assert run(folder, {"file": "a.bmp"}) == ImportReport(known=1)
    assert state() == before


def test_more_lines_are_added_to_those_known(folder):
    run(folder, {})
    report = run(folder, {}, {"variant": "1", "file": "b.png"})
    assert report == ImportReport(added=1, known=1)
    assert Recipe.objects.count() == Clustering.objects.count() == 1


def test_a_licence_can_be_corrected(folder):
    run(folder, {"licence": ""})
    row = StylisedImage.objects.get()
    assert run(folder, {"licence": "CC BY 4.0"}) == ImportReport(relicensed=1)
    corrected = StylisedImage.objects.get()
    assert (corrected.licence, corrected.sha256) == ("CC BY 4.0", row.sha256)


def test_a_stored_file_that_was_lost_comes_back(folder):
    run(folder, {})
    row = StylisedImage.objects.get()
    Path(row.file.path).unlink()
    assert run(folder) == ImportReport(known=1)
    assert hashlib.sha256(Path(row.file.path).read_bytes()).hexdigest() == row.sha256


def test_another_image_in_the_place_of_an_old_one_is_refused(folder):
    run(folder, {}, {"variant": "1", "file": "b.png"})
    (fault,) = faults(folder, {}, {"variant": "1", "file": "c.png"}, {"variant": "2"})
    assert fault.startswith("line 3: expected the image that was imported before (SHA-256 ")
    assert "people may have seen that one" in fault


def test_another_image_that_came_in_between_is_refused_too(folder, monkeypatch):
    """Two imports at once: the second had looked before the first had stored its rows."""
    run(folder, {})
    monkeypatch.setattr(manifest, "_imported", dict)
    write(folder, {"variant": "5", "file": "b.png"}, {"file": "c.png"})
    with pytest.raises(ManifestError, match=r"^line 3: expected the image that was imported"):
        run(folder)
    assert StylisedImage.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"content": "tea"}, "content 'tea': expected the name of a content image"),
        ({"content": ""}, "content '': expected the name of a content image"),
        ({"word": "nono"}, "word 'nono': expected the text or the reading of a word"),
        ({"word": ""}, "word '': expected the text or the reading of a word"),
        *(
            ({"variant": text}, f"variant {text!r}: expected a whole number from 0 to 32767")
            for text in ("", "one", "1.0", "-1", "٣", "32768", "1e3")
        ),
        ({"method": ""}, "method '': expected 1 to 60 letters"),
        ({"method": "拡散モデル"}, "method '拡散モデル': expected 1 to 60 letters"),
        ({"method": "a" * 61}, "expected 1 to 60 letters"),
        ({"method": "Study"}, "the recipe 'study' is this engine's own"),
        ({"licence": "x" * 121}, "expected at most 120 characters, got 121"),
        ({"file": ""}, "file '': expected a file in "),
        ({"file": "nono.png"}, "file 'nono.png': expected a file in "),
        ({"file": "."}, "file '.': expected a file in "),
        ({"file": "x" * 5000}, "expected a"),
        ({"file": "a\0.png"}, "expected a file name, got one with a null character"),
        ({"file": "../secret.png"}, "file '../secret.png': expected a file inside "),
        ({"file": "/etc/passwd"}, "file '/etc/passwd': expected a file inside "),
        ({"file": "out.png"}, "file 'out.png': expected a file inside "),
        ({"file": "loop.png"}, "file 'loop.png': expected a"),
        ({"file": "manifest.csv"}, "file 'manifest.csv': expected an image ("),
        ({"file": "empty.png"}, "file 'empty.png': expected an image, got an empty file"),
        ({"file": "cut.png"}, "file 'cut.png': expected a whole image, got a damaged one"),
        ({"file": "bomb.png"}, "file 'bomb.png': expected at most 20 megapixels"),
        ({"file": "square.png"}, "expected the aspect ratio of coffee (120 x 80) within 3%, "
         "got 60 x 60"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_line(folder, tmp_path, change, message):
    (tmp_path / "secret.png").write_bytes(encoded(noise(9, 60, 40)))
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "empty.png").write_bytes(b"")
    (folder / "cut.png").write_bytes(encoded(noise(8, 60, 40))[:200])
    (folder / "bomb.png").write_bytes(blank_png(30_000, 30_000))
    (folder / "square.png").write_bytes(encoded(noise(7, 60, 60)))
    (fault,) = faults(folder, {"variant": "7"}, change)
    assert fault.startswith("line 3: ")
    assert message in fault


def test_every_fault_of_every_line_is_named_at_once(folder):
    found = faults(
        folder,
        {"content": "tea", "variant": "x"},
        {"variant": "1"},
        {"word": "nono", "file": "nono.png"},
        {"variant": "1", "file": "nono.png"},
    )
    assert [fault.split(":")[0] for fault in found] == [
        "line 2", "line 2", "line 4", "line 4", "line 5", "line 5",
    ]  # fmt: skip
    assert found[-1] == "line 5: content, word, variant and method are those of line 3"


def test_the_same_place_twice_is_a_fault_in_whatever_words(folder):
    (fault,) = faults(
        folder, {"variant": "1"}, {"word": "ふさふさ", "variant": "01", "file": "b.png"}
    )
    assert fault == "line 3: content, word, variant and method are those of line 2"


def test_a_line_is_counted_as_an_editor_counts_it(folder):
    header, cells = ",".join(COLUMNS), ",".join(GOOD.values())
    (folder / "manifest.csv").write_text(f"{header}\n\n,,,,,\n{cells}\n{cells},more\n{cells[:9]}\n")
    assert faults(folder) == [
        "line 5: expected 6 cells, got 7",
        "line 6: expected 6 cells, got 2",
    ]


@pytest.mark.parametrize(
    ("columns", "got"),
    [
        (COLUMNS[:-1], "got content, word, variant, method, file"),
        ((*COLUMNS, "seed"), "licence, seed"),
        ((*COLUMNS[:-1], "license"), "file, license"),
        ((*COLUMNS, "file"), "licence, file"),
        ((";".join(COLUMNS),), "got content;word"),
        ((), "got none"),
    ],
)
def test_other_columns_are_refused(folder, columns, got):
    (folder / "manifest.csv").write_text(",".join(columns) + "\n" + ",".join(GOOD.values()))
    (fault,) = faults(folder)
    expected = "line 1: expected the columns content, word, variant, method, file, licence, got"
    assert fault.startswith(expected)
    assert got in fault


def test_columns_in_any_order_and_a_byte_order_mark_are_fine(folder):
    columns = sorted(COLUMNS, reverse=True)
    lines = [",".join(columns), ",".join(f" {GOOD[name]} " for name in columns)]
    (folder / "manifest.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")
    assert run(folder) == ImportReport(added=1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x83\x65\x83\x58\x83\x67", "in UTF-8"),
        (b"", "expected the columns"),
        (",".join(COLUMNS).encode(), "expected lines below the header"),
        ((",".join(COLUMNS) + '\n"coffee,').encode(), "line 2: expected CSV"),
    ],
)
def test_a_manifest_that_is_no_table_is_refused(folder, data, message):
    (folder / "manifest.csv").write_bytes(data)
    (fault,) = faults(folder)
    assert message in fault


def test_without_a_manifest_nothing_is_imported(folder):
    (fault,) = faults(folder)
    assert fault == f"expected the file {folder / 'manifest.csv'}, there is none"


@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((120, 80), True),
        ((512, 344), True),  # 341 px would be exact; a generator makes multiples of 8
        ((103, 67), True),  # 1.537 to 1.5
        ((104, 67), False),  # 1.552
        ((103, 70), True),  # 1.471
        ((101, 70), False),  # 1.443
        ((80, 120), False),
    ],
)
def test_how_far_the_shape_may_be_from_the_content_s(folder, size, fits):
    (folder / "a.png").write_bytes(encoded(noise(3, *size)))
    if fits:
        assert run(folder, {}) == ImportReport(added=1)
    else:
        assert "expected the aspect ratio" in faults(folder, {})[0]


def test_an_image_larger_than_any_page_shows_is_made_smaller(folder, monkeypatch):
    monkeypatch.setattr(contents, "LONGER_SIDE", 100)
    (folder / "a.png").write_bytes(encoded(noise(3, 150, 101)))
    run(folder, {})
    row = StylisedImage.objects.get()
    assert (row.width, row.height) == (100, 67)
    with row.file.open() as file:
        assert Image.open(file).size == (100, 67)


def test_a_file_that_is_too_large_is_not_even_read(folder, monkeypatch):
    monkeypatch.setattr(manifest, "_MAX_BYTES", 1_000)
    (folder / "a.png").write_bytes(bytes(1_001))
    assert "expected at most" in faults(folder, {})[0]


def test_two_methods_cannot_share_a_name(folder):
    (fault,) = faults(folder, {}, {"method": "sdxl 1.0", "variant": "1"})
    assert fault.startswith("line 3: method 'sdxl 1.0': expected a name of its own")
    run(folder, {})
    (fault,) = faults(folder, {"method": "sdxl 1.0"})
    assert "the recipe 'sdxl-10' is that of the method 'SDXL 1.0'" in fault
    made = make_recipe()
    (fault,) = faults(folder, {"method": made.name})
    assert f"the recipe '{made.name}' is this engine's own" in fault


def test_a_name_of_two_words_is_refused(folder):
    Word.objects.create(text="fusafusa", reading="other")
    (fault,) = faults(folder, {})
    assert "expected one word, got ふさふさ (fusafusa) and fusafusa (other)" in fault


@pytest.mark.parametrize("where", ["store", "_recipe"])
def test_a_failure_in_the_middle_leaves_no_row(folder, monkeypatch, where):
    right: Callable[..., object] = getattr(importing, where)
    calls = []

    def second_fails(*args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return right(*args)

    monkeypatch.setattr(importing, where, second_fails)
    write(folder, {}, {"variant": "1", "file": "b.png"})
    with pytest.raises(OSError, match="No space left"):
        run(folder)
    for model in (StylisedImage, Recipe, Clustering, StyleCluster):
        assert not model.objects.exists()
    monkeypatch.undo()


def test_progress_counts_each_line_once(folder):
    write(folder, {}, {"variant": "1", "file": "b.png"})
    done: list[float] = []
    import_stimuli(folder=folder, lines=read_manifest(folder), progress=done.append)
    assert sum(done) == 2


@pytest.fixture
def own(folder) -> list[StyleCluster]:
    """Clusters of web images of the first word."""
    Word.objects.filter(reading="fusafusa").delete()
    return make_clusters(2)


def test_a_word_s_own_clusters_stay_in_use(folder, own):
    """Whatever was imported last: new stimuli are made of the word's web images."""
    run(folder, {}, {"variant": "1", "file": "b.png"}, {"word": "zarazara", "file": "c.png"})
    assert list(Clustering.objects.last_chosen()) == [own[0].clustering]
    assert list(StyleCluster.objects.in_use()) == own


def test_the_clusters_of_a_recipe_are_those_that_a_study_shows(folder, own):
    run(folder, {"word": "zarazara"}, {"word": "zarazara", "variant": "2", "file": "b.png"})
    shown = StyleCluster.objects.of_recipe(Recipe.objects.get())
    assert [(each.word.reading, each.index) for each in shown] == [("zarazara", 0), ("zarazara", 2)]
    assert list(StyleCluster.objects.of_recipe(make_recipe())) == own


def test_nothing_new_is_made_by_an_imported_recipe(folder):
    run(folder, {})
    made = make_recipe()
    imported = Recipe.objects.get(imported=True)
    # However it came to be in use.
    Recipe.objects.update(in_use=True)
    assert list(Recipe.objects.makeable()) == [made]
    assert list(Recipe.objects.in_use()) == [made]
    add_content(name="tea", image=noise(2))
    assert not StylisedImage.objects.filter(recipe=imported, content__name="tea").exists()
    with pytest.raises(RecipeError, match=r"got 'sdxl-10': its images were made elsewhere"):
        _ = imported.value
