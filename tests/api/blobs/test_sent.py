"""Photos by tus 1.0: sent in pieces, cut, taken up again, whole once whatever is lost."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backend.replication.tus.uploads import OffsetMismatch, Piece
from tests.api.blobs.door import (
    PHOTO,
    PIECE,
    Phone,
    World,
    begin,
    metadata,
    offset_of,
)
from tests.given import DEVICE, NOW_MS


async def test_photo_sent_in_two_pieces_is_whole_and_told_once(phone: Phone, world: World) -> None:
    place = await begin(phone)

    first = await phone("PATCH", place, PHOTO[:1000], upload_offset="0")
    last = await phone("PATCH", place, PHOTO[1000:], upload_offset="1000")

    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(PHOTO)))
    assert world.bytes_of(PHOTO) == PHOTO
    assert world.completed == 1
    assert await offset_of(phone, place) == len(PHOTO)


async def test_cut_connection_keeps_what_came(phone: Phone, app: Any, world: World) -> None:
    place = await begin(phone)

    await cut_patch(app, place, PHOTO[:700])

    assert await offset_of(phone, place) == 700
    rest = await phone("PATCH", place, PHOTO[700:], upload_offset="700")
    assert rest.status_code == 204
    assert world.bytes_of(PHOTO) == PHOTO


async def cut_patch(app: Any, place: str, came: bytes) -> None:
    """A PATCH whose connection ends after `came`."""
    messages = iter(
        [{"type": "http.request", "body": came, "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(messages)

    async def send(_: Any) -> None:
        """Nobody is there to hear."""

    headers = PIECE | {"upload-offset": "0", "content-length": str(len(PHOTO))}
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": place,
        "raw_path": place.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "http_version": "1.1",
        "server": ("edge.example", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "root_path": "",
    }
    await app(scope, receive, send)


async def test_last_byte_before_a_crash_is_verified_at_the_next_look(
    phone: Phone, world: World
) -> None:
    place = await begin(phone)
    (world.root / "uploads" / place.rsplit("/", 1)[-1]).write_bytes(PHOTO)

    assert await offset_of(phone, place) == len(PHOTO)

    assert world.bytes_of(PHOTO) == PHOTO
    assert world.completed == 1


async def test_same_photo_of_the_same_device_is_not_sent_twice(phone: Phone) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO, upload_offset="0")

    again = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=metadata())

    assert again.status_code == 201
    assert again.headers["location"] == place
    assert "upload-expires" not in again.headers
    assert again.headers["upload-offset"] == str(len(PHOTO))


async def test_upload_begun_before_is_taken_up_where_it_stopped(phone: Phone) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO[:1000], upload_offset="0")

    again = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=metadata())

    assert again.status_code == 201
    assert (again.headers["location"], again.headers["upload-offset"]) == (place, "1000")


async def test_repeated_last_piece_finds_the_photo_whole(phone: Phone, world: World) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO, upload_offset="0")

    again = await phone("PATCH", place, b"", upload_offset=str(len(PHOTO)))

    assert (again.status_code, again.headers["upload-offset"]) == (204, str(len(PHOTO)))
    assert world.completed == 1


async def test_photo_sealed_before_a_crash_is_not_sent_again(phone: Phone, world: World) -> None:
    place = await begin(phone)
    upload = place.rsplit("/", 1)[-1]
    sealed = world.root / "sealed" / f"{hashlib.sha256(PHOTO).hexdigest()}.{upload}"
    sealed.write_bytes(PHOTO)

    assert await offset_of(phone, place) == len(PHOTO)

    assert world.bytes_of(PHOTO) == PHOTO
    assert world.completed == 1
    assert list((world.root / "uploads").iterdir()) == []


async def test_piece_at_another_offset_is_refused(phone: Phone) -> None:
    place = await begin(phone)

    answer = await phone("PATCH", place, PHOTO[10:], upload_offset="10")

    assert (answer.status_code, answer.json()) == (409, {"error": "offset", "reason": "0"})


async def test_two_requests_cannot_send_to_one_upload_at_once(phone: Phone) -> None:
    place = await begin(phone)
    second: list[httpx.Response] = []

    async def body() -> AsyncIterator[bytes]:
        yield PHOTO[:100]
        second.append(await phone("PATCH", place, PHOTO[100:], upload_offset="100"))
        yield PHOTO[100:]

    await phone("PATCH", place, body(), upload_offset="0")

    assert (second[0].status_code, second[0].json()["error"]) == (423, "locked")
    assert await offset_of(phone, place) == len(PHOTO)


async def test_piece_overtaken_by_another_is_refused(phone: Phone, world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield PHOTO[:100]

    place = await begin(phone)
    upload, offset = await world.blobs.find(DEVICE, place.rsplit("/", 1)[-1], NOW_MS)
    await world.blobs.receive(upload, Piece(offset, chunks()), NOW_MS)

    with pytest.raises(OffsetMismatch):
        await world.blobs.receive(upload, Piece(offset, chunks()), NOW_MS)

    assert await offset_of(phone, place) == 100
