"""The program of the decoding child process: images in on stdin, codes out on stdout, for ever.

Runs in a process of its own, without this installation's secrets, because zbar has asserts that
abort (NaturalHistoryMuseum/pyzbar #142, #143, #158) and image libraries have holes. It imports
nothing of the server but the ladder, so that a child starts in a fraction of a second. A message is
four bytes of length, big-endian, and its bytes: CODES or SMALL, and an image. The answer is JSON,
`[[text, symbology, readers], ...]` or a refusal `{"refused": code, "reason": detail}`; to SMALL it
is a JPEG. READY is sent once before the first.
"""

import io
import json
import re
import resource
import struct
import sys
import time
from typing import BinaryIO, Final

from PIL import Image, ImageOps

from backend.vision.ladder import Code, read_codes

FORMATS: Final = ("JPEG", "PNG", "WEBP")
PIXELS: Final = 40_000_000
EDGE: Final = 16_384  # pixels: a longer one is no camera's, and takes seconds to make small
# A progressive JPEG has about ten; each costs as much as the photo, and fits in a few bytes.
SCANS: Final = 32
# More pixels make zbar slow on noisy photos and find no more codes.
LONG_EDGE: Final = 1600
# Processor time for one photo: a step that has begun is finished.
BUDGET_S: Final = 0.35
MEMORY_BYTES: Final = 768 * 1024 * 1024
STDERR_BYTES: Final = 64 * 1024
READY: Final = b"[]"
_JPEG_START: Final = b"\xff\xd8"
_START_OF_SCAN: Final = 0xDA
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
CODES: Final = b"c"
SMALL: Final = b"s"


class Refusal(Exception):
    """The bytes are no image to decode: a code, and a detail."""


def main() -> None:
    """Answer until stdin ends."""
    _limit()
    # A compressed bomb is refused by PIXELS below, from the header; Pillow only warns at first.
    Image.MAX_IMAGE_PIXELS = None
    _send(sys.stdout.buffer, READY)
    while (message := _receive(sys.stdin.buffer)) is not None:
        _send(sys.stdout.buffer, _answer(message))


def codes_of(data: bytes, budget_s: float = BUDGET_S) -> list[Code]:
    """Every code that `budget_s` seconds of processor time find, each once. Raises Refusal."""
    end = time.process_time() + budget_s
    return read_codes(grey(data), lambda: time.process_time() < end)


def grey(data: bytes) -> Image.Image:
    """The image upright, grey, at most LONG_EDGE long. Raises Refusal."""
    return _opened(data, "L")


def small_jpeg(data: bytes) -> bytes:
    """The image upright, in colour, as small, and without what a camera writes beside it."""
    file = io.BytesIO()
    _opened(data, "RGB").save(file, "JPEG", quality=80, exif=b"")
    return file.getvalue()


def _answer(message: bytes) -> bytes:
    try:
        if message[:1] == SMALL:
            return small_jpeg(message[1:])
        return json.dumps(codes_of(message[1:])).encode()
    except Refusal as refusal:
        code, reason = refusal.args
    except MemoryError:
        code, reason = "image-too-large", "memory"
    return json.dumps({"refused": code, "reason": reason}).encode()


def _opened(data: bytes, mode: str) -> Image.Image:
    """Its size is checked before it is decoded."""
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > PIXELS or max(image.size) > EDGE:
            raise Refusal("image-too-large", f"{image.width}x{image.height}")
        if data.startswith(_JPEG_START) and _scans(data) > SCANS:
            raise Refusal("image-unreadable", "scans")
        image.draft(mode, (LONG_EDGE, LONG_EDGE))
        image.load()
        image.thumbnail((LONG_EDGE, LONG_EDGE), Image.Resampling.BILINEAR)
        return ImageOps.exif_transpose(_on_white(image)).convert(mode)
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise Refusal("image-unreadable", type(error).__name__) from error


def _scans(data: bytes) -> int:
    """How often a JPEG begins to draw its picture, SCANS + 1 for more.

    ITU-T T.81 annex B: segments behind markers, up to the end of the image; within a scan only
    stuffed bytes and restarts follow 0xFF. What is cut or is no segment ends the count.
    """
    scans, at = 0, len(_JPEG_START)
    while scans <= SCANS and data[at : at + 1] == b"\xff" and len(data) >= at + 4:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == _START_OF_SCAN:
            scans += 1
            marker = _MARKER.search(data, end)
            end = marker.start() if marker else len(data)
        at = end
    return scans


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent pixels would turn black, and a transparent quiet zone hide the code."""
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    white.info = image.info  # with the orientation
    white.alpha_composite(image.convert("RGBA"))
    return white


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (STDERR_BYTES, STDERR_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(4)
    return stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else None


def _send(stream: BinaryIO, message: bytes) -> None:
    stream.write(struct.pack(">I", len(message)) + message)
    stream.flush()


if __name__ == "__main__":
    main()
