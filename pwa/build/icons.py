"""Draws the app's icons, the PNG twins of `public/assets/icon.svg`; run it after a change there.

python pwa/build/icons.py
"""

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

SIZES: Final = (192, 512)
ASSETS: Final = Path(__file__).parents[1] / "public" / "assets"
GROUND, LINE, LIGHT = "#0b3d5c", "#ffffff", "#8ecbff"
SIDE: Final = 512
SAMPLES: Final = 4  # drawn larger, then reduced: pillow's own lines have no smooth edges
CURVE_POINTS: Final = 64

Point = tuple[float, float]


def main() -> None:
    """Write one PNG a size."""
    large = drawn()
    for size in SIZES:
        large.resize((size, size), Image.Resampling.LANCZOS).save(
            ASSETS / f"icon-{size}.png", optimize=True
        )


def drawn() -> Image.Image:
    """A T whose stem is a fibre that splits towards three homes."""
    image = Image.new("RGB", (SIDE * SAMPLES, SIDE * SAMPLES), GROUND)
    draw = ImageDraw.Draw(image)
    for side in (-1, 1):
        _line(draw, _branch(side), 30, LIGHT)
    _line(draw, [(256, 240), (256, 350)], 30, LIGHT)
    _line(draw, [(136, 150), (376, 150)], 44, LINE)
    _line(draw, [(256, 150), (256, 240)], 44, LINE)
    for x in (156, 256, 356):
        _disc(draw, (x, 372), 32, LINE)
    return image


def _branch(side: int) -> list[Point]:
    """The cubic curve of one outer fibre, from its home up to the stem."""
    ends = [(256 + 100 * side, 372.0), (256 + 100 * side, 302.0), (256.0, 310.0), (256.0, 240.0)]
    return [_on_curve(ends, step / CURVE_POINTS) for step in range(CURVE_POINTS + 1)]


def _on_curve(ends: list[Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    return (
        sum(w * x for w, (x, _) in zip(weights, ends, strict=True)),
        sum(w * y for w, (_, y) in zip(weights, ends, strict=True)),
    )


def _line(draw: ImageDraw.ImageDraw, points: list[Point], width: int, colour: str) -> None:
    scaled = [(x * SAMPLES, y * SAMPLES) for x, y in points]
    draw.line(scaled, fill=colour, width=width * SAMPLES, joint="curve")
    for point in (points[0], points[-1]):
        _disc(draw, point, width / 2, colour)


def _disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, colour: str) -> None:
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    draw.ellipse([edge * SAMPLES for edge in box], fill=colour)


if __name__ == "__main__":
    main()
