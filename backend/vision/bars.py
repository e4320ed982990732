"""Finds the bars of linear codes on a grey photo and averages them along their length.

Both decoders look along a few straight lines near the horizontal and the vertical. A code held
askew, in grain or out of focus has its text still in it: turned straight and averaged along its
bars it has little noise left, so that even its blur can be undone in part.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Reals = NDArray[np.float32]

# The angle of bars shows on a small copy as well, for a quarter of the work.
COPY_EDGE: Final = 800
BLOCK: Final = 8
COHERENCE: Final = 0.55
FAINTEST: Final = 0.03  # of the strong blocks' energy: below it is paper, print of a photo, grain
STRONG: Final = 0.97  # the blocks above this share are the strong ones
SAME_DEGREES: Final = 15
WAIST: Final = 0.5  # of a group's width: narrower, it is two codes and what joins them
LEAST_BLOCKS: Final = 6
_SAME_ANGLE: Final = np.cos(np.radians(2 * SAME_DEGREES))  # of doubled angles
REGIONS: Final = 8


class Bars(NamedTuple):
    """Where a linear code seems to be: its middle, the angle across its bars (radians), its extent.

    All in pixels of the photo; `length` is across the bars, `height` along them; `slant` is how far
    a bar leans along the line across it, for each pixel of its height.
    """

    x: float
    y: float
    angle: float
    length: float
    height: float
    slant: float = 0.0

    def holds(self, x: float, y: float) -> bool:
        """Whether a point of the photo is inside."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        across = (x - self.x) * c + (y - self.y) * s
        along = (y - self.y) * c - (x - self.x) * s
        return bool(abs(across) <= self.length / 2 and abs(along) <= self.height / 2)


class _Blocks(NamedTuple):
    """The structure tensor of each block of the copy: (Jxx - Jyy, 2 Jxy) is the doubled angle."""

    cosine: Reals
    sine: Reals
    energy: Reals


def find_bars(photo: Image.Image) -> list[Bars]:
    """The regions of parallel bars, the largest first, at most REGIONS."""
    copy = photo.copy()
    copy.thumbnail((COPY_EDGE, COPY_EDGE), Image.Resampling.BOX)
    blocks = _structure(np.asarray(copy, np.float32))
    size = BLOCK * photo.width / copy.width
    found = [bars for group in _groups(blocks) for bars in _split(blocks, group, size)]
    return sorted(found, key=lambda bars: -bars.length * bars.height)[:REGIONS]


def _structure(grey: Reals) -> _Blocks:
    """Sums of the gradients' products over blocks, each with its eight neighbours."""
    gx = grey[1:-1, 2:] - grey[1:-1, :-2]
    gy = grey[2:, 1:-1] - grey[:-2, 1:-1]
    xx, yy, xy = (_block_sums(each) for each in (gx * gx, gy * gy, gx * gy))
    return _Blocks(xx - yy, 2 * xy, xx + yy)


def _block_sums(values: Reals) -> Reals:
    rows, columns = (size // BLOCK for size in values.shape)
    cut = values[: rows * BLOCK, : columns * BLOCK]
    sums = cut.reshape(rows, BLOCK, columns, BLOCK).sum((1, 3))
    padded = np.pad(sums, 1)
    down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray(down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:])


def _groups(blocks: _Blocks) -> Iterator[list[tuple[int, int]]]:
    """Neighbouring blocks whose gradients all go one way, and the same way."""
    if not blocks.energy.size:
        return
    strength = np.hypot(blocks.cosine, blocks.sine)
    strong = np.quantile(blocks.energy, STRONG)
    wanted = (strength > COHERENCE * blocks.energy) & (blocks.energy > FAINTEST * strong)
    wanted &= blocks.energy > 0
    unit = np.where(strength > 0, strength, 1)
    cosine, sine = blocks.cosine / unit, blocks.sine / unit
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(wanted), strict=True)}
    while left:
        first = left.pop()
        group, edge = [first], [first]
        while edge:
            y, x = edge.pop()
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if near not in left:
                    continue
                if cosine[y, x] * cosine[near] + sine[y, x] * sine[near] > _SAME_ANGLE:
                    left.remove(near)
                    group.append(near)
                    edge.append(near)
        yield group


def _split(blocks: _Blocks, group: list[tuple[int, int]], size: float) -> Iterator[Bars]:
    """The codes of a group, `size` pixels a block: a frame's edge or a letter may join two."""
    ys, xs = np.array(group).T
    angle = float(np.arctan2(blocks.sine[ys, xs].sum(), blocks.cosine[ys, xs].sum())) / 2
    along = xs * np.cos(angle) + ys * np.sin(angle)
    down = ys * np.cos(angle) - xs * np.sin(angle)
    rows = np.rint(down - down.min()).astype(int)
    counts = np.bincount(rows)
    wide = np.flatnonzero(np.diff(np.r_[0, counts > counts.max() * WAIST, 0]))
    for first, end in zip(wide[::2], wide[1::2], strict=True):
        inside = (rows >= first) & (rows < end)
        if inside.sum() >= LEAST_BLOCKS:
            yield _box(along[inside], down[inside], angle, size)


def _box(along: Reals, down: Reals, angle: float, size: float) -> Bars:
    """The box round blocks given in the turned frame; back to pixels of the photo."""
    u, v = (along.max() + along.min()) / 2, (down.max() + down.min()) / 2
    return Bars(
        x=(float(u * np.cos(angle) - v * np.sin(angle)) + 0.5) * size,
        y=(float(u * np.sin(angle) + v * np.cos(angle)) + 0.5) * size,
        angle=angle,
        length=(float(np.ptp(along)) + 1) * size,
        height=(float(np.ptp(down)) + 1) * size,
    )
