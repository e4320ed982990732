"""Draws the labels that equipment carries: made-up values, correct quiet zones, known texts."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import segno
import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from zxingcpp import BarcodeFormat

Random = np.random.Generator

HOST: Final = "isp.example"
MODULE: Final = 4  # pixels of the narrowest bar, as drawn
MARGIN: Final = 40


class Truth(NamedTuple):
    """One code on a label; `is_identity` when it names the equipment (S/N, MAC, GPON, sticker)."""

    text: str
    symbology: str
    is_identity: bool


class Label(NamedTuple):
    """A flat label in grey, and every code on it."""

    image: Image.Image
    codes: tuple[Truth, ...]


class _Part(NamedTuple):
    """A code and the words printed over it."""

    words: str
    truth: Truth
    image: Image.Image


def tp_link(random: Random) -> Label:
    """A router's underside: serial, MAC and GPON serial in Code 128, Wi-Fi in a QR code."""
    serial, mac, gpon = _serial(random), _mac(random), "TPLG" + _hex(random, 8)
    wifi = f"WIFI:T:WPA;S:TP-Link_{mac[-4:]};P:{_hex(random, 8)};;"
    bars = [
        _bars("S/N: ", serial, "code_128"),
        _bars("MAC: ", mac, "code_128"),
        _bars("GPON S/N: ", gpon, "code_128"),
    ]
    return _label("tp-link  XX230v", bars, [_qr("SSID", wifi)])


def ont(random: Random) -> Label:
    """A generic ONT: GPON serial and MAC in bars, and again in an ISO/IEC 15434 DataMatrix."""
    mac, gpon = _mac(random), _choice(random, ("HBMT", "ZTEG", "HWTC")) + _hex(random, 8)
    message = f"[)>\x1e06\x1dP LTF7267-BHA+\x1dH {mac}\x1dS {gpon}\x1e\x04"
    bars = [_bars("PON S/N ", gpon, "code_128"), _bars("MAC ", mac, "code_128")]
    return _label("GPON ONT  LTF7267", bars, [_matrix("", message)])


def router(random: Random) -> Label:
    """An older router: the serial in Code 128, the MAC in Code 39."""
    bars = [
        _bars("Serial No. ", _serial(random), "code_128"),
        _bars("MAC ", _mac(random), "code_39"),
    ]
    return _label("WIRELESS ROUTER", bars, [])


def carton(random: Random) -> Label:
    """A carton: what it is in UPC-A and ITF-14, which one in Code 128 twice."""
    item = "0" + _digits(random, 10)
    upc = item + _check_digit(item)
    itf = "10" + item
    bars = [
        _bars("UPC ", upc, "upc_a", is_identity=False),
        _bars("ITF ", itf + _check_digit(itf), "itf", is_identity=False),
        _bars("S/N ", _serial(random), "code_128"),
        _bars("MAC ", _mac(random), "code_128"),
    ]
    return _label("QTY 1  MADE FOR CANADA", bars, [])


def sticker(random: Random) -> Label:
    """The ISP's own sticker: its address in a QR code, the MAC in Code 128."""
    mac = _mac(random)
    address = f"https://{HOST}/q/{mac.lower()}"
    return _label("450-555-0100", [_bars("", mac, "code_128")], [_qr("", address, True)])


TEMPLATES: Final[dict[str, Callable[[Random], Label]]] = {
    "tp-link": tp_link,
    "ont": ont,
    "router": router,
    "carton": carton,
    "sticker": sticker,
}


def _label(title: str, bars: list[_Part], squares: list[_Part]) -> Label:
    """Bars below each other, squares to their right, a frame round all."""
    font = ImageFont.load_default(30)
    left = max(part.image.width for part in bars)
    right = max((part.image.width for part in squares), default=0)
    height = 90 + sum(part.image.height + 50 for part in bars)
    height = max(height, 90 + sum(part.image.height + 50 for part in squares))
    sheet = Image.new("L", (left + right + 3 * MARGIN, height + MARGIN), 245)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((6, 6, sheet.width - 7, sheet.height - 7), outline=60, width=2)
    pen.text((MARGIN, 30), title, fill=20, font=ImageFont.load_default(40))
    for x, parts in ((MARGIN, bars), (left + 2 * MARGIN, squares)):
        top = 90
        for part in parts:
            pen.text((x, top), part.words, fill=20, font=font)
            sheet.paste(part.image, (x, top + 40))
            top += part.image.height + 50
    return Label(sheet, tuple(part.truth for part in (*bars, *squares)))


_FORMATS: Final = {
    "code_128": (BarcodeFormat.Code128, 10),
    "code_39": (BarcodeFormat.Code39, 10),
    "upc_a": (BarcodeFormat.UPCA, 9),
    "itf": (BarcodeFormat.ITF, 10),
}
BAR_HEIGHT: Final = 110


def _bars(words: str, text: str, symbology: str, *, is_identity: bool = True) -> _Part:
    """Bars with the quiet zone that the symbology's standard asks for (GS1: 9 or 10 modules)."""
    form, quiet = _FORMATS[symbology]
    drawn: Any = zxingcpp.create_barcode(text, form)
    row = np.asarray(drawn.to_image(scale=MODULE, add_quiet_zones=False))[0]
    padded = np.pad(row, quiet * MODULE, constant_values=255)
    image = Image.fromarray(np.tile(padded, (BAR_HEIGHT, 1)))
    return _Part(words + text, Truth(text, symbology, is_identity), _toned(image))


def _qr(words: str, text: str, is_identity: bool = False) -> _Part:
    """A QR code with its four modules of quiet zone (ISO/IEC 18004 section 5.3.8)."""
    modules = np.array(list(segno.make_qr(text, error="m").matrix_iter(border=4)))
    image = Image.fromarray(((1 - modules) * 255).astype(np.uint8))
    size = (image.width * MODULE * 2, image.height * MODULE * 2)
    truth = Truth(text, "qr_code", is_identity)
    return _Part(words, truth, _toned(image.resize(size, Image.Resampling.NEAREST)))


def _matrix(words: str, text: str) -> _Part:
    """A DataMatrix with two modules of quiet zone; ISO/IEC 16022 asks for one."""
    drawn: Any = zxingcpp.create_barcode(text, BarcodeFormat.DataMatrix)
    modules = np.pad(np.asarray(drawn.to_image(add_quiet_zones=False)), 2, constant_values=255)
    image = Image.fromarray(modules)
    size = (image.width * MODULE * 2, image.height * MODULE * 2)
    truth = Truth(text, "data_matrix", True)
    return _Part(words, truth, _toned(image.resize(size, Image.Resampling.NEAREST)))


def _toned(code: Image.Image) -> Image.Image:
    """Printer's black on label white, instead of 0 on 255."""
    return code.point(lambda value: 245 if value else 25)


def _serial(random: Random) -> str:
    return "2" + _digits(random, 6) + _choice(random, "ABCDEFGHJK") + _digits(random, 5)


def _mac(random: Random) -> str:
    return _choice(random, ("9C5322", "10394E", "50D4F7", "B0A7B9")) + _hex(random, 6)


def _hex(random: Random, length: int) -> str:
    return "".join(_choice(random, "0123456789ABCDEF") for _ in range(length))


def _digits(random: Random, length: int) -> str:
    return "".join(_choice(random, "0123456789") for _ in range(length))


def _choice(random: Random, among: str | tuple[str, ...]) -> str:
    return among[int(random.integers(len(among)))]


def _check_digit(digits: str) -> str:
    """GS1 General Specifications section 7.9.1."""
    weighted = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return str(-weighted % 10)
