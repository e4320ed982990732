"""What takes room on the disk is bounded, and the last of it is let go in time."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, text

from backend.store.ballast import BALLAST_BYTES, Ballast
from backend.store.blobs.folder import FREE_BYTES
from backend.store.engine import WAL_BYTES
from backend.store.store import Store, open_store
from tests.given import CLOCK, a_visit

RESERVE = 256 * 1024**2


class Disk:
    """A disk whose free space is set by hand."""

    def __init__(self) -> None:
        self.free = 10 * FREE_BYTES

    def __call__(self, _folder: Path) -> int:
        return self.free


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def ballast(tmp_path: Path, disk: Disk) -> Ballast:
    return Ballast(tmp_path, RESERVE, disk)


def test_the_ballast_has_its_blocks_while_there_is_room(ballast: Ballast) -> None:
    ballast.settle()

    assert ballast.file.stat().st_blocks * 512 >= BALLAST_BYTES


def test_the_ballast_is_let_go_only_when_the_disk_is_all_but_full(
    ballast: Ballast, disk: Disk
) -> None:
    ballast.settle()
    disk.free = RESERVE // 4
    ballast.settle()
    kept = ballast.file.exists()
    disk.free -= 1
    ballast.settle()

    assert kept
    assert not ballast.file.exists()


def test_the_ballast_comes_back_only_once_photos_are_taken_beside_it(
    ballast: Ballast, disk: Disk
) -> None:
    disk.free = FREE_BYTES + BALLAST_BYTES - 1
    ballast.settle()
    too_early = ballast.file.exists()
    disk.free += 1
    ballast.settle()

    assert not too_early
    assert ballast.file.exists()


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'terrain.db'}", lambda: CLOCK, lambda _: None)
    await opened.writer.run(a_visit)
    yield opened
    await opened.close()


async def test_the_databases_log_is_emptied_once_no_reader_is_in_the_way(
    store: Store, tmp_path: Path
) -> None:
    def fill(conn: Connection) -> None:
        conn.execute(text("UPDATE cell SET value = hex(zeroblob(:n))"), {"n": WAL_BYTES // 8})

    log = tmp_path / "terrain.db-wal"
    with closing(sqlite3.connect(tmp_path / "terrain.db", isolation_level=None)) as too_long:
        too_long.execute("BEGIN").execute("SELECT count(*) FROM cell")
        await store.writer.run(fill)
        while_read = log.stat().st_size
    for _turn in range(2):  # an answer comes before the writer looks at its log
        await store.writer.run(lambda _conn: None)

    assert while_read > WAL_BYTES
    assert log.stat().st_size < WAL_BYTES
