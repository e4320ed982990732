"""What an EAN-13 is made of, and which whole code fits best what was seen of its digits.

GS1 General Specifications, section 5.2: twelve digits in cells of seven modules between guards; the
thirteenth is told by which of the left six use set B, and the last one checks. A UPC-A is the one
that begins with 0. Bars are 1, spaces 0.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.floating[Any]]

MODULES: Final = 95
SIDE: Final = 6  # digits on each side of the middle guard
CELL: Final = 7  # modules a digit
START: Final = (1, 0, 1)
MIDDLE: Final = (0, 1, 0, 1, 0)
_SET_A: Final = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011"
_PARITIES: Final = "AAAAAA AABABB AABBAB AABBBA ABAABB ABBAAB ABBBAA ABABAB ABABBA ABBABA"

_A: Final = np.array([[int(bar) for bar in shape] for shape in _SET_A.split()])
RIGHT: Final = 1 - _A  # set C, which the right half is written in
LEFT: Final = np.concatenate([_A, RIGHT[:, ::-1]])  # sets A and B
_IS_B: Final = np.array([[each == "B" for each in row] for row in _PARITIES.split()])

_DIGITS: Final = np.arange(10)
# The sum that checks, modulo 10: [sum before, digit] -> sum after, [sum after, digit] -> before.
_AFTER: Final = [(_DIGITS[:, None] + weight * _DIGITS) % 10 for weight in (3, 1) * SIDE]
_BEFORE: Final = [(_DIGITS[:, None] - weight * _DIGITS) % 10 for weight in (3, 1) * SIDE]


def shapes_of(text: str) -> list[int]:
    """The rows of LEFT (0..19), then of RIGHT (0..9), that write the last twelve digits."""
    digits = [int(digit) for digit in text]
    left = [digit + 10 * is_b for digit, is_b in zip(digits[1:], _IS_B[digits[0]], strict=False)]
    return left + digits[1 + SIDE :]


def modules_of(shapes: Sequence[int]) -> NDArray[np.int_]:
    """The 95 modules of a code from what `shapes_of` gives."""
    left, right = LEFT[shapes[:SIDE]].ravel(), RIGHT[shapes[SIDE:]].ravel()
    return np.concatenate([START, left, MIDDLE, right, START])


def best_code(costs: Reals) -> str:
    """The 13 digits of the cheapest code with a right check digit.

    `costs` (12, 20) are those of each shape at each place: of the rows of LEFT, and on the right,
    in the first ten columns, of those of RIGHT.
    """
    dear = _by_first(costs)
    least = _before(dear)
    first, total = int(least[-1][:, 0].argmin()), 0
    digits = []
    for place in reversed(range(2 * SIDE)):
        ways = dear[first, place] + least[place][first, _BEFORE[place][total]]
        digits.append(int(ways.argmin()))
        total = int(_BEFORE[place][total, digits[-1]])
    return "".join(map(str, (first, *reversed(digits))))


def margin_of(costs: Reals, text: str) -> float:
    """How much dearer than `text`, the cheapest, the next code with a right check digit is."""
    dear = _by_first(costs)
    before, after = _before(dear), _after(dear)
    first = int(text[0])
    others = [before[-1][first != _DIGITS, 0].min()]
    for place, digit in enumerate(text[1:]):
        through = before[place][first][:, None] + after[place + 1][first][_AFTER[place]]
        through = through.min(0) + dear[first, place]
        others.append(through[int(digit) != _DIGITS].min())
    return float(min(others) - before[-1][first, 0])


def _by_first(costs: Reals) -> Reals:
    """The costs (10, 12, 10) of each digit at each place, for each first digit."""
    left = np.where(_IS_B[:, :, None], costs[None, :SIDE, 10:], costs[None, :SIDE, :10])
    right = np.broadcast_to(costs[None, SIDE:, :10], left.shape)
    return np.concatenate([left, right], 1)


def _before(dear: Reals) -> list[Reals]:
    """The least cost of all places before each, for each first digit and sum."""
    least = [np.where(np.eye(10, dtype=bool), 0, np.inf)]
    for place in range(2 * SIDE):
        ways = least[-1][:, _BEFORE[place]] + dear[:, place, None, :]
        least.append(ways.min(2))
    return least


def _after(dear: Reals) -> list[Reals]:
    """The least cost of each place and all after it, for each first digit and sum before it."""
    least = [np.where(_DIGITS == 0, 0, np.full((10, 10), np.inf))]
    for place in reversed(range(2 * SIDE)):
        ways = least[-1][:, _AFTER[place]] + dear[:, place, None, :]
        least.append(ways.min(2))
    return least[::-1]
