from __future__ import annotations

import csv
import hashlib
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

from generation.models import (
    Clustering,
    ContentImage,
    Recipe,
    StyleCluster,
    StylisedImage,
    WebImage,
    Word,
)
from generation.services import export
from generation.services.export import ExportError, ExportReport, export_dataset
from tests.generation.rows import make_done, make_queue, make_recipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def out(media, tmp_path) -> Path:
    return tmp_path / "out"


def run(out: Path, **only: object) -> ExportReport:
    return export_dataset(rows=StylisedImage.objects.filter(**only), folder=out)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Name -> bytes and time of writing of each file."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contents_of(folder: Path) -> dict[str, bytes]:
    return {name: data for name, (data, _) in everything(folder).items()}


def test_a_row_says_all_that_an_image_was_made_from(out):
    (row,) = make_done(contents=1)
    ContentImage.objects.update(name="coffee", credit="Rachel", licence="CC0")
    Word.objects.update(text="ふさふさ")
    Clustering.objects.update(fingerprint="0123456789abcdef")
    Recipe.objects.update(name="study")
    StylisedImage.objects.update(licence="CC BY 4.0")
    assert run(out) == ExportReport(written=1)
    content, recipe = ContentImage.objects.get(), Recipe.objects.get()
    assert table(out / "manifest.csv") == [
        {
            "file": "fusafusa/coffee-0.01234567-study.png",
            "content": "coffee",
            "content_sha256": content.sha256,
            "word": "ふさふさ",
            "reading": "fusafusa",
            "cluster": "0",
            "clustering": "0123456789abcdef",
            "clustering_id": str(row.cluster.clustering_id),
            "recipe": "study",
            "recipe_sha256": recipe.sha256,
            "seed": "0",
            "sha256": row.sha256,
            "width": "40",
            "height": "32",
            "licence": "CC BY 4.0",
            "content_credit": "Rachel",
            "content_licence": "CC0",
        }
    ]
    data = (out / "fusafusa/coffee-0.01234567-study.png").read_bytes()
    assert hashlib.sha256(data).hexdigest() == row.sha256
    assert json.loads((out / "recipes.json").read_text()) == [
        {
            "name": "study",
            "sha256": recipe.sha256,
            "imported": False,
            "parameters": recipe.parameters,
        }
    ]


def test_the_sources_are_the_web_images_of_the_exported_clusters(out):
    first, second = make_done(contents=1, clusters=2)
    WebImage.objects.filter(memberships__cluster=first.cluster).update(
        provider="openverse", query="毛", page_url="https://example.org/p", title='A "cat", asleep',
        creator="Hanako", licence="CC BY 4.0", licence_url="https://example.org/by",
    )  # fmt: skip
    run(out, cluster=first.cluster)
    image = WebImage.objects.get(memberships__cluster=first.cluster)
    (source,) = table(out / "sources.csv")
    assert source == {
        "reading": "fusafusa", "clustering": "fusafusa", "cluster": "0", "rank": "0",
        "weight": "1.0", "outlier": "False", "provider": "openverse", "query": "毛",
        "url": image.url, "page_url": "https://example.org/p",
        "title": 'A "cat", asleep', "creator": "Hanako", "licence": "CC BY 4.0",
        "licence_url": "https://example.org/by", "sha256": image.sha256,
    }  # fmt: skip
    run(out, cluster=second.cluster)
    assert [row["cluster"] for row in table(out / "sources.csv")] == ["1"]


def test_a_program_that_reads_folders_finds_one_per_word(out):
    rows = make_done(contents=2, clusters=2)
    run(out)
    assert [path.name for path in out.iterdir() if path.is_dir()] == ["fusafusa"]
    pictures = sorted((out / "fusafusa").iterdir())
    assert len(pictures) == len(rows)
    for path in pictures:
        with Image.open(path) as image:
            assert (image.format, image.size) == ("PNG", (40, 32))


def test_only_finished_images_of_the_choice_are_exported(out):
    rows = make_done(contents=3)
    StylisedImage.objects.filter(pk=rows[0].pk).update(file="", sha256="")
    run(out, content__in=[rows[0].content, rows[1].content])
    assert [row["content"] for row in table(out / "manifest.csv")] == ["content1"]


def test_exporting_again_writes_no_image_and_the_same_tables(out):
    make_done(contents=2, clusters=2)
    assert run(out) == ExportReport(written=4)
    before = everything(out)
    assert run(out) == ExportReport(kept=4)
    after = everything(out)
    assert {name: data for name, (data, _) in after.items()} == {
        name: data for name, (data, _) in before.items()
    }
    for name in after:
        if name.endswith(".png"):
            assert after[name] == before[name]


def test_an_export_that_was_stopped_continues_and_equals_a_whole_one(out, tmp_path):
    make_done(contents=4)

    class Stopped(BaseException):
        pass

    def stop_at_third(calls: list[int]) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Stopped

    calls: list[int] = []
    with pytest.raises(Stopped):
        export_dataset(
            rows=StylisedImage.objects.all(), folder=out, progress=lambda: stop_at_third(calls)
        )
    assert {path.suffix for path in out.rglob("*") if path.is_file()} == {".png"}  # no manifest
    # What a process leaves that was killed in the middle of a file.
    (out / "fusafusa" / ".writing-abc").write_bytes(b"half")
    (out / ".writing-def").write_bytes(b"half")
    assert run(out) == ExportReport(written=1, kept=3)
    run(tmp_path / "whole")
    assert contents_of(out) == contents_of(tmp_path / "whole")


def test_a_file_that_was_changed_in_the_data_set_is_written_again(out):
    make_done(contents=2)
    run(out)
    path = min(out.glob("fusafusa/*"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert run(out) == ExportReport(written=1, kept=1)
    assert path.read_bytes() == whole


def test_bad_stored_files_are_named_and_the_others_exported(out):
    missing, damaged, bare, whole = make_done(contents=4)
    Path(missing.file.path).unlink()
    path = Path(damaged.file.path)
    path.write_bytes(path.read_bytes()[:-1])
    StylisedImage.objects.filter(pk=bare.pk).update(file="")
    report = run(out)
    assert (report.written, report.failed, report.strays) == (1, 3, 0)
    assert [row["content"] for row in table(out / "manifest.csv")] == [whole.content.name]
    assert len(list(out.glob("*/*"))) == 1
    for reason, row, said in zip(
        report.failures,
        (missing, damaged, bare),
        ("No such file", f"expected '{damaged.file.name}' with the SHA-256", "stored file ''"),
        strict=True,
    ):
        assert reason.startswith(f"stylised image {row.pk} (fusafusa/{row.content.name}-0.")
        assert said in reason


def test_a_storage_that_is_away_does_not_fill_the_memory_with_names(out, media, monkeypatch):
    make_done(contents=3)
    monkeypatch.setattr(export, "_NAMED", 2)
    for path in media.rglob("stylised/*/*"):
        path.unlink()
    report = run(out)
    assert (report.failed, len(report.failures)) == (3, 2)
    assert table(out / "manifest.csv") == []


def test_images_of_an_earlier_choice_are_counted(out):
    rows = make_done(contents=3)
    run(out)
    (out / "notes.png").write_bytes(b"beside the words' folders")
    assert run(out, content=rows[0].content) == ExportReport(kept=1, strays=2)


def test_clusters_of_one_index_in_two_clusterings_are_two_files(out):
    (row,) = make_done(contents=1)
    word = Word.objects.get()
    other = Clustering.objects.create(word=word, descriptor="test", parameters={}, fingerprint="b")
    cluster = StyleCluster.objects.create(clustering=other, index=0)
    StylisedImage.objects.create(
        content=row.content, cluster=cluster, recipe=row.recipe,
        file=row.file.name, sha256=row.sha256, width=40, height=32,
    )  # fmt: skip
    assert run(out) == ExportReport(written=2)
    assert len({row["file"] for row in table(out / "manifest.csv")}) == 2


def test_names_that_only_case_tells_apart_are_refused_before_anything_is_written(out):
    first, second = make_done(contents=2)
    ContentImage.objects.filter(pk=first.content_id).update(name="Coffee")
    ContentImage.objects.filter(pk=second.content_id).update(name="coffee")
    with pytest.raises(ExportError, match=r"names of content .* got \['Coffee', 'coffee'\]"):
        run(out)
    assert not out.exists()
    assert run(out, content=first.content).written == 1


def test_without_finished_images_an_earlier_data_set_stays(out):
    make_done(contents=1)
    run(out)
    before = everything(out)
    StylisedImage.objects.update(file="", sha256="")
    with pytest.raises(ExportError, match="expected finished stylised images"):
        run(out)
    assert everything(out) == before


def test_a_full_disk_leaves_the_earlier_manifest(out, monkeypatch):
    make_done(contents=2)
    run(out, content__name="content0")
    before = (out / "manifest.csv").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run(out)
    assert (out / "manifest.csv").read_bytes() == before
    assert not list(out.rglob(".writing-*"))


def test_memory_does_not_grow_with_the_number_of_images(out, media, monkeypatch):
    """The rows, not the disk: every image is 'there already'."""
    monkeypatch.setattr(export, "_export", lambda *_: True)
    (row,) = make_queue(contents=1)
    recipe = make_recipe(seed=1)
    clustering = row.cluster.clustering

    def peak(count: int) -> int:
        StyleCluster.objects.bulk_create(
            StyleCluster(clustering=clustering, index=i)
            for i in range(StyleCluster.objects.count(), count)
        )
        StylisedImage.objects.all().delete()
        StylisedImage.objects.bulk_create(
            StylisedImage(content=row.content, cluster=cluster, recipe=recipe, sha256="a" * 64)
            for cluster in StyleCluster.objects.all()
        )
        run(out)  # what is loaded once
        tracemalloc.start()
        try:
            run(out)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    monkeypatch.setattr(export, "_ROWS_AT_ONCE", 50)
    few, many = peak(150), peak(1500)
    assert len(table(out / "manifest.csv")) == 1500
    assert many < 1.5 * few
