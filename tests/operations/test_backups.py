"""Backups are encrypted and proved in the archive; what they lack is said, and comes again."""

import hashlib
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest
import pytest_asyncio
from pyrage import x25519
from sqlalchemy import Connection

from backend.cli import main
from backend.operations.backup_worker import BackupWorker
from backend.operations.backups import Backup, expired, list_backups
from backend.settings.upkeep import BackupSettings
from backend.store.apply import apply_mutations, apply_pushes
from backend.store.archive import open_archive
from backend.store.backups import Backups, read_backups
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.place import BlobName
from backend.store.clock import DAY_MS
from backend.store.disk import Reserve
from backend.store.engine import writing_engine
from backend.store.pull import pull
from backend.store.store import Store, open_store
from backend.store.tables import device
from sync.state import Actor, ActorKind
from tests.given import CLOCK, DEVICE, MARC, NOW_MS, a_visit, mutation, push
from tests.rows import row

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
PHOTO = b"a photo of a terminal"
OFFICE = Actor(ActorKind.OFFICE, "lea@example.ca", "lea@example.ca", "office:lea@example.ca")


class Place:
    """An installation's folders, its configuration, and the key that stays elsewhere."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.data, self.archive = folder / "var", folder / "elsewhere"
        self.data.mkdir()
        self.archive.mkdir()
        shutil.copy(migrated, self.data / "terrain.db")
        engine = writing_engine(self.url)
        with engine.begin() as conn:
            a_visit(conn)
        engine.dispose()
        key = x25519.Identity.generate()
        self.identity, self.config = folder / "backup.key", folder / "terrain.toml"
        self.identity.write_text(f"# age\n{key}\n", "utf-8")
        self.settings = BackupSettings(str(self.archive), (str(key.to_public()),), keep=2)
        self.config.write_text(
            f'data = "{self.data}"\n[backup]\nurl = "{self.archive}"\n'
            f'recipients = ["{key.to_public()}"]\n',
            "utf-8",
        )
        self.folder = BlobFolder(self.data / "blobs")

    @property
    def url(self) -> str:
        """The database's."""
        return f"sqlite:///{self.data / 'terrain.db'}"

    def terrain(self, *arguments: str) -> int:
        """Run a command; gives its exit status."""
        return main(["--config", str(self.config), *arguments])

    def photo(self) -> Path:
        """A whole photo that waits in its folder."""
        name = BlobName(hashlib.sha256(PHOTO).hexdigest(), str(uuid.UUID(int=7)))
        file = self.folder.sealed(name)
        file.write_bytes(PHOTO)
        return self.folder.root / name.path

    def cells(self) -> str:
        """The hash of every value that stands."""
        with closing(sqlite3.connect(self.data / "terrain.db")) as conn:
            rows = conn.execute("SELECT key, path, value FROM cell ORDER BY 1, 2").fetchall()
        return hashlib.sha256(repr(rows).encode()).hexdigest()


def _in_clear(source: BinaryIO, target: BinaryIO, _recipients: object) -> None:
    target.write(source.read())


@pytest.fixture
def place(tmp_path: Path, migrated: Path) -> Place:
    return Place(tmp_path, migrated)


@pytest_asyncio.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    opened = open_store(place.url, lambda: CLOCK, lambda _: None)
    yield opened
    await opened.close()


def test_a_disk_that_is_lost_is_the_same_again_once_the_phones_have_sent(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    phones = [f"{DEVICE[:-2]}{n:02d}" for n in range(1, 6)]
    journal = [
        push(
            mutation(100 * n, "note", {"text": f"avant {n}"}, seq=1),
            mutation(100 * n + 1, "note", {"text": f"après {n}"}, seq=2),
            device=phone,
        )
        for n, phone in enumerate(phones, 1)
    ]
    place.photo()
    engine = writing_engine(place.url)
    with engine.begin() as conn:
        apply_pushes(conn, [each._replace(batch=each.batch[:1]) for each in journal], CLOCK)
    assert place.terrain("backup") == 0
    with engine.begin() as conn:
        apply_pushes(conn, journal, CLOCK)
    engine.dispose()
    before = place.cells()
    for name in ("blobs", "terrain.db"):
        lost = place.data / name
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()

    assert place.terrain("restore", "latest", "--identity", str(place.identity)) == 0

    restored = place.cells()
    engine = writing_engine(place.url)
    with engine.begin() as conn:
        answers = apply_pushes(conn, journal, CLOCK).answers
    engine.dispose()
    assert restored != before
    assert place.cells() == before
    assert {each.outcome for answer in answers for each in answer.verdicts} == {"applied"}
    assert "The former database cannot be read" in capsys.readouterr().out
    assert [file.read_bytes() for file in place.folder.root.glob("??/*")] == [PHOTO]


def test_a_restore_lists_what_no_phone_will_send_again(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    revoked = DEVICE[:-1] + "9"
    decided = mutation(30, "note", {"text": "bureau"})
    engine = writing_engine(place.url)
    with engine.begin() as conn:
        _enrolled(conn, revoked)
    assert place.terrain("backup", str(place.data / "copy.db")) == 0
    with engine.begin() as conn:
        refused = mutation(11, "note", {"text": ""}, seq=2)
        kept = push(mutation(10, "note", {"text": "un"}, seq=1), refused)
        gone = push(mutation(20, "note", {"text": "deux"}, seq=1), device=revoked)
        apply_pushes(conn, [kept, gone], CLOCK)
        apply_mutations(conn, OFFICE, [decided], CLOCK)
    engine.dispose()

    assert place.terrain("restore", str(place.data / "copy.db")) == 0

    said = capsys.readouterr().out.splitlines()
    assert "2 mutations of 1 phones are missing: they send them again." in said
    assert [line.split()[-1] for line in said[-2:]] == [
        mutation(20, "note", {}).id,
        mutation(30, "note", {}).id,
    ]


def _enrolled(conn: Connection, name: str) -> None:
    row = {"id": name, "technician": MARC, "link": "l", "session_hash": name, "created_at": 1}
    conn.execute(device.insert().values(row | {"seen_at": 1, "revoked_at": NOW_MS}))


async def test_a_backup_that_is_due_is_taken_and_the_phones_hear_of_it(
    place: Place, store: Store
) -> None:
    clock = [NOW_MS]
    worker = _worker(place, store, clock)

    first = await worker.turn()
    clock[0] += 59 * MINUTE_MS
    too_early = await worker.turn()
    clock[0] += MINUTE_MS
    await store.writer.push(push(mutation(1, "note", {"text": "a"})))
    second = await worker.turn()

    told = (await store.read(lambda conn: pull(conn, MARC, ""))).backed_up
    kept = list_backups(open_archive(place.settings))
    assert (first, too_early, second) == (True, False, True)
    assert [each.at for each in kept] == [NOW_MS + HOUR_MS, NOW_MS]
    assert told == kept[0].sequence
    assert (await store.read(read_backups)).taken_at == NOW_MS + HOUR_MS


@row(33, without={"backend.operations.sealing.encrypt_io": _in_clear})
async def test_no_secret_of_a_backup_can_be_read_in_the_archive(place: Place, store: Store) -> None:
    await store.writer.push(push(mutation(1, "note", {"text": "le code de la porte"})))

    await _worker(place, store, [NOW_MS]).turn()

    [file] = (place.archive / "database").iterdir()
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"porte" not in file.read_bytes()
    assert not (place.data / "backup").exists()


async def test_an_archive_that_is_away_is_told_and_tried_again_until_it_is_stale(
    place: Place, store: Store
) -> None:
    clock = [NOW_MS]
    worker = _worker(place, store, clock)
    await worker.turn()
    place.archive.rename(place.archive.with_name("unmounted"))
    clock[0] += HOUR_MS
    await worker.turn()
    failed = await store.read(read_backups)
    late = place.settings.late_ms

    assert failed == Backups(NOW_MS, NOW_MS + HOUR_MS, "no-folder")
    assert not failed.is_stale(NOW_MS + late, late)
    assert failed.is_stale(NOW_MS + late + 1, late)
    place.archive.with_name("unmounted").rename(place.archive)
    clock[0] += 5 * MINUTE_MS
    assert await worker.turn()
    assert (await store.read(read_backups)).failing_since is None


def test_another_key_opens_nothing_and_touches_nothing(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.terrain("backup") == 0
    place.identity.write_text(str(x25519.Identity.generate()), "utf-8")
    before = place.cells()

    assert place.terrain("restore", "latest", "--identity", str(place.identity)) == 1

    assert "does not open this backup" in capsys.readouterr().err
    assert place.cells() == before
    assert not (place.data / "terrain.db.before-restore").exists()


def test_a_backup_that_was_changed_in_the_archive_is_refused(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.terrain("backup") == 0
    [file] = (place.archive / "database").iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    assert place.terrain("restore", "latest", "--identity", str(place.identity)) == 1
    assert "worth nothing" in capsys.readouterr().err


def test_the_newest_backups_and_the_last_of_each_day_stay() -> None:
    hourly = [_at(NOW_MS - n * HOUR_MS) for n in range(24 * 5)]

    gone = expired(hourly, keep=3, keep_days=2, now_ms=NOW_MS)

    kept = [each for each in hourly if each not in gone]
    days = {each.at // DAY_MS for each in kept}
    assert kept[:3] == hourly[:3]
    assert len(kept) == 4
    assert days == {NOW_MS // DAY_MS, NOW_MS // DAY_MS - 1}


def _at(instant: int) -> Backup:
    return Backup(instant, f"database/{instant}", "e", 1, 1)


def _worker(place: Place, store: Store, clock: list[int]) -> BackupWorker:
    reserve = Reserve(place.data, 0)
    return BackupWorker(place.settings, store, reserve, place.folder, lambda: clock[0])
