"""How sure a fitted code is: what the codes next to it would leave over, each fitted as well.

A wrong code bends and blurs until it fits: a code that differs in two digits is compared with what
bend, blur and light could still change in its favour taken away.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.vision.retail import SIDE, Reals, margin_of, shapes_of
from backend.vision.shapes import CELLS, LEAST, REACH, SIZE, Fit, drawn, sides_blurred

_WEIGHTS: Final = np.array((3, 1) * SIDE)


def margin(row: Reals, fit: Fit) -> float:
    """How much more the next best code leaves over, by what this one does; 0 when unsettled."""
    if not fit.is_settled:
        return 0.0
    return min(margin_of(fit.costs, fit.text), _of_two_digits(row, fit))


def _of_two_digits(row: Reals, fit: Fit) -> float:
    """The margin to the codes that two other digits make, to the first order of all else."""
    drawing = drawn(row, fit)
    free, _ = np.linalg.qr(drawing.terms)
    left_over = drawing.left_over - free @ (free.T @ drawing.left_over)
    changes = _changes(fit) * drawing.contrast
    changes -= (changes @ free) @ free.T
    common = changes @ changes.T
    single = np.diag(common) - 2 * changes @ left_over
    pairs = single[:, None] + single + 2 * common
    return float(pairs[_is_code(fit.text)].min() / max(left_over @ left_over, LEAST))


def _changes(fit: Fit) -> Reals:
    """What each digit at each place changes in the dark of each sample, (120, SIZE)."""
    sides, shapes = sides_blurred(fit.blur), shapes_of(fit.text)
    changes = np.zeros((2 * SIDE, 10, SIZE + 2 * REACH))
    for place, (cell, shape) in enumerate(zip(CELLS, shapes, strict=True)):
        alone = sides[place // SIDE]
        same_set = alone[shape - shape % 10 :][:10]
        changes[place, :, cell : cell + alone.shape[1]] = same_set - alone[shape]
    return changes[:, :, REACH:-REACH].reshape(len(CELLS) * 10, SIZE)


def _is_code(text: str) -> NDArray[np.bool_]:
    """Which pairs of digits at different places keep the check digit right, and change both."""
    digits = np.array([int(digit) for digit in text[1:]])
    more = (_WEIGHTS[:, None] * (np.arange(10) - digits[:, None])).ravel() % 10
    place = np.repeat(np.arange(len(digits)), 10)
    keeps = (more[:, None] + more) % 10 == 0
    both = (more != 0) & (more[:, None] != 0) & (place[:, None] != place)
    return np.asarray(keeps & both)
