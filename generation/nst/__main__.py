"""A single transfer from the shell: python -m generation.nst CONTENT STYLE... -o OUT.png."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from generation.nst.errors import NstError
from generation.nst.recipe import PRESETS, Recipe

if TYPE_CHECKING:
    from generation.nst.transfer import Stylised


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        recipe = _recipe(given.recipe)
        result = _transfer(given, recipe)
    except (NstError, OSError, UnidentifiedImageError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    found = result.compatibility
    print(
        f"{given.output}: {result.image.width} x {result.image.height} px in "
        f"{result.seconds:.1f} s on {result.device} ({result.precision}); "
        f"style not reached {_share(found.style_remainder)}, "
        f"content changed {_share(found.content_change)}"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m generation.nst",
        description="Give a photograph the style of one or more images, which are averaged.",
    )
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the image to write")
    parser.add_argument(
        "--recipe",
        default="study",
        help=f"a preset ({', '.join(PRESETS)}) or a file of a recipe's JSON",
    )
    parser.add_argument("--mask", type=Path, help="white is the object, for a foreground recipe")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--backbone-file", help="the weights of the backbone vgg19-caffe")
    parser.add_argument(
        "--checkpoints", type=Path, help="a folder from which a killed run continues"
    )
    return parser


def _recipe(name: str) -> Recipe:
    if name in PRESETS:
        return PRESETS[name]
    if not Path(name).exists():
        raise NstError(f"--recipe: expected one of {', '.join(PRESETS)} or a file, got {name!r}")
    try:
        value = json.loads(Path(name).read_text())
    except ValueError as error:
        raise NstError(f"{name}: expected a recipe's JSON: {error}") from error
    if not isinstance(value, dict):
        raise NstError(f"{name}: expected a recipe's JSON object, got {type(value).__name__}")
    return Recipe.from_json(value)


def _transfer(given: argparse.Namespace, recipe: Recipe) -> Stylised:
    from generation.nst.transfer import Step, Style, stylise

    content, *styles = (_open(path) for path in (given.content, *given.style))
    masks = [_open(given.mask)] if given.mask else None
    if not given.output.parent.is_dir():
        raise NstError(f"expected a folder {given.output.parent} to write to, there is none")
    if given.output.suffix.lower() not in Image.registered_extensions():
        raise NstError(f"--output: expected the name of an image file, got {given.output.name!r}")
    with tqdm(total=recipe.iterations, unit="it", desc="stylise", file=sys.stderr) as bar:

        def tell(step: Step) -> None:
            bar.update(step.done - bar.n)

        (result,) = stylise(
            [content], [Style(styles)], recipe, masks=masks, device=given.device,
            backbone_file=given.backbone_file, checkpoints=given.checkpoints, on_step=tell,
        )  # fmt: skip
    result.image.save(given.output)
    return result


def _open(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0%}"


if __name__ == "__main__":
    sys.exit(main())
