"""Label photos, drawn here: codes by zxing's writer, on a white sheet with quiet zones."""

import io
from collections.abc import Sequence
from pathlib import Path
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


def held(label: Image.Image, degrees: float, size: tuple[int, int] = (1280, 720)) -> Image.Image:
    """The label as a hand holds it before a camera, on a grey ground."""
    turned = label.convert("L").rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=90)
    turned.thumbnail((size[0] * 9 // 10, size[1] * 9 // 10))
    ground = Image.new("L", size, 90)
    ground.paste(turned, ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2))
    return ground


def save_video(file: Path, frames: Sequence[Image.Image], a_second: int = 10) -> Path:
    """A YUV4MPEG2 file of grey frames, as Chromium's fake camera takes it."""
    width, height = frames[0].size
    head = f"YUV4MPEG2 W{width} H{height} F{a_second}:1 Ip A1:1 C420jpeg\n".encode()
    colourless = bytes([128]) * (width * height // 2)
    file.write_bytes(head + b"".join(b"FRAME\n" + each.tobytes() + colourless for each in frames))
    return file
