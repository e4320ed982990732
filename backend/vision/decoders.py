"""The two decoders behind one face: what each reads on an image, and where.

Symbologies are restricted to those that labels of equipment carry, under the W3C Shape Detection
API's names: with DataBar or PDF417 zbar writes warnings without end.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import zxingcpp
from PIL import Image
from pyzbar import pyzbar

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
    zxingcpp.BarcodeFormat.PDF417: "pdf417",
}
SQUARE: Final = frozenset({"qr_code", "data_matrix", "pdf417"})
RETAIL: Final = frozenset({"ean_13", "ean_8", "upc_a", "upc_e"})
LINEAR: Final = frozenset(_ZXING.values()) - SQUARE
ALL: Final = LINEAR | SQUARE


class Read(NamedTuple):
    """One code as one decoder read it, and where its middle is, in pixels of the image."""

    text: str
    symbology: str
    decoder: str
    x: float
    y: float


def by_zbar(image: Image.Image, symbologies: Iterable[str] = ALL) -> Iterator[Read]:
    """What zbar reads; it knows no DataMatrix, and gets no ITF and no PDF417."""
    wanted = set(symbologies)
    symbols = [symbol for symbol, name in _ZBAR.items() if name in wanted]
    for code in pyzbar.decode(image, symbols=symbols):
        text, symbology = code.data.decode("utf-8", "replace"), _name(code.type)
        # zbar guesses the character set of a QR code and takes accents for Shift-JIS.
        if symbology == "qr_code" and not text.isascii():
            continue
        yield Read(*retail(text, symbology), "zbar", *_middle(code.polygon))


def by_zxing(
    image: Image.Image, symbologies: Iterable[str] = ALL, *, is_upright: bool = False
) -> Iterator[Read]:
    """What zxing reads; an upright strip needs no looking in other directions and sizes."""
    wanted = set(symbologies)
    formats = zxingcpp.BarcodeFormats([form for form, name in _ZXING.items() if name in wanted])
    for code in zxingcpp.read_barcodes(
        image,
        formats=formats,
        try_rotate=not is_upright,
        try_downscale=not is_upright,
        try_invert=not is_upright,
        text_mode=zxingcpp.TextMode.Plain,
    ):
        # A variant such as Code 32 or Code 39 Extended names its family beside its own format.
        symbology = _ZXING.get(code.format) or _ZXING.get(code.symbology)
        if symbology:
            yield Read(*retail(code.text, symbology), "zxing", *_centre(code.position))


def _name(zbar_type: str) -> str:
    return _ZBAR[pyzbar.ZBarSymbol[zbar_type]]


def retail(text: str, symbology: str) -> tuple[str, str]:
    """The text and symbology that it is told under.

    GS1: an EAN-13 that begins with 0 is a UPC-A; the two decoders name it differently.

    A UPC-E, which zxing gives in its long form, is a UPC-A too.
    """
    if symbology not in ("ean_13", "upc_a", "upc_e") or len(text) != 13 or text[0] != "0":
        return text, symbology
    return text[1:], "upc_a"


def _middle(points: list[Any]) -> tuple[float, float]:
    count = max(len(points), 1)
    return sum(point.x for point in points) / count, sum(point.y for point in points) / count


def _centre(position: Any) -> tuple[float, float]:
    corners = ("top_left", "top_right", "bottom_right", "bottom_left")
    return _middle([getattr(position, corner) for corner in corners])
