"""Images that another generator made -> StylisedImage, all of a manifest or none."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from generation.models import Clustering, Recipe, StyleCluster, StylisedImage
from generation.services.manifest import Check, Line, ManifestError, Stimulus, changed
from generation.services.store import store


@dataclass
class ImportReport:
    """What became of the lines."""

    added: int = 0
    known: int = 0  # imported before, unchanged
    relicensed: int = 0  # imported before, now with another licence


def import_stimuli(
    *, folder: Path, lines: Sequence[Line], progress: Callable[[float], None] | None = None
) -> ImportReport:
    """Make each line's image a finished stimulus of the study, under a recipe of its method.

    An image is content x word x variant x method; a method's variants of a word are clusters
    without web images. Importing the same again changes nothing but a licence that was corrected.
    `progress` receives the lines' worth of work done since it was called last.

    Raises ManifestError, which names every line at fault, before anything is stored: also for
    another image than the one that was imported before, which people may have seen.
    """
    tell = progress or (lambda _: None)
    with tempfile.TemporaryDirectory(prefix="texturestudy-import-") as stash:
        stimuli = _check(folder, lines, Path(stash), tell)
        files = {}
        for stimulus in stimuli:
            name, digest = store("stylised", stimulus.picture.path.read_bytes(), ".png")
            files[digest] = name
            tell(0.5)
    return _save(stimuli, files)


def _check(
    folder: Path, lines: Sequence[Line], stash: Path, tell: Callable[[float], None]
) -> list[Stimulus]:
    check, faults, stimuli = Check(folder, stash), [], []
    for line in lines:
        try:
            stimuli.append(check.line(line))
        except ManifestError as error:
            faults += [f"line {line.number}: {fault}" for fault in error.faults]
        tell(0.5)
    if faults:
        raise ManifestError(faults)
    return stimuli


@transaction.atomic
def _save(stimuli: Sequence[Stimulus], files: Mapping[str, str]) -> ImportReport:
    report = ImportReport()
    for stimulus in stimuli:
        picture = stimulus.picture
        row, created = StylisedImage.objects.get_or_create(
            content=stimulus.content,
            cluster=_cluster(stimulus),
            recipe=_recipe(stimulus.method),
            defaults={
                "file": files[picture.sha256], "sha256": picture.sha256, "width": picture.width,
                "height": picture.height, "licence": stimulus.licence,
                "finished_at": timezone.now(),
            },
        )  # fmt: skip
        if row.sha256 != picture.sha256:  # somebody imported another one just now
            raise ManifestError([f"line {stimulus.line}: {changed(stimulus, row.sha256)}"])
        relicensed = row.licence != stimulus.licence
        if relicensed:
            row.licence = stimulus.licence
            row.save(update_fields=["licence"])
        report.added += created
        report.relicensed += relicensed
        report.known += not created and not relicensed
    return report


def _recipe(method: str) -> Recipe:
    parameters = {"method": method}
    return Recipe.objects.get_or_create(
        sha256=_sha256(parameters),
        defaults={
            "name": slugify(method), "parameters": parameters, "imported": True, "in_use": False,
        },
    )[0]  # fmt: skip


def _cluster(stimulus: Stimulus) -> StyleCluster:
    parameters = {"method": stimulus.method}
    clustering, _ = Clustering.objects.get_or_create(
        word=stimulus.word,
        fingerprint=_sha256([Clustering.IMPORTED, parameters]),
        defaults={"descriptor": Clustering.IMPORTED, "parameters": parameters},
    )
    return StyleCluster.objects.get_or_create(clustering=clustering, index=stimulus.variant)[0]


def _sha256(value: object) -> str:
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
