"""Reads a retail code by its shapes: the whole code is drawn, blurred and bent as the row shows it.

What undoing the blur cannot bring back is still told apart by drawing it: of all codes with a right
check digit the one is taken that leaves the least of the row unexplained. Where the code lies, how
it bends, how blurred and how dark it is are fitted by Gauss and Newton's method, in turns with the
digits.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.vision.layouts import EDGES
from backend.vision.retail import (
    CELL,
    LEFT,
    MODULES,
    RIGHT,
    SIDE,
    Reals,
    best_code,
    modules_of,
    shapes_of,
)

SAMPLES: Final = 4  # a module
QUIET: Final = 4  # modules, seen at each end
REACH: Final = 24  # samples that blur carries from the middle of a module
FIRST_BLUR: Final = 1.3  # modules
SHARPEST: Final = 0.35
SOFTEST: Final = 2.0
STEPS: Final = 2  # of Gauss and Newton, a turn
FURTHEST: Final = 0.5  # modules that an end moves, a step
SOFTER: Final = 0.2  # modules of blur, a step
TURNS_BEFORE_END: Final = 2
LEAST: Final = 1e-9  # of a row's variance of 1: what is below it is nothing
DAMPING: Final = 1e-6  # of the mean square

SIZE: Final = (MODULES + 2 * QUIET) * SAMPLES
CELLS: Final = (EDGES[[*range(1, 1 + SIDE), *range(2 + SIDE, 2 + 2 * SIDE)]] + QUIET) * SAMPLES


def _powers(modules: Reals) -> Reals:
    """1, t, t^2, t^3 of places in the code, t from -1 at its start to 1 at its end."""
    return np.vander(2 * modules / MODULES - 1, 4, increasing=True)


_BEND: Final = _powers((np.arange(SIZE) + 0.5) / SAMPLES - QUIET)
_LIGHT: Final = _BEND[:, :3]  # light and contrast change more slowly


class Fit(NamedTuple):
    """A code as it was fitted to a row.

    `bend` are the shares of the powers in its places, in samples of the row; `blur` is in modules;
    `costs` are of each shape at each place, by what the code leaves over; `explained` is of the
    row's variance, at most 1; `is_settled` when the last turn did not change the code.
    """

    text: str
    bend: Reals
    blur: float
    costs: Reals
    explained: float = 0.0
    is_settled: bool = False


class Drawing(NamedTuple):
    """What a row shows where a code is drawn, and what the drawing leaves over of it.

    `terms` (samples, 11) are what light, blur and bend may change; `contrast` is each sample's.
    """

    seen: Reals
    terms: Reals
    left_over: Reals
    contrast: Reals


def bend_of(places: Reals) -> Reals:
    """The bend that a layout's places have."""
    return np.asarray(np.linalg.lstsq(_powers(EDGES), places, rcond=None)[0])


def first_fit(row: Reals, bend: Reals) -> Fit:
    """The code that the row shows when each digit is read alone, at its own light and contrast."""
    seen = _seen(row, bend)
    costs = np.full((2 * SIDE, len(LEFT)), np.inf)
    for place, cell in enumerate(CELLS):
        shapes = _ALONE[place // SIDE]
        part = seen[cell - SAMPLES : cell + (CELL + 1) * SAMPLES]
        part = part - part.mean()
        like = (shapes @ part).clip(0)
        costs[place, : len(shapes)] = part @ part - like * like
    return Fit(best_code(costs), bend, FIRST_BLUR, costs)


def fitted(row: Reals, fit: Fit, turns: range) -> Fit:
    """`fit` after more turns, of which the first bend the code less; until it stays the same."""
    for turn in turns:
        fit = _judged(row, _moved(row, fit, min(2 + turn, 4)))
        if fit.is_settled and turn >= TURNS_BEFORE_END:
            break
    return fit


def drawn(row: Reals, fit: Fit) -> Drawing:
    """The code of `fit`, drawn as the row shows it."""
    seen, blurring = _seen(row, fit.bend), _blurring(fit.blur)
    bars = np.repeat(modules_of(shapes_of(fit.text)), SAMPLES)
    dark = np.convolve(np.pad(bars, QUIET * SAMPLES).astype(float), blurring, "same")
    light = np.concatenate([_LIGHT, dark[:, None] * _LIGHT], 1)
    shares = _solved(light, seen)
    contrast = _LIGHT @ shares[3:]
    softer = contrast * _slope(_slope(dark)) * (SAMPLES**2 * fit.blur)
    moved = (_slope(light @ shares) * SAMPLES)[:, None] * _BEND
    terms = np.concatenate([light, softer[:, None], moved], 1)
    return Drawing(seen, terms, seen - light @ shares, contrast)


def _moved(row: Reals, fit: Fit, powers: int) -> Fit:
    """The same code with the bend and blur that draw it more like the row."""
    for _ in range(STEPS):
        drawing = drawn(row, fit)
        _, softer, *moves = np.split(_solved(drawing.terms[:, : 7 + powers], drawing.seen), (6, 7))
        bend = fit.bend.copy()
        bend[:powers] -= np.clip(moves[0], -FURTHEST, FURTHEST) * (bend[1] * 2 / MODULES)
        blur = fit.blur + np.clip(softer[0], -SOFTER, SOFTER)
        fit = fit._replace(bend=bend, blur=float(np.clip(blur, SHARPEST, SOFTEST)))
    return fit


def _judged(row: Reals, fit: Fit) -> Fit:
    """The best code, by what each shape would leave over in place of what is drawn there."""
    drawing = drawn(row, fit)
    power = max(float(drawing.left_over @ drawing.left_over), LEAST)
    whole = max(float(np.square(drawing.seen - drawing.seen.mean()).sum()), LEAST)
    costs = _costs(drawing, shapes_of(fit.text), fit.blur) / power
    text = best_code(costs)
    return Fit(text, fit.bend, fit.blur, costs, 1 - power / whole, text == fit.text)


def _costs(drawing: Drawing, shapes: list[int], blur: float) -> Reals:
    """How much more is left over with each other shape."""
    left_over, contrast = np.pad(drawing.left_over, REACH), np.pad(drawing.contrast, REACH)
    costs = np.full((2 * SIDE, len(LEFT)), np.inf)
    sides = sides_blurred(blur)
    for place, cell in enumerate(CELLS):
        alone = sides[place // SIDE]
        here = slice(cell, cell + alone.shape[1])
        changes = (alone - alone[shapes[place]]) * contrast[here]
        costs[place, : len(alone)] = (changes * changes).sum(1) - 2 * changes @ left_over[here]
    return costs


def sides_blurred(blur: float) -> tuple[Reals, Reals]:
    """Each shape of LEFT and of RIGHT drawn alone, with REACH samples at each side."""
    bars, blurring = np.repeat(np.eye(CELL), SAMPLES, 1), _blurring(blur)
    modules = np.array([np.convolve(bar, blurring) for bar in bars])
    return LEFT @ modules, RIGHT @ modules


def _seen(row: Reals, bend: Reals) -> Reals:
    """The row where the code's samples lie."""
    return np.interp(_BEND @ bend - 0.5, np.arange(len(row)), row)


def _solved(terms: Reals, seen: Reals) -> Reals:
    """Least squares, hardly damped: where nothing bends, nothing tells how."""
    squares = terms.T @ terms
    squares[np.diag_indices_from(squares)] += DAMPING * np.trace(squares) / len(squares)
    return np.linalg.solve(squares, terms.T @ seen)


def _slope(row: Reals) -> Reals:
    """By how much each sample is less than the next, on both sides; nothing at the ends."""
    slope = np.zeros_like(row)
    slope[1:-1] = (row[2:] - row[:-2]) / 2
    return slope


def _blurring(blur: float) -> Reals:
    spread = np.arange(-REACH, REACH + 1) / (blur * SAMPLES)
    weights = np.exp(-spread * spread / 2)
    return np.asarray(weights / weights.sum())


def _alone(shapes: NDArray[np.int_], before: int, after: int) -> Reals:
    """Shapes at the first blur with a module at each side; what lies beyond is half a bar."""
    ends = [0.5] * (REACH // SAMPLES) + [before], [after] + [0.5] * (REACH // SAMPLES)
    rows = [np.repeat(np.concatenate([ends[0], shape, ends[1]]), SAMPLES) for shape in shapes]
    wide = np.array([np.convolve(row, _blurring(FIRST_BLUR), "valid") for row in rows])
    wide -= wide.mean(1, keepdims=True)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True))


_ALONE: Final = (_alone(LEFT, 1, 0), _alone(RIGHT, 0, 1))
