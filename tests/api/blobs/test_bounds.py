"""What of uploads is refused or ends: strangers, sizes, quotas, a full disk, time."""

from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import pytest

from backend.store.blobs.folder import FREE_BYTES
from backend.store.blobs.uploads import BLOB_BYTES
from backend.store.clock import DAY_MS
from tests.api.blobs.door import (
    OTHER_DEVICE,
    PHOTO,
    PIECE_TYPE,
    Phone,
    World,
    begin,
    encoded,
    metadata,
    offset_of,
)
from tests.given import DEVICE, NOW_MS


async def test_every_answer_about_an_unfinished_upload_says_when_it_expires(
    phone: Phone, world: World
) -> None:
    made = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=metadata())
    place = made.headers["location"]
    world.now_ms += DAY_MS
    part = await phone("PATCH", place, PHOTO[:10], upload_offset="0")
    there = await phone("HEAD", place)
    last = await phone("PATCH", place, PHOTO[10:], upload_offset="10")
    whole = await phone("HEAD", place)

    dates = [parsedate_to_datetime(a.headers["upload-expires"]) for a in (made, part, there)]
    assert {date.timestamp() * 1000 for date in dates} == {NOW_MS + 7 * DAY_MS}
    assert made.headers["upload-expires"].endswith(" GMT")
    assert "upload-expires" not in last.headers
    assert "upload-expires" not in whole.headers


async def test_expired_upload_is_gone_even_before_it_is_swept(phone: Phone, world: World) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO[:10], upload_offset="0")
    world.now_ms += 7 * DAY_MS + 1

    answers = [
        await phone("HEAD", place),
        await phone("PATCH", place, PHOTO[10:], upload_offset="10"),
    ]
    again = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=metadata())

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("upload-offset" not in answer.headers for answer in answers)
    assert (again.headers["location"], again.headers["upload-offset"]) == (place, "10")
    assert (await phone("HEAD", place)).status_code == 200


async def test_upload_that_expires_while_its_last_bytes_come_is_not_said_to_be_whole(
    phone: Phone, world: World
) -> None:
    place = await begin(phone)

    async def body() -> AsyncIterator[bytes]:
        yield PHOTO[:100]
        await world.sweeper.sweep(NOW_MS + 8 * DAY_MS)
        yield PHOTO[100:]

    answer = await phone("PATCH", place, body(), upload_offset="0")

    assert answer.status_code == 404
    assert world.completed == 0
    assert world.bytes_of(PHOTO) is None


FOREIGN: dict[str, dict[str, str | None]] = {
    "a page of another site": {"origin": "https://evil.example"},
    "a form, which cannot send the protocol's header": {"tus_resumable": None},
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("override", [None, "PATCH"])
async def test_upload_from_elsewhere_is_refused(
    phone: Phone, name: str, override: str | None
) -> None:
    place = await begin(phone)
    method = "POST" if override else "PATCH"
    sent = {"upload_offset": "0", "x_http_method_override": override, **PIECE_TYPE}
    wanted = {"upload_length": "9", "upload_metadata": metadata(b"123456789")}

    answer = await phone(method, place, PHOTO, **(sent | FOREIGN[name]))
    made = await phone("POST", "", b"", **(wanted | FOREIGN[name]))

    assert (answer.status_code, made.status_code) == (403, 403)
    assert await offset_of(phone, place) == 0


async def test_more_than_the_announced_length_is_refused(phone: Phone) -> None:
    place = await begin(phone)

    answer = await phone("PATCH", place, PHOTO + b"more", upload_offset="0")

    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")
    assert await offset_of(phone, place) == 0


async def test_upload_of_another_device_does_not_exist(phone: Phone, world: World) -> None:
    place = await begin(phone)
    world.device = OTHER_DEVICE

    answers = [
        await phone("HEAD", place),
        await phone("PATCH", place, PHOTO, upload_offset="0"),
        await phone("HEAD", "/api/blobs/nothing"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_photo_of_another_device_must_be_sent_all_the_same(
    phone: Phone, world: World
) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO, upload_offset="0")
    world.device = OTHER_DEVICE

    mine = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=metadata())

    assert mine.status_code == 201
    assert mine.headers["upload-offset"] == "0"
    assert mine.headers["location"] != place


REFUSED_CREATIONS: dict[str, tuple[dict[str, str | None], int, str]] = {
    "a length above the limit": ({"upload_length": str(BLOB_BYTES + 1)}, 413, "too-large"),
    "no length": ({"upload_length": ""}, 400, "unreadable"),
    "a length that is no number": ({"upload_length": "-1"}, 400, "unreadable"),
    "nothing to send": ({"upload_length": "0"}, 400, "unreadable"),
    "no hash": ({"upload_metadata": f"filetype {encoded(b'image/png')}"}, 400, "unreadable"),
    "a hash that is a path": (
        {"upload_metadata": f"sha256 {encoded(b'../../../../etc/passwd')}"},
        400,
        "unreadable",
    ),
    "metadata that is no Base64": ({"upload_metadata": "sha256 ***"}, 400, "unreadable"),
    "metadata that names a key twice": (
        {"upload_metadata": f"{metadata()},filetype {encoded(b'image/png')}"},
        400,
        "unreadable",
    ),
    "metadata without a key": ({"upload_metadata": f"{metadata()},é x"}, 400, "unreadable"),
    "metadata without end": (
        {"upload_metadata": metadata(filename=bytes(2048))},
        413,
        "too-large",
    ),
    "an original that is no hash": (
        {"upload_metadata": metadata(original=b"IMG_0001")},
        400,
        "unreadable",
    ),
    "a length to come later": (
        {"upload_length": None, "upload_defer_length": "1"},
        400,
        "unreadable",
    ),
    "a part of a whole": ({"upload_concat": "partial"}, 400, "unreadable"),
    "the first piece within": (
        {"content_type": "application/offset+octet-stream"},
        415,
        "media-type",
    ),
    "a file that is no photo": (
        {"upload_metadata": metadata(filetype="text/html")},
        415,
        "image-type",
    ),
    "another version of tus": ({"tus_resumable": "0.2.2"}, 412, "tus-version"),
}


@pytest.mark.parametrize("name", REFUSED_CREATIONS)
async def test_creation_that_cannot_be_is_refused(phone: Phone, name: str) -> None:
    headers, status, error = REFUSED_CREATIONS[name]
    usual: dict[str, str | None] = {"upload_length": str(len(PHOTO)), "upload_metadata": metadata()}

    answer = await phone("POST", "", b"", **(usual | headers))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert ("tus-version" in answer.headers) == (status == 412)
    assert "location" not in answer.headers


async def test_largest_photo_is_taken(phone: Phone, world: World) -> None:
    photo = bytes(BLOB_BYTES)
    place = await begin(phone, photo)

    answer = await phone("PATCH", place, photo, upload_offset="0")

    assert answer.status_code == 204
    assert world.completed == 1


async def test_piece_of_another_content_type_is_refused(phone: Phone) -> None:
    place = await begin(phone)

    answer = await phone("PATCH", place, PHOTO, upload_offset="0", content_type="image/jpeg")

    assert answer.status_code == 415


async def test_full_disk_stops_photos_and_keeps_what_came(phone: Phone, world: World) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO[:500], upload_offset="0")
    world.free = FREE_BYTES - 1

    creation = await phone("POST", upload_length="9", upload_metadata=metadata(b"123456789"))
    piece = await phone("PATCH", place, PHOTO[500:], upload_offset="500")

    assert (creation.status_code, creation.json()["error"]) == (507, "disk-full")
    assert (piece.status_code, piece.json()["error"]) == (507, "disk-full")
    assert await offset_of(phone, place) == 500


async def test_disk_that_fills_during_a_piece_is_told(phone: Phone, world: World) -> None:
    place = await begin(phone)
    name = place.rsplit("/", 1)[-1]
    (world.root / "uploads" / name).symlink_to("/dev/full")

    answer = await phone("PATCH", place, PHOTO, upload_offset="0")

    assert (answer.status_code, answer.json()["error"]) == (507, "disk-full")


async def test_quota_of_bytes_and_photos_is_a_devices_and_a_days(
    phone: Phone, world: World
) -> None:
    size = str(BLOB_BYTES)
    for number in range(3):
        await begin(phone, bytes([number]), BLOB_BYTES)

    over = await phone("POST", upload_length=size, upload_metadata=metadata(b"fourth"))
    world.device = OTHER_DEVICE
    other = await phone("POST", upload_length=size, upload_metadata=metadata(b"fourth"))
    world.device, world.now_ms = DEVICE, NOW_MS + DAY_MS
    tomorrow = await phone("POST", upload_length=size, upload_metadata=metadata(b"fourth"))

    assert (over.status_code, over.json()["error"]) == (429, "slow-down")
    assert (other.status_code, tomorrow.status_code) == (201, 201)


async def test_number_of_photos_a_day_is_bounded(phone: Phone) -> None:
    for number in range(5):
        await begin(phone, bytes([number]), 1)

    sixth = await phone("POST", upload_length="1", upload_metadata=metadata(b"sixth"))

    assert sixth.status_code == 429


async def test_incomplete_upload_is_forgotten_after_seven_days(phone: Phone, world: World) -> None:
    whole, part = await begin(phone, b"whole"), await begin(phone)
    await phone("PATCH", whole, b"whole", upload_offset="0")
    await phone("PATCH", part, PHOTO[:500], upload_offset="0")

    early = await world.sweeper.sweep(NOW_MS + 7 * DAY_MS)
    late = await world.sweeper.sweep(NOW_MS + 7 * DAY_MS + 1)

    assert (early, late) == (0, 1)
    assert (await phone("HEAD", part)).status_code == 404
    assert (await phone("HEAD", whole)).headers["upload-offset"] == "5"
    assert list((world.root / "uploads").iterdir()) == []
