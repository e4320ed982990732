"""What is told and kept of an upload: options, metadata, checksums, and the hash it must have."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import Connection, select

from backend.store.blobs.uploads import BLOB_BYTES
from backend.store.tables import blob
from tests.api.blobs.door import (
    PHOTO,
    PIECE_TYPE,
    Phone,
    World,
    begin,
    encoded,
    metadata,
    offset_of,
)
from tests.given import NOW_MS


async def test_options_say_what_the_server_can(phone: Phone) -> None:
    answer = await phone("OPTIONS", tus_resumable="")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,expiration,checksum"
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
    assert answer.headers["tus-max-size"] == str(BLOB_BYTES)


async def test_options_of_an_upload_ignore_the_clients_version(phone: Phone) -> None:
    place = await begin(phone)

    answer = await phone("OPTIONS", place, tus_resumable="0.2.2")

    assert (answer.status_code, answer.headers["tus-version"]) == (204, "1.0.0")


async def test_photo_with_another_hash_is_refused_and_starts_anew(
    phone: Phone, world: World
) -> None:
    place = await begin(phone)
    wrong = PHOTO[:-1] + b"?"

    answer = await phone("PATCH", place, wrong, upload_offset="0")

    assert (answer.status_code, answer.json()["error"]) == (460, "checksum")
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert world.bytes_of(PHOTO) is None
    assert world.completed == 0
    assert await offset_of(phone, place) == 0
    await phone("PATCH", place, PHOTO, upload_offset="0")
    assert world.bytes_of(PHOTO) == PHOTO


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_piece_with_a_wrong_checksum_is_thrown_away(phone: Phone, algorithm: str) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO[:500], upload_offset="0")
    digest = encoded(hashlib.new(algorithm, PHOTO[500:900]).digest())

    wrong = await phone(
        "PATCH", place, b"?" * 400, upload_offset="500", upload_checksum=f"{algorithm} {digest}"
    )
    there = await offset_of(phone, place)
    right = await phone(
        "PATCH", place, PHOTO[500:900], upload_offset="500", upload_checksum=f"{algorithm} {digest}"
    )

    assert (wrong.status_code, there) == (460, 500)
    assert (right.status_code, right.headers["upload-offset"]) == (204, "900")


@pytest.mark.parametrize("checksum", ["md5 kRx5ZsP0hAoAB/bN9ihaGA==", "sha1 ***", "sha1"])
async def test_piece_with_a_checksum_nobody_can_check_is_not_taken(
    phone: Phone, checksum: str
) -> None:
    place = await begin(phone)

    answer = await phone("PATCH", place, PHOTO, upload_offset="0", upload_checksum=checksum)

    assert answer.status_code in (400, 460)
    assert await offset_of(phone, place) == 0


async def test_metadata_are_echoed_as_they_came(phone: Phone) -> None:
    given = metadata(filename="Entrée.jpg".encode(), raw=b"\xff\x00") + ",is_confidential"
    made = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=given)

    answer = await phone("HEAD", made.headers["location"])

    assert answer.headers["upload-metadata"] == given


async def test_hash_of_the_original_is_kept_as_evidence(phone: Phone, world: World) -> None:
    original = hashlib.sha256(b"what the camera gave").hexdigest()
    said = metadata(original=original.upper().encode())
    made = await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=said)
    await phone("PATCH", made.headers["location"], PHOTO, upload_offset="0")
    other = metadata(original=hashlib.sha256(b"something else").hexdigest().encode())

    await phone("POST", upload_length=str(len(PHOTO)), upload_metadata=other)

    query = select(blob.c.sha256, blob.c.original_sha256)
    row = await world.store.read(lambda conn: conn.execute(query).one())
    assert tuple(row) == (hashlib.sha256(PHOTO).hexdigest(), original)


async def test_client_that_can_only_post_says_what_it_means(phone: Phone, world: World) -> None:
    place = await begin(phone)
    override = {"x_http_method_override": "PATCH", **PIECE_TYPE}

    answer = await phone("POST", place, PHOTO, upload_offset="0", **override)
    there = await phone("POST", place, x_http_method_override="HEAD")

    assert (answer.status_code, world.bytes_of(PHOTO)) == (204, PHOTO)
    assert (there.status_code, there.headers["upload-length"]) == (200, str(len(PHOTO)))


@pytest.mark.parametrize("method", ["DELETE", "BREW"])
async def test_method_that_is_meant_and_unknown_is_refused(phone: Phone, method: str) -> None:
    place = await begin(phone)

    answer = await phone("PATCH", place, PHOTO, upload_offset="0", x_http_method_override=method)

    assert answer.status_code == 405
    assert await offset_of(phone, place) == 0


async def test_table_says_what_came_and_when(phone: Phone, world: World) -> None:
    place = await begin(phone)
    await phone("PATCH", place, PHOTO[:500], upload_offset="0")
    half = await world.store.read(row)
    world.now_ms += 1000

    await phone("PATCH", place, PHOTO[500:], upload_offset="500")

    assert half == (500, None, "image/jpeg", len(PHOTO))
    assert await world.store.read(row) == (len(PHOTO), NOW_MS + 1000, "image/jpeg", len(PHOTO))


def row(conn: Connection) -> tuple[Any, ...]:
    """The one row of the table."""
    query = select(blob.c.offset, blob.c.complete_at, blob.c.media_type, blob.c.size)
    return tuple(conn.execute(query).one())
