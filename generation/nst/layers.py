"""The names of VGG19's layers (Simonyan and Zisserman 2015, configuration E)."""

_BLOCKS = (2, 2, 4, 4, 4)
CHANNELS = (64, 128, 256, 512, 512)

CONV_LAYERS: tuple[str, ...] = tuple(
    f"conv{block}_{conv}"
    for block, convs in enumerate(_BLOCKS, start=1)
    for conv in range(1, convs + 1)
)


def is_layer(name: str) -> bool:
    """Whether `name` is a convolution (`conv4_2`) or the rectified one (`relu4_2`)."""
    return name.replace("relu", "conv", 1) in CONV_LAYERS


def channels(name: str) -> int:
    """The number of feature maps of `conv{b}_{i}` or `relu{b}_{i}`."""
    return CHANNELS[int(name[4]) - 1]
