from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generation.models import Recipe, StyleCluster, StylisedImage, WebImage, Word
from generation.nst.recipe import PRESETS
from jobs.models import Job
from tests.generation.pictures import encoded, noise
from tests.generation.rows import TINY, make_clusters, make_contents, make_queue, make_recipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def words() -> list[Word]:
    return [
        Word.objects.create(text="ざらざら", reading="zarazara", phrases={"samples": ["gravel"]}),
        Word.objects.create(text="もふもふ", reading="mofumofu"),
    ]


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_from_words_to_stimuli(words, capsys):
    """Every stage in turn, and each again: nothing is made twice."""
    only = ("--words", "zarazara")
    collect = ("collect", "--provider", "samples", *only, "--limit", "4")
    assert run(*collect).startswith("4 kept, 0 known before, 0 near-duplicates marked, 0 not kept")
    assert run(*collect).startswith("0 kept, 4 known before")
    cluster = ("cluster", *only, "--k", "2")
    sizes = run(*cluster)
    assert sizes.startswith("ざらざら (zarazara): clusters of [")
    assert "silhouette" in sizes
    assert run(*cluster) == sizes
    assert StyleCluster.objects.count() == 2
    make_contents(1)
    tiny = Recipe.objects.create(name="tiny", parameters=TINY.to_json(), sha256=TINY.sha256)
    stylise = ("stylise", "--recipe", "tiny", "--batch-size", "2")
    assert run(*stylise) == "2 done\n"
    made = list(StylisedImage.objects.values())
    assert run(*stylise) == "2 done\n"
    assert list(StylisedImage.objects.values()) == made
    assert {row["recipe_id"] for row in made} == {tiny.pk}
    bars = capsys.readouterr().err
    for stage in ("collect", "describe", "cluster", "stylise on"):
        assert f"{stage}" in bars
    assert "\r" not in bars


def test_collecting_from_folders_of_words(words, tmp_path):
    for word in words:
        (tmp_path / word.reading).mkdir()
        (tmp_path / word.reading / "a.png").write_bytes(encoded(noise(word.pk)))
    (tmp_path / "mofumofu" / "b.jpg").write_bytes(b"<html>")
    said = run("collect", "--provider", "folder", "--root", str(tmp_path))
    assert said.startswith("2 kept, 0 known before, 0 near-duplicates marked, 1 not kept")
    assert said.endswith(
        "1 expected an image (JPEG, PNG, WEBP, GIF, BMP, TIFF), got an HTML page\n"
    )
    assert WebImage.objects.get(state="rejected").word == words[1]


def test_by_default_words_without_phrases_are_left_out(words):
    run("collect", "--provider", "samples", "--limit", "1")
    assert WebImage.objects.get(state="ok").word == words[0]
    assert {image.word for image in WebImage.objects.all()} == {words[0]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--provider", "samples", "--words", "nono"],
         r"expected words of \['mofumofu', 'zarazara'\], got \['nono'\]"),
        (["--provider", "samples", "--words", "mofumofu"],
         r"expected phrases for 'samples', there are none at \['mofumofu'\]"),
        (["--provider", "folder"], "expected the folder or file of the source 'folder'"),
        (["--provider", "folder", "--root", "nono"], "expected a folder of images, got 'nono'"),
        (["--provider", "samples", "--limit", "0"], "--limit: expected a whole number"),
        (["--provider", "samples", "--limit", "many"], "of at least 1, got 'many'"),
        (["--provider", "altavista"], "invalid choice: 'altavista'"),
        ([], "expected phrases for 'openverse', there are none at"),
        (["--study", "nono"], "expected a study with questions about words, got 'nono'"),
        (["--study", "nono", "--words", "zarazara"], "not allowed with argument"),
    ],
)  # fmt: skip
def test_collect_says_what_is_wrong(words, arguments, message):
    with pytest.raises(CommandError, match=message):
        run("collect", *arguments)
    assert not WebImage.objects.exists()


def test_collect_names_a_folder_that_is_missing(words, tmp_path):
    with pytest.raises(CommandError, match="expected a folder 'mofumofu'"):
        run("collect", "--provider", "folder", "--root", str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k", "0"], "--k: expected a whole number of at least 1, got '0'"),
        (["--words", "nono", "zarazara"], r"expected words of .*, got \['nono'\]"),
        (["--words", "mofumofu"], r"mofumofu\): expected at least 3 described images, got 0"),
    ],
)
def test_cluster_says_what_is_wrong(words, arguments, message):
    with pytest.raises(CommandError, match=message):
        run("cluster", *arguments)


def test_cluster_names_a_file_that_is_missing(words):
    run("collect", "--provider", "samples", "--limit", "1")
    WebImage.objects.update(file="web/nono.png")
    with pytest.raises(CommandError, match=r"No such file.*web/nono\.png"):
        run("cluster")


def test_a_demand_of_licences_goes_from_clusters_to_stimuli(words):
    make_contents(1)
    Recipe.objects.create(name="tiny", parameters=TINY.to_json(), sha256=TINY.sha256)
    only = ("--words", "zarazara")
    run("collect", "--provider", "samples", *only, "--limit", "4")
    run("cluster", *only, "--k", "2")
    strict = ("--licence", "derivatives")
    stylise = ("stylise", "--recipe", "tiny", "--no-wait", *strict)
    with pytest.raises(CommandError, match=r"run manage\.py cluster --licence derivatives"):
        run(*stylise)
    run("cluster", *only, "--k", "2", *strict)
    run("cluster", *only, "--k", "2")
    assert run(*stylise).endswith("\n2 queued\n")
    licences = StylisedImage.objects.values_list("cluster__clustering__licence", flat=True)
    assert list(licences) == ["derivatives"] * 2
    WebImage.objects.update(licence="")
    with pytest.raises(CommandError, match="got 0; licence 'known' left out 4 more"):
        run("cluster", *only, "--licence", "known")


def test_a_word_with_too_few_images_does_not_keep_the_others_from_being_clustered(words):
    run("collect", "--provider", "samples", "--limit", "2")
    with pytest.raises(CommandError, match=r"^もふもふ \(mofumofu\): expected at least 2"):
        run("cluster", "--k", "2")
    assert {cluster.word for cluster in StyleCluster.objects.all()} == {words[0]}


@pytest.mark.parametrize("command", ["cluster", "collect --provider samples"])
def test_without_words_the_way_on_is_said(command):
    with pytest.raises(CommandError, match=r"there are no words yet: add some .*manage\.py words"):
        run(*command.split())


def test_stylise_says_what_is_wrong():
    with pytest.raises(CommandError, match="there are no content images yet"):
        run("stylise")
    make_contents(1)
    with pytest.raises(CommandError, match="no style clusters in use yet: run collect and cluster"):
        run("stylise")
    make_clusters(1)
    make_recipe()
    for arguments, message in (
        (["--contents", "nono"], r"expected content images of \['content0'\], got \['nono'\]"),
        (["--recipe", "nono"], r"a recipe of \['tiny-.*', 'paper', .*'demo'\], got 'nono'"),
        (["--batch-size", "0"], "--batch-size: expected a whole number of at least 1"),
    ):
        with pytest.raises(CommandError, match=message):
            run("stylise", *arguments)
    assert not StylisedImage.objects.exists()


def test_stylise_refuses_a_device_that_is_not_there(settings):
    make_clusters(1)
    make_contents(1)
    settings.NST_DEVICE = "cuda:99"
    with pytest.raises(CommandError, match="got 'cuda:99'"):
        run("stylise", "--recipe", "demo")
    assert StylisedImage.objects.get().item.attempts == 0


def test_stylise_can_leave_it_to_the_worker():
    make_clusters(2)
    make_contents(2)
    said = run("stylise", "--recipe", "demo", "--contents", "content1", "--no-wait")
    job = Job.objects.get()
    assert said.splitlines() == [
        f"job {job.pk} is queued; follow it at /admin/jobs/job/{job.pk}/change/",
        "no worker is running: start one with manage.py worker",
        "2 queued",
    ]
    assert Recipe.objects.get().value == PRESETS["demo"]
    assert {row.content.name for row in StylisedImage.objects.all()} == {"content1"}


def test_stylise_ends_badly_where_images_failed_and_tries_them_again():
    row = make_queue(contents=2)[0]
    photograph = Path(row.content.file.path)
    data = photograph.read_bytes()
    photograph.unlink()
    with pytest.raises(CommandError, match="1 images failed; the admin lists their errors"):
        run("stylise", "--recipe", row.recipe.name)
    photograph.write_bytes(data)
    said = run("stylise", "--recipe", row.recipe.name)
    assert said == "2 done\n"
