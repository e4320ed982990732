"""The sweep over rows and files: what anything refers to stays, everything else goes in time."""

import hashlib
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.replication.inbox import read_batch
from backend.replication.tus.uploads import Piece, Uploads
from backend.store.apply import Push
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.garbage import Sweeper, forget, old_blobs
from backend.store.blobs.local import LocalPlace
from backend.store.blobs.place import BlobName
from backend.store.blobs.store import BlobStore
from backend.store.blobs.uploads import Upload
from backend.store.clock import DAY_MS
from backend.store.store import Store, open_store
from backend.store.tables import blob, blob_reference
from sync.protocol import PROTOCOL, SyncRequest
from tests.given import CLOCK, DEVICE, JOB, NOW_MS, OTHER_JOB, a_visit, technician, uuid7

OTHER_DEVICE = "00000000-0000-7000-8000-0000000000d2"
OLD_MS = NOW_MS - 31 * DAY_MS
YOUNG_MS = NOW_MS - DAY_MS


class World:
    """A store, a folder of photos, and phones that send both photos and mutations."""

    def __init__(self, store: Store, root: Path) -> None:
        self.store = store
        self.root = root
        self.blobs = BlobStore(BlobFolder(root, lambda _: 2**40), LocalPlace(root))
        self.uploads = Uploads(store, self.blobs.folder, lambda: CLOCK, lambda: None)
        self.sweeper = Sweeper(store, self.blobs)
        self.seqs: dict[str, int] = {}

    async def send(
        self, photo: bytes, at_ms: int = OLD_MS, device: str = DEVICE, upto: int | None = None
    ) -> BlobName:
        """A device sends a photo, or its beginning, at an instant."""

        async def chunks() -> AsyncIterator[bytes]:
            yield photo[:upto]

        number = int(hashlib.sha256(photo + device.encode()).hexdigest()[:9], 16)
        wanted = Upload(
            uuid7(number), device, sha256(photo), "image/jpeg", len(photo), created_at=at_ms
        )
        upload, offset = await self.uploads.create(wanted)
        await self.uploads.receive(upload, Piece(offset, chunks()), at_ms)
        return upload.name

    async def push(self, device: str = DEVICE, **fields: Any) -> str:
        """A phone pushes a mutation as it goes over the wire; gives its outcome."""
        seq = self.seqs[device] = self.seqs.get(device, 0) + 1
        number = int(device[-2:], 16) * 1000 + seq
        sent = {"id": uuid7(number), "seq": seq, "key": JOB, "base": 2, "made_at": NOW_MS}
        raw = msgspec.Raw(msgspec.json.encode(sent | fields))
        batch = read_batch(SyncRequest(PROTOCOL, device, 1, mutations=(raw,)))
        answer = await self.store.writer.push(Push(technician(device=device), device, 1, batch))
        return answer.verdicts[0].outcome.value

    async def rows(self) -> set[BlobName]:
        """The photos that the table knows."""
        query = select(blob.c.sha256, blob.c.upload)
        found = await self.store.read(lambda conn: conn.execute(query).all())
        return {BlobName(*row) for row in found}

    def files(self) -> set[str]:
        """The names of all files that hold bytes of photos."""
        folders = ("uploads", "sealed", "[0-9a-f][0-9a-f]")
        return {path.name for each in folders for path in self.root.glob(f"{each}/*")}

    def put(self, folder: str, name: str, at_ms: int = OLD_MS) -> Path:
        """A file with a last change at an instant."""
        path = self.root / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"bytes")
        os.utime(path, (at_ms / 1000, at_ms / 1000))
        return path


def sha256(photo: bytes) -> str:
    """In hex."""
    return hashlib.sha256(photo).hexdigest()


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Marc has two visits; the second can bill."""
    store = open_store(database_url, lambda: CLOCK, lambda _: None)
    await store.writer.run(a_visit)
    await store.writer.run(lambda conn: a_visit(conn, OTHER_JOB, billable=True, status="on_site"))
    yield World(store, tmp_path / "blobs")
    await store.close()


# Every way in which a mutation may name a photo, with what becomes of the mutation.
NAMED: dict[str, tuple[str, Any]] = {
    "by nothing": ("", None),
    "by a scan": ("applied", lambda h: {"kind": "scan", "args": {"blob": h}}),
    "beside a note": ("applied", lambda h: {"kind": "note", "args": {"text": "x"}, "blobs": [h]}),
    "by a completion that waits": (
        "held",
        lambda h: {"kind": "status", "key": OTHER_JOB, "args": {"to": "completed"}, "blobs": [h]},
    ),
    "by what nobody can read": ("parked", lambda h: {"kind": "scan", "key": 7, "blobs": [h]}),
    "by what the phone could not read": (
        "parked",
        lambda h: {"kind": "opaque", "args": {"payload": f'{{"blob":"{h.upper()}"'}},
    ),
    "by what was refused": ("rejected", lambda h: {"kind": "photo", "args": {"blob": h, "no": 1}}),
}
GOING = {"by nothing", "by what was refused"}


@pytest.mark.parametrize("named", NAMED)
async def test_only_what_nothing_but_a_refused_mutation_names_goes(
    world: World, named: str
) -> None:
    outcome, fields = NAMED[named]
    photo = named.encode()
    old, young = await world.send(photo), await world.send(photo, YOUNG_MS, OTHER_DEVICE)
    part = await world.send(photo + b"?", NOW_MS - 8 * DAY_MS, upto=3)
    if fields:
        assert await world.push(**fields(sha256(photo))) == outcome
    await world.blobs.move()

    gone = await world.sweeper.sweep(NOW_MS)

    assert gone == (2 if named in GOING else 1)
    kept = {young} if named in GOING else {young, old}
    assert await world.rows() == kept
    assert world.files() == {name.file for name in kept}
    assert part not in kept


async def test_photo_is_kept_whichever_device_names_it(world: World) -> None:
    old = await world.send(b"photo")
    scan = {"kind": "scan", "args": {"blob": sha256(b"photo")}}
    assert await world.push(OTHER_DEVICE, **scan) == "applied"

    assert await world.sweeper.sweep(NOW_MS) == 0
    assert await world.rows() == {old}


async def test_photo_that_waits_to_be_moved_goes_like_any_other(world: World) -> None:
    old = await world.send(b"photo")

    assert world.files() == {old.file}
    assert await world.sweeper.sweep(NOW_MS) == 1
    assert world.files() == set()


async def test_photo_named_while_it_was_being_looked_at_stays(world: World) -> None:
    old = await world.send(b"photo")
    seen = await world.store.read(lambda conn: old_blobs(conn, NOW_MS))
    await world.push(kind="scan", args={"blob": sha256(b"photo")})

    gone = await world.store.writer.run(lambda conn: forget(conn, [old.upload], NOW_MS))

    assert (list(seen), gone) == ([old], ())
    assert await world.rows() == {old}


async def test_same_photo_sent_again_after_it_went_is_kept(world: World) -> None:
    await world.send(b"photo")
    await world.blobs.move()
    await world.sweeper.sweep(NOW_MS)

    again = await world.send(b"photo", NOW_MS)
    await world.push(kind="scan", args={"blob": sha256(b"photo")})
    await world.blobs.move()

    assert await world.sweeper.sweep(NOW_MS + 400 * DAY_MS) == 0
    assert await world.blobs.read(again) == b"photo"


async def test_bytes_left_by_a_crash_after_their_row_went_are_found_later(world: World) -> None:
    old = await world.send(b"photo")
    kept = await world.send(b"another", NOW_MS)
    await world.blobs.move()
    os.utime(world.root / old.path, (OLD_MS / 1000, OLD_MS / 1000))
    await world.store.writer.run(lambda conn: forget(conn, [old.upload], NOW_MS))

    assert await world.sweeper.sweep(NOW_MS) == 1
    assert world.files() == {kept.file}


async def test_other_installations_photos_are_left_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ours = await world.send(b"photo", NOW_MS)
    await world.blobs.move()
    prefix = ours.sha256[:2]
    strangers = {f"{prefix}{number:062x}.{uuid7(number)}" for number in range(2)}
    for stranger in strangers:
        world.put(prefix, stranger)

    with caplog.at_level(logging.ERROR):
        assert await world.sweeper.sweep(NOW_MS) == 0

    assert world.files() == strangers | {ours.file}
    assert "photos of another installation?" in caplog.text


async def test_what_we_never_put_there_is_left_alone(world: World) -> None:
    world.put("ab", "notes.txt")
    world.put("ab", "ab" * 32)

    assert await world.sweeper.sweep(NOW_MS) == 0
    assert world.files() == {"notes.txt", "ab" * 32}


async def test_pieces_without_a_row_go_when_nobody_has_touched_them_for_seven_days(
    world: World,
) -> None:
    old = world.put("uploads", uuid7(1), NOW_MS - 7 * DAY_MS - 1000)
    young = world.put("uploads", uuid7(2), NOW_MS - 7 * DAY_MS + 1000)
    begun = await world.send(b"photo", NOW_MS, upto=2)
    os.utime(world.root / "uploads" / begun.upload, (OLD_MS / 1000, OLD_MS / 1000))

    assert await world.sweeper.sweep(NOW_MS) == 1
    assert world.files() == {young.name, begun.upload}
    assert not old.exists()


async def test_photo_has_its_old_name_until_the_new_one_is_durable(world: World) -> None:
    name = await world.send(b"photo")
    waiting = world.blobs.folder.sealed(name)

    await LocalPlace(world.root).put(name, waiting)

    assert waiting.samefile(world.root / name.path)


async def test_sweep_sees_every_page(world: World) -> None:
    sweeper = Sweeper(world.store, world.blobs, page=2)
    for number in range(7):
        await world.send(bytes([number]))
    await world.push(kind="scan", args={"blob": sha256(bytes([3]))})

    assert await sweeper.sweep(NOW_MS) == 6
    assert {name.sha256 for name in await world.rows()} == {sha256(bytes([3]))}


async def test_each_mutation_notes_each_hash_once(world: World) -> None:
    photo = sha256(b"photo")
    await world.push(kind="scan", args={"blob": photo}, blobs=[photo])
    await world.push(kind="note", args={"text": "x"})

    noted = await world.store.read(lambda conn: conn.execute(select(blob_reference)).all())
    assert [row.sha256 for row in noted] == [photo]
