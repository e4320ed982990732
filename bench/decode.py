"""How many real barcode photos the decoder reads, how many it gets wrong, and how long it takes.

    TERRAIN_BARCODES=/folder python -m bench.decode

The folder holds `manifest.jsonl`, one JSON object a line: `file` (relative), `format` ("NEG": no
readable code) and `expected` text. The last line printed is one JSON object.
"""

import asyncio
import json
import os
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from backend.errors import AppError
from backend.vision.decode import Code, Decoder
from sync.facts import acceptable_serials, classify


class Image(msgspec.Struct):
    """One line of the manifest."""

    file: str
    format: str
    expected: str | None = None


class Read(NamedTuple):
    """What became of one image."""

    image: Image
    codes: tuple[Code, ...]
    ms: float
    error: str = ""


async def read_all(folder: Path) -> list[Read]:
    """Every image of the manifest through the decoder's own door, one after the other."""
    lines = (folder / "manifest.jsonl").read_text("utf-8").splitlines()
    images = [msgspec.json.decode(line, type=Image) for line in lines if line]
    decoder = Decoder()
    try:
        return [await read(decoder, image, (folder / image.file).read_bytes()) for image in images]
    finally:
        await decoder.close()


async def read(decoder: Decoder, image: Image, data: bytes) -> Read:
    """One image; a refusal is a result too."""
    begun = time.perf_counter()
    try:
        codes, error = await decoder.decode(data), ""
    except AppError as refusal:
        codes, error = (), refusal.code
    return Read(image, codes, (time.perf_counter() - begun) * 1000, error)


def is_read(one: Read) -> bool:
    """Whether the expected text was found; the import letter I of a VIN may stand before it."""
    return any(_plain(code.text) == _plain(one.image.expected or "") for code in one.codes)


def is_same_number(one: Read) -> bool:
    """Whether it was found but for the zero between a UPC-A and its EAN-13, one GTIN to GS1."""
    expected = (one.image.expected or "").zfill(13)
    return is_read(one) or any(
        code.symbology in ("upc_a", "ean_13") and code.text.zfill(13) == expected
        for code in one.codes
    )


def summary(reads: list[Read]) -> dict[str, Any]:
    """The figures. `read` is by the exact text, `read_same_number` takes a GTIN in either length.

    `wrong`: only other text or another number was found, or text where no code is;
    `serials_wrong`: those of them that would be taken for a serial.
    """
    with_code = [one for one in reads if one.image.format != "NEG"]
    found = [one for one in with_code if is_same_number(one)]
    wrong = [one for one in reads if one.codes and one not in found]
    times = sorted(one.ms for one in reads)
    formats, by_format = Counter(one.image.format for one in found), {}
    for name, count in sorted(Counter(one.image.format for one in with_code).items()):
        by_format[name] = [formats[name], count]
    return {
        "bench": "decode",
        "images": len(reads),
        "with_code": len(with_code),
        "read": sum(is_read(one) for one in with_code),
        "read_same_number": len(found),
        "wrong": len(wrong),
        "serials_wrong": sum(bool(_serials(one)) for one in wrong),
        "refused": dict(Counter(one.error for one in reads if one.error)),
        "ms_p50": round(statistics.median(times), 1),
        "ms_p95": round(times[int(len(times) * 0.95)], 1),
        "by_format": by_format,
    }


def _plain(text: str) -> str:
    return text.strip().removeprefix("I")


def _serials(one: Read) -> tuple[Any, ...]:
    return acceptable_serials(classify(code.text, code.symbology) for code in one.codes)


def main() -> None:
    """Print the figures, or that there was nothing to measure."""
    folder = Path(os.environ.get("TERRAIN_BARCODES", ""))
    if not os.environ.get("TERRAIN_BARCODES") or not (folder / "manifest.jsonl").exists():
        print("decode: SKIPPED, TERRAIN_BARCODES names no folder with a manifest.jsonl")
        print(json.dumps({"bench": "decode", "skipped": True}))
        return
    reads = asyncio.run(read_all(folder))
    for one in reads:
        if not is_same_number(one) and one.codes:
            print(f"wrong: {one.image.file}: {[tuple(code) for code in one.codes]}")
    print(json.dumps(summary(reads)))


if __name__ == "__main__":
    main()
