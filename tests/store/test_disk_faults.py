"""The writer on a disk that fails: nobody is told a falsehood, and it goes on when that is safe."""

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, func, insert, select

from backend.errors import DiskFull, StorageFailed
from backend.store.disk import Reserve
from backend.store.store import Store, open_store
from backend.store.tables import mutation, record
from sync.protocol import Outcome
from tests.given import CLOCK, OTHER_JOB, a_visit, push
from tests.given import mutation as made

RESERVE = 256 * 2**20
SPILLED = 4000  # rows enough to leave SQLite's cache before the commit


class Free:
    """What a disk says is free, set by hand."""

    def __init__(self, size: int) -> None:
        self.bytes = size

    def __call__(self, _folder: Path) -> int:
        return self.bytes


def open_at(folder: Path, check_space: Callable[[], None] = lambda: None) -> Store:
    """A store on SQLite: the faults here are those of its files."""
    url = f"sqlite:///{folder / 'terrain.db'}"
    return open_store(url, lambda: CLOCK, lambda _poked: None, check_space)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store with one visit, and a reader that has it open too."""
    opened = open_at(tmp_path)
    await opened.writer.run(a_visit)
    await count(opened)
    yield opened
    await opened.close()


@contextmanager
def failing_disk() -> Iterator[None]:
    """Every write of this process to a file fails: SQLite says SQLITE_IOERR_WRITE."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def count(store: Store) -> int:
    """How many mutations readers see."""
    return await store.read(
        lambda conn: conn.execute(select(func.count()).select_from(mutation)).scalar_one()
    )


async def test_a_push_that_the_disk_did_not_take_is_refused_and_not_there(store: Store) -> None:
    note = push(made(1, "note", {"text": "un"}))

    with failing_disk(), pytest.raises(StorageFailed) as refusal:
        await store.writer.push(note)

    assert refusal.value.reason == "SQLITE_IOERR_WRITE"
    assert await count(store) == 1  # the visit


async def test_all_who_shared_a_failed_commit_are_refused_and_none_is_tried_again(
    store: Store,
) -> None:
    tries = []
    gate = threading.Event()
    blocked = asyncio.ensure_future(store.writer.run(lambda _conn: gate.wait()))

    def count_a_try(conn: Connection) -> None:
        tries.append(1)
        a_visit(conn, "job/x-b2")

    with failing_disk():
        pushed = asyncio.ensure_future(store.writer.push(push(made(1, "note", {"text": "un"}))))
        run = asyncio.ensure_future(store.writer.run(count_a_try))
        await asyncio.sleep(0)
        gate.set()
        results = await asyncio.gather(blocked, pushed, run, return_exceptions=True)

    assert [type(each) for each in results[1:]] == [StorageFailed, StorageFailed]
    assert results[1] is not results[2]
    assert len(tries) == 1


async def test_the_writer_goes_on_by_itself_once_the_disk_does(store: Store) -> None:
    note = push(made(1, "note", {"text": "un"}))
    with failing_disk(), pytest.raises(StorageFailed):
        await store.writer.push(note)

    again = await store.writer.push(note)

    assert [each.outcome for each in again.verdicts] == [Outcome.APPLIED]
    assert await count(store) == 2


async def test_a_failure_before_the_commit_is_the_disks_too(store: Store) -> None:
    def more_than_the_cache_holds(conn: Connection) -> None:
        rows = [
            {"key": f"job/{n}", "collection": "job", "upstream_name": "x" * 140 + str(n)}
            for n in range(SPILLED)
        ]
        conn.execute(insert(record), [each | {"sequence": 1} for each in rows])

    with failing_disk(), pytest.raises(StorageFailed):
        await store.writer.run(more_than_the_cache_holds)

    await store.writer.run(more_than_the_cache_holds)


async def test_a_full_database_says_so_and_takes_work_again_when_there_is_room(
    store: Store,
) -> None:
    note = push(made(1, "note", {"text": "u" * 4000}), made(2, "note", {"text": "d" * 4000}))
    await store.writer.run(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 1").close())

    with pytest.raises(DiskFull):
        await store.writer.push(note)

    await store.writer.run(
        lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {2**30}").close()
    )
    again = await store.writer.push(note)
    assert [each.outcome for each in again.verdicts] == [Outcome.APPLIED] * 2


async def test_the_last_of_the_disk_is_not_for_phones(tmp_path: Path) -> None:
    free = Free(RESERVE)
    store = open_at(tmp_path, Reserve(tmp_path, RESERVE, free).check)
    await store.writer.run(a_visit)
    note = push(made(1, "note", {"text": "un"}))
    free.bytes = RESERVE - 1

    with pytest.raises(DiskFull):
        await store.writer.push(note)
    await store.writer.run(lambda conn: a_visit(conn, OTHER_JOB))
    free.bytes = RESERVE
    again = await store.writer.push(note)

    assert [each.outcome for each in again.verdicts] == [Outcome.APPLIED]
    assert await count(store) == 3
    await store.close()


async def test_a_damaged_database_is_read_and_not_written_again(tmp_path: Path) -> None:
    first = open_at(tmp_path)
    await first.writer.run(a_visit)
    await first.close()
    damage(tmp_path / "terrain.db")
    store = open_at(tmp_path)
    note = push(made(1, "note", {"text": "un"}))
    with failing_disk(), pytest.raises(StorageFailed, match="SQLITE_IOERR"):
        await store.writer.push(note)

    with pytest.raises(StorageFailed, match="damaged"):
        await store.writer.push(note)

    assert await count(store) == 1
    await store.close()


def damage(file: Path) -> None:
    """Overwrite a page that none of the statements here reads."""
    with closing(sqlite3.connect(file)) as conn:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_receipt_technician'"
        [(page,)] = conn.execute(query)
        [(size,)] = conn.execute("PRAGMA page_size")
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)
