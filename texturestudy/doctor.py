"""What `manage.py doctor` looks at: each check returns what it found, or raises Trouble."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import InvalidStorageError, default_storage
from django.db import DatabaseError, connection

from analysis.exports.totals import stored_exported_shown
from audit.errors import ChainError
from audit.services import verify
from generation.models import ContentImage, Recipe, StylisedImage
from generation.nst import NstError, load_vgg19
from generation.nst.devices import pick_device, pick_precision
from generation.segmenters import SegmenterError, load_segmenter
from jobs.engines import EngineError, find_engine
from jobs.management.migrated import advice, not_applied
from jobs.models import Item
from jobs.progress import Progress
from jobs.services.workers import living
from storage import StorageError, digest
from storage.files import store
from storage.strays import strays
from survey.models import Study
from survey.services.integrity import check_all
from survey.services.lifecycle import stimuli_of
from texturestudy.front import ROOM

# The folders of the storage whose files have rows, apart from those that can be made anew.
NAMED_BY_ROWS = ("content", "masks", "web", "stylised")
# The row of a file that was written later than this before may still come.
ON_ITS_WAY = timedelta(days=1)


class Trouble(Exception):  # noqa: N818
    """Something is wrong, and what to do about it."""


def database() -> str:
    try:
        waiting = not_applied()
    except DatabaseError as error:
        raise Trouble(f"no answer ({error}): check TEXTURESTUDY_DATABASE_URL") from error
    if waiting:
        raise Trouble(advice(waiting))
    return f"{connection.vendor}, migrated"


def data_folder() -> str:
    folder = settings.DATA_DIR
    if not os.access(folder, os.W_OK):
        raise Trouble(f"{folder} cannot be written: check its owner or TEXTURESTUDY_DATA_DIR")
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise Trouble(f"{folder} has {free >> 20} MB left: make room for at least 1024 MB")
    return f"{folder}, {free >> 30} GB free"


def storage() -> str:
    """A file can be written to it, read back as it was, and removed."""
    where, name, data = store(), f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(1 << 16)
    try:
        where.put(name, data)
        try:
            found = digest(name)
        finally:
            default_storage.delete(name)
    except (StorageError, InvalidStorageError) as error:
        raise Trouble(f"{error}: check TEXTURESTUDY_STORAGE_URL") from error
    if found != hashlib.sha256(data).hexdigest():
        raise Trouble(f"{where.describe()} gives back something else than was written to it")
    return f"{where.describe()}, written and read back"


def device() -> str:
    try:
        found = pick_device(settings.NST_DEVICE)
    except NstError as error:
        raise Trouble(f"{error}: check TEXTURESTUDY_DEVICE") from error
    return f"{found}, {str(pick_precision('auto', found)).removeprefix('torch.')}"


def weights() -> str:
    """Those that describe images, and those of the recipes in use."""
    found = [_network(settings.NST_BACKBONE, "", "TEXTURESTUDY_BACKBONE")]
    for row in Recipe.objects.in_use():
        try:
            recipe = row.value
        except NstError as error:
            raise Trouble(f"recipe {row}: {error}") from error
        found.append(_network(recipe.backbone, recipe.weights, f"recipe {row}"))
    return ", ".join(dict.fromkeys(found))


def _network(backbone: str, digest: str, asked_by: str) -> str:
    """What the backbone is. Loads it, and for vgg19-torchvision downloads it where it is not."""
    file = settings.NST_BACKBONE_FILE
    try:
        network = load_vgg19(backbone, path=file, sha256=digest or None)
    except NstError as error:
        hint = ", TEXTURESTUDY_VGG19_FILE" if backbone == "vgg19-caffe" else ""
        raise Trouble(f"{error}: check {asked_by}{hint}") from error
    return f"{backbone} {network.sha256[:8]}{' with fc6' if network.has_fc6 else ''}"


def engine() -> str:
    name = settings.JOBS_ENGINE
    try:
        return f"{name}, {find_engine(name).examine()}"
    except (ImportError, EngineError) as error:
        raise Trouble(f"{name}: {error}") from error


def workers() -> str:
    """Somebody is there to do what is queued."""
    found, waiting = living(), Item.objects.filter(state="queued").count()
    if waiting and not found:
        raise Trouble(f"none is running, and {waiting} items wait: start manage.py worker")
    told = ", ".join(f"{each} ({each.engine}, {each.slots} at a time)" for each in found)
    return told or "none is running, and nothing waits; manage.py worker starts one"


def segmenter() -> str:
    try:
        load_segmenter()
    except SegmenterError as error:
        raise Trouble(str(error)) from error
    return str(settings.FOREGROUND_SEGMENTER)


def stimuli() -> str:
    counts = StylisedImage.objects.counts()
    shown = ", ".join(f"{n} {state}" for state, n in counts.items())
    if counts["failed"]:
        raise Trouble(f"{shown}: the admin's list of stylised images has the errors")
    return shown


def files() -> str:
    """Every stored picture is there and is still what its hash says."""
    rows = [
        *ContentImage.objects.values_list("file", "sha256"),
        *ContentImage.objects.exclude(mask="").values_list("mask", "mask_sha256"),
        *StylisedImage.objects.done().values_list("file", "sha256"),
    ]
    with Progress("files", len(rows), "files") as bar:
        wrong = []
        for name, sha256 in rows:
            if digest(name) != sha256:
                wrong.append(name)
            bar.add()
    if wrong:
        raise Trouble(f"{len(wrong)} missing or changed, as {wrong[0]}: restore them from a backup")
    return f"{len(rows)} pictures as stored"


def stray_files() -> str:
    """What killed processes left behind; nothing is wrong with it but the room that it takes."""
    found = sum(1 for folder in NAMED_BY_ROWS for _ in strays(folder, older_than=ON_ITS_WAY))
    if found:
        return f"{found} that no row names: manage.py remove_strays removes them"
    return "none"


def studies() -> str:
    """Every image of the live studies is the one that was pinned when they went live."""
    live = list(Study.objects.live())
    wrong = [file for study in live for file in check_all(study=study, stimuli=stimuli_of(study))]
    if wrong:
        raise Trouble(
            f"{len(wrong)} images of live studies are missing or changed, as {wrong[0]}: "
            "their questions are not shown; restore them from a backup"
        )
    return f"{len(live)} live, with their images as pinned"


def totals() -> str:
    """Stored answers, rows of the export and figures of the dashboards count the same."""
    found = [stored_exported_shown(study) for study in Study.objects.order_by("slug")]
    wrong = [counts for counts in found if not counts.agree]
    if wrong:
        raise Trouble(
            f"{'; '.join(map(str, wrong))}: answers to questions of other studies or versions, or "
            "to none; look for rows that were changed by hand"
        )
    answers = sum(counts.stored for counts in found)
    return f"{answers} counted answers of {len(found)} studies, as exported and as shown"


def audit_log() -> str:
    """Every entry of the audit log is as it was written, and none is missing."""
    try:
        head = verify()
    except ChainError as error:
        raise Trouble(
            f"{error}: somebody changed the log by hand; compare it with a backup"
        ) from error
    return f"{head.number} entries, unbroken to SHA-256 {head.sha256[:16]}"


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "data folder": data_folder,
    "storage": storage,
    "device": device,
    "weights": weights,
    "engine": engine,
    "workers": workers,
    "segmenter": segmenter,
    "stimuli": stimuli,
    "files": files,
    "stray files": stray_files,
    "studies": studies,
    "totals": totals,
    "audit log": audit_log,
}
