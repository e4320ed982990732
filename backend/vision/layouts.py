"""Finds where the guards and digits of a retail code may lie in a blurred row.

The shapes of all digits, blurred, are held against every place of the row, for a range of module
widths; the cheapest chain of guard, six digits, guard, six digits, guard is found by dynamic
programming, each part allowed to lie a little beside its place. The idea is that of O. Gallo and
R. Manduchi, "Reading 1D Barcodes with Mobile Phones Using Deformable Templates" (PAMI 2011).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backend.vision.retail import CELL, LEFT, MIDDLE, MODULES, RIGHT, SIDE, START, Reals

SAMPLES: Final = 3  # a module
BLUR: Final = 0.9  # modules: between a sharp row and the most blurred
QUIET: Final = 7  # modules, the least that is white at each end (GS1: 7)
WIDTHS: Final = 28  # module widths that are tried
NARROWEST: Final = 0.55  # of the bars' length is the code: a book's has its price beside it
WIDEST: Final = 1.12
GUARD_WEIGHT: Final = 2.0  # of a digit's: it has but one shape
LEANING: Final = 0.15  # the cost of lying a sample beside the place
_BEYOND: Final = 0.5  # what touches a digit is known, the next module is a bar as often as a space
FLAT: Final = 0.02  # of the row's variance: below it a place holds nothing
NOWHERE: Final = 9.0
LAYOUTS: Final = 8  # that are worth a closer look
LOOKED_AT: Final = 400

PARTS: Final = (len(START), *(CELL,) * SIDE, len(MIDDLE), *(CELL,) * SIDE, len(START))
EDGES: Final = np.cumsum((0, *PARTS[:-1]))  # of each part, in modules from the code's start


class Layout(NamedTuple):
    """Where each part of a code begins (samples of the row), and how badly they fit."""

    cost: float
    places: Reals


class _Shape(NamedTuple):
    """Blurred shapes, (n, samples) of mean 0 and norm 1, and what they show before the part."""

    rows: Reals
    ahead: int


def layouts(row: Reals, length: float) -> list[Layout]:
    """The best few for a `row` of mean 0 and variance 1, dark above; `length` of its bars."""
    widths = np.geomspace(NARROWEST, WIDEST, WIDTHS).astype(np.float32) * (length / MODULES)
    samples = np.arange(int(len(row) / widths[0] * SAMPLES), dtype=np.float32)
    places = (samples + 0.5) * widths[:, None] / SAMPLES
    seen = np.interp(places - 0.5, np.arange(len(row)), row).astype(np.float32)
    costs, steps = _chained(_costs(seen))
    costs[places > len(row)] = np.inf
    return _best(costs, steps, widths / SAMPLES)


def _costs(seen: Reals) -> list[Reals]:
    """What is unlike the best shape at each place, 0 to 1, for each part in its order."""
    sums = np.cumsum(np.pad(seen, ((0, 0), (1, 0))), 1)
    squares = np.cumsum(np.pad(seen * seen, ((0, 0), (1, 0))), 1)
    start, left, middle, right, end = (_unlike(seen, sums, squares, shape) for shape in _SHAPES)
    ends = GUARD_WEIGHT * start, GUARD_WEIGHT * end
    return [ends[0], *[left] * SIDE, middle, *[right] * SIDE, ends[1]]


def _unlike(seen: Reals, sums: Reals, squares: Reals, shape: _Shape) -> Reals:
    size = shape.rows.shape[1]
    total = sums[:, size:] - sums[:, :-size]
    power = squares[:, size:] - squares[:, :-size] - total * total / size
    windows = sliding_window_view(seen, size, 1).swapaxes(1, 2)
    like = (shape.rows @ windows).max(1).clip(0)
    unlike = np.full(seen.shape, NOWHERE, np.float32)
    places = slice(shape.ahead, shape.ahead + power.shape[1])
    unlike[:, places] = 1 - like * like / np.maximum(power, FLAT * size)
    return unlike


def _chained(costs: list[Reals]) -> tuple[Reals, list[NDArray[np.int8]]]:
    """The least cost of all parts that end with the last at each place, and the way there."""
    least, steps = costs[0], []
    for size, cost in zip(PARTS, costs[1:], strict=False):
        before, at, after = (_moved(least, size * SAMPLES + beside) for beside in (-1, 0, 1))
        beside = np.minimum(before, after) + LEANING
        steps.append(np.where(beside < at, np.where(before < after, -1, 1), 0).astype(np.int8))
        least = np.minimum(at, beside) + cost
    return least, steps


def _moved(costs: Reals, by: int) -> Reals:
    """The costs at places `by` samples later; before the first there is nothing."""
    moved = np.full(costs.shape, NOWHERE * len(PARTS), np.float32)
    moved[:, by:] = costs[:, :-by]
    return moved


def _best(costs: Reals, steps: list[NDArray[np.int8]], pitches: Reals) -> list[Layout]:
    """The cheapest that lie apart; `pitches` are the row's samples to one of `costs`."""
    found: list[Layout] = []
    cheap = np.argpartition(costs, LOOKED_AT, axis=None)[:LOOKED_AT]
    for flat in cheap[np.argsort(costs.flat[cheap])]:
        width, last = np.unravel_index(flat, costs.shape)
        places = _places(int(last), [step[width] for step in steps]) * pitches[width]
        near = pitches[width] * SAMPLES / 2
        if places[0] >= 0 and all(np.abs(places - each.places).max() > near for each in found):
            found.append(Layout(float(costs[width, last]), places))
        if len(found) == LAYOUTS:
            break
    return found


def _places(last: int, steps: list[NDArray[np.int8]]) -> Reals:
    """The way back from the last part's place."""
    places = [last]
    for size, step in zip(PARTS[-2::-1], steps[::-1], strict=True):
        last -= size * SAMPLES + int(step[last])
        places.append(last)
    return np.array(places[::-1], np.float32)


def _shape(before: list[float], parts: NDArray[np.int_], after: list[float]) -> _Shape:
    """`before` and `after` are seen with the parts; what is beyond them only blurs in."""
    ahead, behind = (np.full(3, _BEYOND if len(side) == 1 else 0) for side in (before, after))
    rows = [np.concatenate([ahead, before, part, after, behind]) for part in parts]
    edge = 3 * SAMPLES
    spread = np.arange(-edge, edge + 1) / (BLUR * SAMPLES)
    blur = np.exp(-spread * spread / 2)
    wide = [np.convolve(np.repeat(row, SAMPLES), blur, "same")[edge:-edge] for row in rows]
    centred = np.array(wide, np.float32)
    centred -= centred.mean(1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    return _Shape(centred / norms, len(before) * SAMPLES)


_SHAPES: Final = (
    _shape([0] * QUIET, np.array([START]), [0]),
    _shape([1], LEFT, [0]),
    _shape([1], np.array([MIDDLE]), [1]),
    _shape([0], RIGHT, [1]),
    _shape([0], np.array([START]), [0] * QUIET),
)
