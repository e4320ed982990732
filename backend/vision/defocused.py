"""Reads a retail code that is too blurred for a decoder, when two strips of it agree."""

from itertools import islice
from typing import Final

import numpy as np

from backend.vision.layouts import LAYOUTS, layouts
from backend.vision.retail import Reals
from backend.vision.rivals import margin
from backend.vision.shapes import Fit, bend_of, first_fit, fitted

DEAREST: Final = 9.0  # a layout of what is no retail code costs more
LEAST_EXPLAINED: Final = 0.75  # of the variance, after the first turns
FIRST_TURNS: Final = range(2)
TURNS: Final = range(2, 8)
ALL_TURNS: Final = range(8)
# Of what is left unexplained. Wrong codes, fitted to what cannot be read, come to 0.18 at most when
# they bend and blur as in a photo.
MARGIN: Final = 0.3
STRIP_MARGIN: Final = 0.15
STRIPS: Final = 2
MOST_BENT: Final = 0.012  # the third power's share of the first's: more is bent to fit
MOST_BLURRED: Final = 1.95  # modules


def read_defocused(bands: Reals, length: float) -> str | None:
    """The 13 digits of an EAN-13 or UPC-A that `bands` show; `length` of its bars in samples.

    `bands` are means of the bars, one above the other; the mean of all but the outermost, which may
    hold the bars' ends, is read. A code counts when the next best one leaves more unexplained by
    MARGIN of what this one does, and STRIPS of the bands tell the same, each by itself.
    """
    upright = np.stack([bands[1:-1].mean(0), *bands])
    spread = upright.std(1, keepdims=True)
    if spread.min() <= 0:
        return None
    rows = (upright.mean(1, keepdims=True) - upright) / spread
    found = _likeliest(rows[0], length)
    if found is None or found[0].explained < LEAST_EXPLAINED:
        return None
    step = found[1]
    fit = fitted(rows[0][::step], found[0], TURNS)
    if not _is_like_a_photo(fit) or margin(rows[0][::step], fit) < MARGIN:
        return None
    told = (row for row in rows[1:] if _is_told(row[::step], fit))
    return fit.text if len(list(islice(told, STRIPS))) == STRIPS else None


def _is_like_a_photo(fit: Fit) -> bool:
    """Whether the row is that of a code seen by a lens, not bent and blurred until it fits."""
    return abs(fit.bend[3]) <= MOST_BENT * fit.bend[1] and fit.blur <= MOST_BLURRED


def _is_told(row: Reals, fit: Fit) -> bool:
    """Whether a strip tells the same code by itself."""
    strip = fitted(row, first_fit(row, fit.bend), ALL_TURNS)
    return strip.text == fit.text and margin(row, strip) >= STRIP_MARGIN


def _likeliest(row: Reals, length: float) -> tuple[Fit, int] | None:
    """The fit that explains most after the first turns, and the step that walks the row its way."""
    found = [(each, step) for step in (1, -1) for each in layouts(row[::step], length)]
    found = [each for each in found if each[0].cost < DEAREST]
    fits = [
        (fitted(row[::step], first_fit(row[::step], bend_of(layout.places)), FIRST_TURNS), step)
        for layout, step in sorted(found, key=lambda each: each[0].cost)[:LAYOUTS]
    ]
    return max(fits, key=lambda each: each[0].explained, default=None)
