"""Reads the codes of a grey photo, step by step until nothing is left to find or time is up.

zbar and zxing first, as the photo is; then each linear code that is seen but not read, or read by
one of them alone, is turned straight, averaged along its bars and looked at again; then the photo
smaller and larger, for codes of squares; last, unless another code was read, the bars are held
against the shapes of retail codes. A misreading seldom comes twice from different steps: who read a
code is told with it (`Code.readers`), and decides what may be accepted without a person.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from PIL import Image, ImageFilter

from backend.vision.bars import Bars, find_bars
from backend.vision.decoders import ALL, LINEAR, RETAIL, SQUARE, Read, by_zbar, by_zxing, retail
from backend.vision.defocused import read_defocused
from backend.vision.strips import Reals, bands_of, deblurred, drawn, is_striped, unstreaked, upright

CODES: Final = 16
# Shorter ones are mostly parts of a longer, damaged code.
ITF_DIGITS: Final = 6
ITF_STRIP_DIGITS: Final = 8
ENLARGED_PIXELS: Final = 640 * 480  # what is larger than this has no code that only size lacks
SHARPENED_PIXELS: Final = (1_200_000, 300_000)
SHAPED: Final = 2  # regions that are held against shapes
SHAPED_LENGTH: Final = 80  # pixels: below it a module is less than one
SHAPED_SCALE: Final = 3


class Code(NamedTuple):
    """One code of a photo; `readers` are the decoders and steps that read it, in order."""

    text: str
    symbology: str
    readers: tuple[str, ...]


class _Look(NamedTuple):
    """One way to look at a strip: samples a pixel, and the blur (pixels) undone; 0: none."""

    decoder: Callable[[Image.Image], Iterator[Read]]
    scale: int
    blur: float
    undo: Callable[[Reals, float], Reals] = deblurred


def _strip_zxing(strip: Image.Image) -> Iterator[Read]:
    return by_zxing(strip, LINEAR, is_upright=True)


def _strip_zbar(strip: Image.Image) -> Iterator[Read]:
    return by_zbar(strip, LINEAR)


# The order in which they add most, by what they read on labels that the step before left unread.
_LOOKS: Final = (
    _Look(_strip_zxing, 3, 0),
    _Look(_strip_zbar, 2, 0),
    _Look(_strip_zxing, 3, 0.7),
    _Look(_strip_zbar, 2, 0.7),
    _Look(_strip_zxing, 2, 1.8),
    _Look(_strip_zxing, 2, 1.2),
    _Look(_strip_zxing, 1, 0.7),
)
# A hand's movement is longer than what a lens out of focus blurs.
_STREAKS: Final = tuple(
    _Look(_strip_zxing, 2, length, unstreaked) for length in (8, 10, 13, 7, 11, 14)
)


def read_codes(photo: Image.Image, is_time_left: Callable[[], bool]) -> list[Code]:
    """Every code found on a grey `photo`, at most CODES, the first read first.

    `is_time_left` is asked after each step; the first two are always taken.
    """
    found = _Found()
    for place, (step, reads) in enumerate(_steps(photo, found)):
        found.add(step, reads)
        if place > 0 and not is_time_left():
            break
    return found.codes()[:CODES]


class _Found:
    """What has been read so far."""

    def __init__(self) -> None:
        self._readers: dict[tuple[str, str], dict[str, None]] = {}
        self._reads: list[Read] = []

    def add(self, step: str, reads: Iterable[Read]) -> None:
        """Note what a step read."""
        for read in reads:
            if _is_sound(read, step):
                self._reads.append(read)
                readers = self._readers.setdefault((read.text, read.symbology), {})
                readers[f"{read.decoder}/{step}"] = None

    def codes(self) -> list[Code]:
        """Each code once."""
        return [Code(*code, tuple(readers)) for code, readers in self._readers.items()]

    def is_settled(self, bars: Bars) -> bool:
        """Whether a code there was read in two ways."""
        here = {(r.text, r.symbology) for r in self._reads if bars.holds(r.x, r.y)}
        return any(len(self._readers[code]) > 1 for code in here)

    def is_seen(self, bars: Bars) -> bool:
        """Whether any code was read there."""
        return any(bars.holds(read.x, read.y) for read in self._reads)

    def has_square(self) -> bool:
        """Whether a code of squares was read."""
        return any(read.symbology in SQUARE for read in self._reads)

    def has_settled_squares(self) -> bool:
        """Whether those that were read were read in two ways each."""
        squares = {code for code in self._readers if code[1] in SQUARE}
        return bool(squares) and all(len(self._readers[code]) > 1 for code in squares)

    def may_lack_retail(self) -> bool:
        """Whether nothing was read but retail codes, none of them in two ways."""
        return all(
            symbology in RETAIL and len(readers) < 2
            for (_, symbology), readers in self._readers.items()
        )

    def is_empty(self) -> bool:
        """Whether nothing was read at all."""
        return not self._reads


class _Strip:
    """The bars of one linear code; turned upright and sampled when first asked for."""

    def __init__(self, photo: Image.Image, bars: Bars) -> None:
        straight = cache(lambda: upright(photo, bars))
        self.bars = bars
        self.bands = cache(lambda scale: bands_of(photo, straight(), scale))


def _is_sound(read: Read, step: str) -> bool:
    """A part of an ITF is an ITF too, and none checks itself: only a GTIN-14 is ever a fact."""
    least = ITF_DIGITS if step == "photo" else ITF_STRIP_DIGITS
    return read.symbology != "itf" or len(read.text) >= least


def _steps(photo: Image.Image, found: _Found) -> Iterator[tuple[str, Iterable[Read]]]:
    """The name of each step and what it reads, made when it is asked for."""
    yield "photo", by_zbar(photo)
    yield "photo", by_zxing(photo)
    strips = [_Strip(photo, bars) for bars in find_bars(photo)]
    for strip in strips:
        yield from _strip_steps(strip, found)
    yield from _square_steps(photo, found)
    long = [strip for strip in strips if strip.bars.length >= SHAPED_LENGTH]
    for strip in long[:SHAPED]:
        if found.may_lack_retail():
            yield "shapes", _by_shapes(strip)


def _strip_steps(strip: _Strip, found: _Found) -> Iterator[tuple[str, Iterable[Read]]]:
    """Looks at one linear code until it is settled."""
    bars = strip.bars
    if found.is_settled(bars) or not is_striped(strip.bands(1)):
        return
    for look in (*_LOOKS, *_STREAKS):
        if look in _STREAKS and found.is_seen(bars):
            return
        sampled = strip.bands(look.scale)
        image = drawn(look.undo(sampled, look.blur * look.scale) if look.blur else sampled)
        yield "strip", [read._replace(x=bars.x, y=bars.y) for read in look.decoder(image)]
        if found.is_settled(bars):
            return


def _by_shapes(strip: _Strip) -> Iterator[Read]:
    """The retail code that the bars show, however blurred."""
    if is_striped(strip.bands(1)):
        length = strip.bars.length * SHAPED_SCALE
        text = read_defocused(strip.bands(SHAPED_SCALE), length)
        if text:
            yield Read(*retail(text, "ean_13"), "terrain", strip.bars.x, strip.bars.y)


def _square_steps(photo: Image.Image, found: _Found) -> Iterator[tuple[str, Iterable[Read]]]:
    """Grain goes when four pixels become one; modules of a pixel or two need more of them."""
    if not found.has_settled_squares():
        yield "half", by_zxing(photo.reduce(2), SQUARE)
    if found.is_empty():
        yield "soft", by_zbar(photo.filter(ImageFilter.BoxBlur(1)), ["qr_code"])
    if not found.has_square() and photo.width * photo.height <= ENLARGED_PIXELS:
        double = (photo.width * 2, photo.height * 2)
        yield "double", by_zxing(photo.resize(double, Image.Resampling.BICUBIC), ALL)
    if found.is_empty():
        for pixels in SHARPENED_PIXELS:
            yield "sharp", by_zxing(_sharp(photo, pixels), LINEAR)


def _sharp(photo: Image.Image, pixels: int) -> Image.Image:
    """Enlarged to about `pixels`, at most four times, and its edges drawn out."""
    scale = min(4.0, math.sqrt(pixels / (photo.width * photo.height)))
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    enlarged = photo.resize(size, Image.Resampling.BICUBIC)
    return enlarged.filter(ImageFilter.UnsharpMask(1.5 * scale, 350, 0))
