"""The program of the decoding child process: images in on stdin, codes out on stdout, for ever.

Runs in a process of its own, without this installation's secrets, because zbar has asserts that
abort (NaturalHistoryMuseum/pyzbar #142, #143, #158) and image libraries have holes. It imports
nothing of the server, so that a child starts in a fraction of a second. A message is four bytes of
length, big-endian, and its bytes; the answer is JSON: `[[text, symbology], ...]` or a refusal
`{"refused": code, "reason": detail}`. READY is sent once before the first.
"""

import io
import json
import resource
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import zxingcpp
from PIL import Image, ImageOps
from pyzbar import pyzbar

FORMATS: Final = ("JPEG", "PNG", "WEBP")
PIXELS: Final = 40_000_000
# More pixels make zbar slow on noisy photos and find no more codes.
LONG_EDGE: Final = 1600
CODES: Final = 16
MEMORY_BYTES: Final = 768 * 1024 * 1024
STDERR_BYTES: Final = 64 * 1024
READY: Final = b"[]"

_ZBAR: Final = {
    pyzbar.ZBarSymbol.CODE128: "code_128",
    pyzbar.ZBarSymbol.CODE39: "code_39",
    pyzbar.ZBarSymbol.CODE93: "code_93",
    pyzbar.ZBarSymbol.EAN13: "ean_13",
    pyzbar.ZBarSymbol.EAN8: "ean_8",
    pyzbar.ZBarSymbol.UPCA: "upc_a",
    pyzbar.ZBarSymbol.QRCODE: "qr_code",
}
# ITF by zxing alone: zbar reads parts of a damaged one as a shorter code.
_ZXING: Final = {
    zxingcpp.BarcodeFormat.Code128: "code_128",
    zxingcpp.BarcodeFormat.Code39: "code_39",
    zxingcpp.BarcodeFormat.Code93: "code_93",
    zxingcpp.BarcodeFormat.EAN13: "ean_13",
    zxingcpp.BarcodeFormat.EAN8: "ean_8",
    zxingcpp.BarcodeFormat.UPCA: "upc_a",
    zxingcpp.BarcodeFormat.UPCE: "upc_e",
    zxingcpp.BarcodeFormat.ITF: "itf",
    zxingcpp.BarcodeFormat.QRCode: "qr_code",
    zxingcpp.BarcodeFormat.DataMatrix: "data_matrix",
}


class Refusal(Exception):
    """The bytes are no image to decode: a code, and a detail."""


def main() -> None:
    """Answer until stdin ends."""
    _limit()
    # A compressed bomb is refused by PIXELS below, from the header; Pillow only warns at first.
    Image.MAX_IMAGE_PIXELS = None
    _send(sys.stdout.buffer, READY)
    while (message := _receive(sys.stdin.buffer)) is not None:
        _send(sys.stdout.buffer, json.dumps(_answer(message)).encode())


def codes_of(data: bytes) -> list[tuple[str, str]]:
    """The (text, symbology) of every code, each once, zbar's first. Raises Refusal."""
    image = _grey(data)
    return list(dict.fromkeys((*_by_zbar(image), *_by_zxing(image))))[:CODES]


def _answer(data: bytes) -> Any:
    try:
        return codes_of(data)
    except Refusal as refusal:
        code, reason = refusal.args
        return {"refused": code, "reason": reason}
    except MemoryError:
        return {"refused": "image-too-large", "reason": "memory"}


def _grey(data: bytes) -> Image.Image:
    """The image upright, grey, at most LONG_EDGE long; its size is checked before it is decoded."""
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > PIXELS:
            raise Refusal("image-too-large", f"{image.width}x{image.height}")
        image.draft("L", (LONG_EDGE, LONG_EDGE))
        image.load()
        image.thumbnail((LONG_EDGE, LONG_EDGE), Image.Resampling.BILINEAR)
        return ImageOps.exif_transpose(_on_white(image)).convert("L")
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise Refusal("image-unreadable", type(error).__name__) from error


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent pixels would turn black, and a transparent quiet zone hide the code."""
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    white.info = image.info  # with the orientation
    white.alpha_composite(image.convert("RGBA"))
    return white


def _by_zbar(image: Image.Image) -> Iterator[tuple[str, str]]:
    for code in pyzbar.decode(image, symbols=list(_ZBAR)):
        text, symbology = code.data.decode("utf-8", "replace"), _name(code.type)
        # zbar guesses the character set of a QR code and takes accents for Shift-JIS.
        if symbology == "qr_code" and not text.isascii():
            continue
        yield _retail(text, symbology)


def _name(zbar_type: str) -> str:
    return _ZBAR[pyzbar.ZBarSymbol[zbar_type]]


def _by_zxing(image: Image.Image) -> Iterator[tuple[str, str]]:
    wanted = zxingcpp.BarcodeFormats(list(_ZXING))
    for code in zxingcpp.read_barcodes(image, formats=wanted, text_mode=zxingcpp.TextMode.Plain):
        if code.format in _ZXING:
            yield _retail(code.text, _ZXING[code.format])


def _retail(text: str, symbology: str) -> tuple[str, str]:
    """GS1: an EAN-13 that begins with 0 is a UPC-A; the two decoders name it differently.

    A UPC-E, which zxing gives in its long form, is a UPC-A too.
    """
    if symbology not in ("ean_13", "upc_a", "upc_e") or len(text) != 13 or text[0] != "0":
        return text, symbology
    return text[1:], "upc_a"


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
