"""POST /vision/barcodes and the decoder behind it, with hostile images too."""

import asyncio
import io
import os
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide
from PIL import Image
from zxingcpp import BarcodeFormat

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.session import DeviceSession
from backend.errors import AppError, Busy
from backend.store.blobs.uploads import BLOB_BYTES
from backend.vision.api import barcodes
from backend.vision.child import Refusal, grey
from backend.vision.decode import Decoder, DecodingFailed
from backend.vision.reading import LabelReader
from tests.given import DEVICE, MARC
from tests.labels import code, photo, saved, sheet
from tests.rows import row

JPEG = {"content-type": "image/jpeg", "x-terrain": "1"}


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    """A decoder whose children end with the test."""
    decoder = Decoder()
    yield decoder
    await decoder.close()


@pytest.fixture
async def door(decoder: Decoder) -> AsyncIterator[httpx.AsyncClient]:
    """The door, for a technician's phone."""
    session = DeviceSession(device=DEVICE, technician=MARC, name="Marc", expires_at=0)
    app: Any = Litestar(
        [barcodes],
        logging_config=None,
        dependencies={
            "session": Provide(lambda: session, sync_to_thread=False),
            "reader": Provide(lambda: LabelReader(decoder, "isp.example"), sync_to_thread=False),
        },
        guards=[same_origin],
        exception_handlers=exception_handlers("450-555-0100"),
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://edge.example"
    ) as client:
        yield client


async def test_photo_of_a_label_gives_typed_codes_and_its_serial(door: httpx.AsyncClient) -> None:
    label = photo("ZTEG4F5A0ED5", "10394EB5DA90")

    answer = await door.post("/vision/barcodes", content=label, headers=JPEG)

    assert answer.status_code == 200
    assert {(c["type"], c["value"], c["symbology"]) for c in answer.json()["codes"]} == {
        ("gpon-serial", "ZTEG4F5A0ED5", "code_128"),
        ("mac", "10394EB5DA90", "code_128"),
    }
    assert answer.json()["choice"] == {"state": "read", "serials": ["ZTEG4F5A0ED5"]}


async def test_two_serials_are_left_to_the_technician(door: httpx.AsyncClient) -> None:
    label = photo("ZTEG4F5A0ED5", "2215B8K003412")

    answer = await door.post("/vision/barcodes", content=label, headers=JPEG)

    assert answer.json()["choice"] == {
        "state": "choose",
        "serials": ["ZTEG4F5A0ED5", "2215B8K003412"],
    }


async def test_serial_whose_code_does_not_check_itself_is_left_to_the_technician(
    door: httpx.AsyncClient,
) -> None:
    label = saved(sheet(code("ZTEG4F5A0ED5", BarcodeFormat.Code39)), quality=90)

    answer = await door.post("/vision/barcodes", content=label, headers=JPEG)

    assert answer.json()["choice"] == {"state": "choose", "serials": ["ZTEG4F5A0ED5"]}


async def test_photo_without_a_code_is_unreadable_but_no_error(door: httpx.AsyncClient) -> None:
    wall = saved(Image.new("L", (600, 400), "grey"), "PNG")

    answer = await door.post(
        "/vision/barcodes", content=wall, headers=JPEG | {"content-type": "image/png"}
    )

    assert answer.json() == {"codes": [], "choice": {"state": "unreadable", "serials": []}}


async def test_key_of_a_wifi_label_is_in_no_answer(door: httpx.AsyncClient) -> None:
    label = saved(sheet(code("WIFI:T:WPA;S:Maison;P:s3cret-key;;", BarcodeFormat.QRCode)), "WEBP")

    answer = await door.post(
        "/vision/barcodes", content=label, headers=JPEG | {"content-type": "image/webp"}
    )

    assert answer.json()["codes"][0]["value"] == "Maison"
    assert "s3cret-key" not in answer.text


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header says so, and little else."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        crc = struct.pack(">I", zlib.crc32(kind + data))
        chunks += struct.pack(">I", len(data)) + kind + data + crc
    return b"\x89PNG\r\n\x1a\n" + chunks


def drawn_often(scans: int) -> bytes:
    """A progressive JPEG of so many scans, its last one again and again."""
    whole = saved(Image.new("L", (200, 200), "white"), progressive=True)
    last = whole.rindex(b"\xff\xda")
    first = whole.count(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * (scans - first) + whole[-2:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
# Says that it is ready, then ends as an assert of a C library does.
DYING = """
import os, sys
sys.stdout.buffer.write(b"\\0\\0\\0\\2[]")
sys.stdout.buffer.flush()
sys.stdin.buffer.read(4)
os.abort()
"""
HOSTILE = {
    "nothing": (b"", 422, "image-unreadable"),
    "svg": (SVG, 415, "image-type"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, "image-type"),
    "heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", 415, "image-type"),
    "an svg with the magic of a png": (b"\x89PNG\r\n\x1a\n" + SVG, 422, "image-unreadable"),
    "gif": (saved(Image.new("L", (9, 9)), "GIF"), 415, "image-type"),
    "wrong magic": (b"RIFF....WAVEfmt ", 415, "image-type"),
    "magic and no more": (b"\xff\xd8\xff", 422, "image-unreadable"),
    "truncated": (photo("ZTEG4F5A0ED5")[:2000], 422, "image-unreadable"),
    "junk behind the magic": (b"\x89PNG\r\n\x1a\n" + bytes(500), 422, "image-unreadable"),
    "a bomb of 400 megapixels": (png_of(20_000, 20_000), 413, "image-too-large"),
    "a bomb of 100 megapixels": (png_of(10_000, 10_000), 413, "image-too-large"),
    "one row above the limit": (png_of(8000, 5001), 413, "image-too-large"),
    "a bomb of one column": (png_of(1, 16_385), 413, "image-too-large"),
    "a photo drawn over and over": (drawn_often(33), 422, "image-unreadable"),
    "a small bomb cut short": (png_of(8000, 5000), 422, "image-unreadable"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_photo_is_refused_by_its_name(door: httpx.AsyncClient, name: str) -> None:
    body, status, error = HOSTILE[name]

    answer = await door.post("/vision/barcodes", content=body, headers=JPEG)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


@row(22, without={"backend.vision.decode.check_image": lambda _data: None})
async def test_a_drawing_that_may_run_a_script_is_no_photo(door: httpx.AsyncClient) -> None:
    answer = await door.post("/vision/barcodes", content=SVG, headers=JPEG)

    assert (answer.status_code, answer.json().get("error")) == (415, "image-type")


@row(22, without={"backend.vision.child.PIXELS": 10**9})
def test_a_bomb_is_refused_by_its_pixels_before_it_is_decoded() -> None:
    with pytest.raises(Refusal, match="image-too-large"):
        grey(png_of(8000, 5001))


async def test_page_hidden_behind_a_photo_is_not_looked_at(decoder: Decoder) -> None:
    polyglot = photo("A12345") + b"<html><script>alert(1)</script></html>" + SVG

    assert await seen(decoder, polyglot) == [("A12345", "code_128")]


async def test_photo_drawn_in_several_passes_is_read(decoder: Decoder) -> None:
    passes = saved(sheet(code("A12345")), progressive=True)

    assert await seen(decoder, passes) == [("A12345", "code_128")]
    assert await seen(decoder, drawn_often(32)) == []


async def test_what_is_no_photo_costs_under_a_second_and_no_memory(decoder: Decoder) -> None:
    bodies = [body for body, status, _ in HOSTILE.values() if status != 415]
    await refused(decoder, bodies)
    [child] = children()
    before_kib, before_s = memory_kib(child), cpu_s(child)

    for _ in range(5):
        await refused(decoder, bodies)

    assert children() == [child]
    assert cpu_s(child) - before_s < len(bodies) * 5
    assert memory_kib(child) < before_kib + 8 * 1024


async def refused(decoder: Decoder, bodies: list[bytes]) -> None:
    """Each is refused."""
    for body in bodies:
        with pytest.raises(AppError):
            await decoder.decode(body)


def memory_kib(pid: int) -> int:
    """What a process holds."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def cpu_s(pid: int) -> float:
    """Processor time that a process has used (proc(5): fields 14 and 15 of stat, in ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_body_of_another_type_is_refused(door: httpx.AsyncClient) -> None:
    answer = await door.post(
        "/vision/barcodes", content=photo("A12345"), headers=JPEG | {"content-type": "text/plain"}
    )

    assert (answer.status_code, answer.json()["error"]) == (415, "media-type")


async def test_body_over_the_limit_is_refused_before_it_is_read(door: httpx.AsyncClient) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"\xff\xd8\xff"

    headers = JPEG | {"content-length": str(BLOB_BYTES + 1)}
    answer = await door.post("/vision/barcodes", content=body(), headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")
    assert read == []


async def test_body_that_grows_over_the_limit_is_refused(door: httpx.AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        yield bytes(BLOB_BYTES - 2)

    answer = await door.post("/vision/barcodes", content=body(), headers=JPEG)

    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")


async def test_photo_taken_sideways_is_read(decoder: Decoder) -> None:
    upright = sheet(code("ZTEG4F5A0ED5"))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    turned = upright.transpose(Image.Transpose.ROTATE_90)

    codes = await seen(decoder, saved(turned, exif=exif))

    assert codes == [("ZTEG4F5A0ED5", "code_128")]


async def test_photo_taken_sideways_is_upright_when_it_is_made_small(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter to see it upright
    taken = saved(Image.new("L", (300, 100)), exif=exif)

    small = await decoder.small_jpeg(taken)

    assert Image.open(io.BytesIO(small)).size == (100, 300)


async def test_code_on_a_transparent_background_is_read(decoder: Decoder) -> None:
    black = Image.new("RGBA", sheet(code("A12345")).size, (0, 0, 0, 0))
    black.paste((0, 0, 0, 255), mask=sheet(code("A12345")).point(lambda value: 255 - value))

    codes = await seen(decoder, saved(black, "PNG"))

    assert codes == [("A12345", "code_128")]


FORMATS = {
    "code_128": ("ZTEG4F5A0ED5", BarcodeFormat.Code128),
    "code_39": ("A12345", BarcodeFormat.Code39),
    "code_93": ("A12345", BarcodeFormat.Code93),
    "ean_13": ("4006381333931", BarcodeFormat.EAN13),
    "ean_8": ("73513537", BarcodeFormat.EAN8),
    "upc_a": ("036000291452", BarcodeFormat.UPCA),
    "itf": ("15400141288763", BarcodeFormat.ITF),
    "qr_code": ("https://isp.example/q/10394eb5da90", BarcodeFormat.QRCode),
    "data_matrix": ("HBMT22700048", BarcodeFormat.DataMatrix),
}


@pytest.mark.parametrize("symbology", FORMATS)
async def test_each_symbology_is_read_once_under_its_name(decoder: Decoder, symbology: str) -> None:
    text, writer = FORMATS[symbology]

    codes = await seen(decoder, saved(sheet(code(text, writer)), "PNG"))

    assert codes == [(text, symbology)]


async def test_upc_e_is_read_as_the_upc_a_it_shortens(decoder: Decoder) -> None:
    codes = await seen(decoder, saved(sheet(code("04252614", BarcodeFormat.UPCE)), "PNG"))

    assert codes == [("042100005264", "upc_a")]


async def test_largest_photo_allowed_fits_the_memory_limit(decoder: Decoder) -> None:
    wide = Image.new("RGBA", (8000, 5000), "white")
    wide.paste(code("A12345", scale=12), (200, 200))

    codes = await seen(decoder, saved(wide, "PNG", compress_level=1))

    assert codes == [("A12345", "code_128")]


async def test_child_that_takes_too_long_is_killed() -> None:
    hurried = Decoder(time_limit_s=0.0)

    with pytest.raises(DecodingFailed, match="timeout"):
        await hurried.decode(photo("A12345"))

    assert children() == []


async def test_child_that_has_read_its_share_is_replaced(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.vision.decode.IMAGES_PER_CHILD", 2)
    await decoder.decode(photo("A12345"))
    first = children()
    await decoder.decode(photo("A12345"))

    assert await seen(decoder, photo("A12345")) == [("A12345", "code_128")]
    assert len(children()) == 1
    assert children() != first


async def test_photo_whose_child_dies_is_read_by_another(decoder: Decoder) -> None:
    await decoder.decode(photo("A12345"))
    [child] = children()
    os.kill(child, 9)

    assert await seen(decoder, photo("A12345")) == [("A12345", "code_128")]


async def test_no_photo_is_lost_when_a_child_dies_in_mid_load(decoder: Decoder) -> None:
    await decoder.decode(photo("A12345"))
    asked = [asyncio.ensure_future(seen(decoder, photo(f"A1234{n}"))) for n in range(6)]
    await asyncio.sleep(0)
    [child] = children()
    os.kill(child, 9)

    answers = await asyncio.gather(*asked)

    assert answers == [[(f"A1234{n}", "code_128")] for n in range(6)]
    assert child not in children()


async def test_photo_that_takes_two_children_down_is_refused(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "child.py"
    dying.write_text(DYING, "utf-8")
    monkeypatch.setattr("backend.vision.decode._CHILD", dying)

    with pytest.raises(DecodingFailed):
        await decoder.decode(photo("A12345"))

    assert children() == []


async def test_closed_decoder_leaves_no_process(decoder: Decoder) -> None:
    await decoder.decode(photo("A12345"))

    await decoder.close()

    assert children() == []


async def test_child_has_no_secret_in_its_environment(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERRAIN_TOKEN", "canary")

    await decoder.decode(photo("A12345"))

    [child] = children()
    assert b"canary" not in environment(child)


async def test_too_many_photos_at_once_are_turned_away(decoder: Decoder) -> None:
    label = photo("A12345")

    answers = await asyncio.gather(
        *(decoder.decode(label) for _ in range(25)), return_exceptions=True
    )

    assert sum(isinstance(answer, Busy) for answer in answers) == 5
    assert sum(isinstance(answer, tuple) for answer in answers) == 20


async def test_cancelled_question_is_not_answered_to_the_next(decoder: Decoder) -> None:
    await decoder.decode(photo("A12345"))
    asked = asyncio.ensure_future(decoder.decode(photo("B12345")))
    await asyncio.sleep(0)

    asked.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await seen(decoder, photo("C12345")) == [("C12345", "code_128")]


async def test_question_cancelled_at_any_moment_leaves_no_file_open(decoder: Decoder) -> None:
    before = open_files()

    for turns in range(12):
        asked = asyncio.ensure_future(decoder.decode(photo("A12345")))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        await decoder.close()

    assert open_files() == before


async def seen(decoder: Decoder, data: bytes) -> list[tuple[str, str]]:
    """What stands on a photo, whoever read it."""
    return [(code.text, code.symbology) for code in await decoder.decode(data)]


def open_files() -> list[str]:
    """What this process has open for itself: the temporary files that have no name."""
    links = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return [str(each) for each in links if each.name.endswith("(deleted)")]


def environment(pid: int) -> bytes:
    """A process's environment as it was started."""
    return Path(f"/proc/{pid}/environ").read_bytes()


def children() -> list[int]:
    """The decoding processes of this one."""
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
    return [
        int(pid) for pid in text.split() if b"child.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
