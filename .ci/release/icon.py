"""Draws the icon of the served page, a case with its lamp, as SVG and PNG. `make docs` runs it.

A phone may cut a circle out of it, so what has to be seen is within the middle 80 %.
"""

from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent / "served"

SIZES = (192, 512)
"""The pictures' widths (px): what phones ask for."""

GRID = 512
"""The shapes are laid out on a square of this width."""

FINER = 4
"""A picture is drawn so many times larger, then made smaller, so that edges are smooth."""


class Shape(NamedTuple):
    """A rectangle on the grid, with round corners; a circle if the radius is half its width."""

    left: int
    top: int
    right: int
    bottom: int
    radius: int
    colour: str


SHAPES = (
    Shape(0, 0, 512, 512, 0, "#00598c"),
    Shape(96, 160, 416, 352, 40, "#faf9f6"),  # the case
    Shape(96, 244, 416, 252, 0, "#c9d3d8"),  # where its lid meets it
    Shape(216, 208, 296, 288, 40, "#1d2421"),  # the lamp's rim
    Shape(226, 218, 286, 278, 30, "#6688ff"),  # the lamp: blue, so the next step is a soak
)


def svg() -> str:
    """Return the icon as SVG."""
    drawn = "".join(
        f'<rect x="{shape.left}" y="{shape.top}" width="{shape.right - shape.left}"'
        f' height="{shape.bottom - shape.top}" rx="{shape.radius}" fill="{shape.colour}"/>\n'
        for shape in SHAPES
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {GRID} {GRID}">\n{drawn}</svg>\n'


def png(width: int) -> Image.Image:
    """Return the icon as a picture so many pixels wide."""
    scale = width * FINER / GRID
    picture = Image.new("RGB", (width * FINER, width * FINER))
    draw = ImageDraw.Draw(picture)
    for shape in SHAPES:
        box = (shape.left, shape.top, shape.right, shape.bottom)
        # Pillow draws the last pixel, too.
        edges = [edge * scale - (place > 1) for place, edge in enumerate(box)]
        draw.rounded_rectangle(edges, radius=shape.radius * scale, fill=shape.colour)
    return picture.resize((width, width), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the icon's files."""
    (FOLDER / "icon.svg").write_text(svg(), encoding="utf-8")
    for width in SIZES:
        png(width).quantize(32).save(FOLDER / f"icon-{width}.png", optimize=True)


if __name__ == "__main__":
    main()
