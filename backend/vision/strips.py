"""Turns the bars of one linear code into clean strips, for the decoders to look at again."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.vision.bars import Bars

Reals = NDArray[np.float32]

MARGIN: Final = 0.12  # of the length at each end: the quiet zone, and what the blocks left out
HEIGHT: Final = 0.9  # of the bars' height: the ends are not sharp
ROWS: Final = 96
SHEARS: Final = range(-10, 11)  # pixels from the first row to the last
FURTHEST: Final = 5  # pixels from the middle row
BANDS: Final = 4
BAND_ROWS: Final = 6
# Of the signal's power, in Wiener's filter: the more, the less is undone.
LENS_NOISE: Final = 0.02
STREAK_NOISE: Final = 0.01
LOCAL: Final = 15  # pixels over which paper and light are even
FAINTEST: Final = 0.03  # of the brightness' range
LEAST_CHANGES: Final = 12

_EVEN: Final = np.full(LOCAL, 1 / LOCAL, np.float32)


def upright(photo: Image.Image, bars: Bars) -> Bars:
    """The same bars with the slant that they have to the line across them, seen from the side."""
    rows = _sampled(photo, bars, 1.0)[::2]
    if rows.shape[1] <= 4 * FURTHEST:
        return bars
    best = max(SHEARS, key=lambda by: _contrast(rows, by))
    return bars._replace(slant=best / (bars.height * HEIGHT))


def bands_of(photo: Image.Image, bars: Bars, scale: float) -> Reals:
    """BANDS rows, each the mean of a part of the bars' height, `scale` samples a pixel."""
    rows = _sampled(photo, bars, scale)
    return np.stack([part.mean(0) for part in np.array_split(rows, BANDS)])


def is_striped(bands: Reals) -> bool:
    """Whether dark and light change places as often as in a code; an edge or a letter does not."""
    row = bands.mean(0)
    waves = row - np.convolve(np.pad(row, LOCAL // 2, mode="edge"), _EVEN, mode="valid")
    signs = np.sign(waves[np.abs(waves) > FAINTEST * np.ptp(row)])
    return bool(np.count_nonzero(np.diff(signs)) >= LEAST_CHANGES)


def deblurred(bands: Reals, sigma: float) -> Reals:
    """The bands as they were before a Gaussian blur of `sigma` samples: a lens out of focus."""
    return _undone(bands, lambda rate: np.exp(-2 * (np.pi * sigma * rate) ** 2), LENS_NOISE)


def unstreaked(bands: Reals, length: float) -> Reals:
    """The bands as they were before they moved by `length` samples at an even speed."""
    return _undone(bands, lambda rate: np.sinc(length * rate), STREAK_NOISE)


def _undone(bands: Reals, blur_at: Callable[[Reals], Reals], noise: float) -> Reals:
    """Wiener's filter for a blur given by what it leaves of each frequency (cycles a sample)."""
    length = bands.shape[1]
    padded = np.pad(bands, ((0, 0), (0, length)), mode="symmetric")
    blur = blur_at(np.asarray(np.fft.rfftfreq(2 * length), np.float32))
    spectrum = np.fft.rfft(padded) * (blur * (1 + noise) / (blur * blur + noise))
    return np.asarray(np.fft.irfft(spectrum, 2 * length)[:, :length], np.float32)


def drawn(bands: Reals) -> Image.Image:
    """The bands above each other, dark to light over the whole range."""
    low, high = np.quantile(bands, (0.02, 0.98))
    levels = np.clip((bands - low) * (255 / max(high - low, 1)), 0, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(levels, BAND_ROWS, 0))


def _sampled(photo: Image.Image, bars: Bars, scale: float) -> Reals:
    """The code turned upright, at most ROWS rows."""
    wide = max(8, int(bars.length * (1 + 2 * MARGIN) * scale))
    tall = min(ROWS, max(BANDS, int(bars.height * HEIGHT)))
    down = bars.height * HEIGHT / tall
    c, s = np.cos(bars.angle), np.sin(bars.angle)
    a, d = c / scale, s / scale
    b, e = (c * bars.slant - s) * down, (s * bars.slant + c) * down
    u, v = wide / 2, tall / 2
    terms = (a, b, bars.x - a * u - b * v, d, e, bars.y - d * u - e * v)
    how, taps = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    return np.asarray(photo.transform((wide, tall), how, terms, taps, fillcolor=128), np.float32)


def _contrast(rows: Reals, by: int) -> float:
    """How sharp the mean of the rows is when the last is shifted `by` pixels against the first."""
    size = rows.shape[1] - 2 * FURTHEST
    shifts = np.rint(np.linspace(-0.5, 0.5, len(rows)) * by).astype(int) + FURTHEST
    total = np.zeros(size, np.float32)
    for row, shift in zip(rows, shifts, strict=True):
        total += row[shift : shift + size]
    return float(np.square(np.diff(total)).sum())
