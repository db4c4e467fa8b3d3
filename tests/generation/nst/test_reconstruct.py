import numpy as np
from PIL import Image

from generation.nst.reconstruct import reconstruct, strip

LAYERS = ("relu1_1", "relu3_1", "relu5_1")


def test_an_image_from_its_layers(photograph):
    """Deeper activations know less of the pixels (Gatys et al. 2015, figure 1), and Gram matrices
    nothing of the places."""
    told = []
    found = list(
        reconstruct(
            photograph, layers=LAYERS, size=48, iterations=30, device="cpu",
            on_step=lambda *done: told.append(done),
        )
    )  # fmt: skip
    assert [(item.kind, item.layer) for item in found] == [
        (kind, layer) for kind in ("content", "style") for layer in LAYERS
    ]
    content, style = found[:3], found[3:]
    assert content[0].error < content[1].error < content[2].error
    assert content[0].error < 25
    assert min(item.error for item in style) > 1.5 * content[0].error
    assert told == [(n, 180) for n in range(1, 181)]
    sheet = strip(photograph, found)
    assert sheet.size == (48 * 4, 48 * 2)
    assert sheet.crop((48, 0, 96, 48)).tobytes() == content[0].image.tobytes()
    assert sheet.crop((96, 48, 144, 96)).tobytes() == style[1].image.tobytes()
    small = photograph.resize((48, 48), Image.Resampling.LANCZOS)
    assert (
        content[0].error
        == np.abs(np.asarray(content[0].image, dtype=float) - np.asarray(small)).mean()
    )
