"""/api/blobs: photos in pieces by tus 1.0.0, through cuts, lies, full disks and other devices."""

import base64
import hashlib
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide
from sqlalchemy import Connection, select

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.session import DeviceSession
from backend.replication.tus.api import BlobController
from backend.replication.tus.method import with_method_override
from backend.replication.tus.uploads import OffsetMismatch, Piece, Uploads
from backend.store.blobs.folder import FREE_BYTES, BlobFolder
from backend.store.blobs.garbage import Sweeper
from backend.store.blobs.local import LocalPlace
from backend.store.blobs.store import BlobStore
from backend.store.blobs.uploads import BLOB_BYTES, Quota
from backend.store.clock import DAY_MS
from backend.store.store import Store, open_store
from backend.store.tables import blob
from tests.given import CLOCK, DEVICE, MARC, NOW_MS

OTHER_DEVICE = "00000000-0000-7000-8000-0000000000d2"
PHOTO = bytes(range(256)) * 400
ANY = {"tus-resumable": "1.0.0"}
PIECE = ANY | {"content-type": "application/offset+octet-stream"}
PIECE_TYPE = {"content_type": PIECE["content-type"]}


class World:
    """What a test may turn: who calls, the hour, the free disk; and what it may look at."""

    def __init__(self, store: Store, root: Path) -> None:
        self.device = DEVICE
        self.now_ms = NOW_MS
        self.free = FREE_BYTES
        self.completed = 0
        self.store = store
        self.root = root
        folder = BlobFolder(root, lambda _: self.free)
        self.blobs = Uploads(store, folder, lambda: CLOCK, self.complete, Quota(3 * BLOB_BYTES, 5))
        self.sweeper = Sweeper(store, BlobStore(folder, LocalPlace(root)))

    def complete(self) -> None:
        """Count the photos that became whole."""
        self.completed += 1

    def session(self) -> DeviceSession:
        """The session of the phone that calls."""
        return DeviceSession(device=self.device, technician=MARC, name="Marc", expires_at=0)

    def bytes_of(self, photo: bytes) -> bytes | None:
        """The file that holds a photo, by its own name."""
        found = list(self.root.glob(f"sealed/{hashlib.sha256(photo).hexdigest()}.*"))
        return found[0].read_bytes() if found else None


class Phone(Protocol):
    """Calls the door as tus clients do."""

    async def __call__(
        self, method: str, path: str = "", content: Any = b"", **headers: str | None
    ) -> httpx.Response: ...


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An empty store and folder."""
    store = open_store(database_url, lambda: CLOCK, lambda _: None)
    yield World(store, tmp_path / "blobs")
    await store.close()


@pytest.fixture
def app(world: World) -> Any:
    """The door."""
    return Litestar(
        [BlobController],
        logging_config=None,
        dependencies={
            "session": Provide(world.session, sync_to_thread=False),
            "uploads": Provide(lambda: world.blobs, sync_to_thread=False),
            "now_ms": Provide(lambda: world.now_ms, sync_to_thread=False),
        },
        guards=[same_origin],
        exception_handlers=exception_handlers("450-555-0100"),
    )


@pytest.fixture
async def phone(app: Any) -> AsyncIterator[Phone]:
    """A phone in front of the door."""
    transport = httpx.ASGITransport(with_method_override(app, "/api/blobs"))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge.example") as client:

        async def call(
            method: str, path: str = "", content: Any = b"", **headers: str | None
        ) -> httpx.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            usual = PIECE if method == "PATCH" else ANY
            given = [(n, v) for n, v in (usual | named).items() if v is not None]
            sent = [(n.encode(), v.encode("latin-1")) for n, v in given]
            return await client.request(method, path or "/api/blobs", content=content, headers=sent)

        yield call


def metadata(photo: bytes = PHOTO, filetype: str = "image/jpeg", **more: bytes) -> str:
    """The Upload-Metadata of a photo."""
    digest = hashlib.sha256(photo).hexdigest().encode()
    values = {"sha256": digest, "filetype": filetype.encode()} | more
    return ",".join(f"{name} {encoded(value)}" for name, value in values.items())


def encoded(value: bytes) -> str:
    """Base64, as tus has it."""
    return base64.b64encode(value).decode()


async def begin(phone: Phone, photo: bytes = PHOTO, size: int | None = None) -> str:
    """Create an upload; gives where it is."""
    length = str(len(photo) if size is None else size)
    answer = await phone("POST", upload_length=length, upload_metadata=metadata(photo))
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def offset_of(phone: Phone, place: str) -> int:
    """Where the server says to go on."""
    answer = await phone("HEAD", place)
    assert answer.headers["upload-length"] == str(len(PHOTO))
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


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


async def test_more_than_the_announced_length_is_refused(phone: Phone) -> None:
    place = await begin(phone)

    answer = await phone("PATCH", place, PHOTO + b"more", upload_offset="0")

    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")
    assert await offset_of(phone, place) == 0


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
