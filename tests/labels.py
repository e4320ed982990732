"""Label photos, drawn here: codes by zxing's writer, on a white sheet with quiet zones."""

import io
from typing import Any

import zxingcpp
from PIL import Image
from zxingcpp import BarcodeFormat


def code(
    text: str, symbology: BarcodeFormat = BarcodeFormat.Code128, scale: int = 3
) -> Image.Image:
    """One code, black on white."""
    drawn: Any = zxingcpp.create_barcode(text, symbology).to_image(scale=scale)
    return Image.fromarray(drawn)


def sheet(*codes: Image.Image) -> Image.Image:
    """The codes below each other on a white label."""
    width = max(each.width for each in codes) + 80
    label = Image.new("L", (width, sum(each.height + 80 for each in codes) + 80), "white")
    top = 80
    for each in codes:
        label.paste(each, (40, top))
        top += each.height + 80
    return label


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The image's file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(*texts: str) -> bytes:
    """A JPEG of a label with these Code 128 codes."""
    return saved(sheet(*(code(text) for text in texts)), quality=90)
