"""Files for others, out of a bucket."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.storage import default_storage

from analysis.exports import stimuli
from analysis.exports.errors import ExportError
from generation.models import StylisedImage
from generation.services.export import export_dataset
from storage import StorageError
from storage.address import storage_at
from tests.generation.rows import make_done
from tests.storage.moto import free_port
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


def lose_storage(settings) -> None:
    gone = storage_at(f"s3://key:secret@127.0.0.1:{free_port()}/bucket?tls=0")
    settings.STORAGES = settings.STORAGES | {"default": gone}


def test_a_dataset_names_what_the_bucket_does_not_have(bucket, tmp_path):
    here, away = make_done(contents=2)
    with here.file.open() as file:
        data = file.read()
    default_storage.delete(away.file.name)
    report = export_dataset(rows=StylisedImage.objects.all(), folder=tmp_path / "out")
    assert (report.written, report.failed) == (1, 1)
    assert f"expected a stored file '{away.file.name}'" in report.failures[0]
    assert [path.read_bytes() for path in tmp_path.glob("out/fusafusa/*")] == [data]


def test_a_dataset_ends_where_the_bucket_is_away(bucket, settings, tmp_path):
    make_done(contents=2)
    lose_storage(settings)
    with pytest.raises(StorageError, match="does not answer"):
        export_dataset(rows=StylisedImage.objects.all(), folder=tmp_path / "out")


def test_a_studys_images_are_whole_or_the_missing_ones_are_named(bucket, settings):
    study = make_study(contents=1)
    file = io.BytesIO()
    count = stimuli.write(file, study)
    assert len(zipfile.ZipFile(file).namelist()) == count + 2
    default_storage.delete(StylisedImage.objects.first().file.name)
    with pytest.raises(ExportError, match="images/fusafusa/content0-0"):
        stimuli.write(io.BytesIO(), study)
    lose_storage(settings)
    with pytest.raises(StorageError, match="does not answer"):
        stimuli.write(io.BytesIO(), study)
