"""A backup is whole or it is none, and what it lacks comes again from the phones."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.store.apply import apply_pushes
from backend.store.backup import BadBackup, check_backup, copy_database, note_backup, put_back
from backend.store.pull import pull
from backend.store.store import Store, open_store
from sync.protocol import Outcome
from sync.pull import parse_cursor
from tests.given import CLOCK, MARC, a_visit, mutation, push


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'terrain.db'}", lambda: CLOCK, lambda _: None)
    await opened.writer.run(a_visit)
    yield opened
    await opened.close()


async def test_a_copy_taken_beside_the_writer_is_whole_and_the_phones_hear_of_it(
    store: Store, tmp_path: Path
) -> None:
    await store.writer.push(push(mutation(1, "note", {"text": "a"})))

    copied = copy_database(tmp_path / "terrain.db", tmp_path / "copy.db")
    await store.writer.push(push(mutation(2, "note", {"text": "b"})))
    assert await store.writer.run(lambda conn: note_backup(conn, copied))

    assert check_backup(tmp_path / "copy.db") == copied
    pulled = await store.read(lambda conn: pull(conn, MARC, ""))
    assert pulled.backed_up == copied.sequence < pulled.changes.sequence


async def test_a_backup_of_another_history_frees_nothing(store: Store, tmp_path: Path) -> None:
    copied = copy_database(tmp_path / "terrain.db", tmp_path / "copy.db")

    foreign = copied._replace(epoch="other")

    assert not await store.writer.run(lambda conn: note_backup(conn, foreign))
    assert (await store.read(lambda conn: pull(conn, MARC, ""))).backed_up == 0


def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    database, bad = tmp_path / "terrain.db", tmp_path / "bad.db"
    database.write_bytes(b"what was there")
    bad.write_bytes(b"SQLite format 3\0" + bytes(4096))

    with pytest.raises(BadBackup):
        put_back(bad, database)

    assert database.read_bytes() == b"what was there"


async def test_after_a_restore_phones_start_anew_and_send_again_what_it_lacks(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'terrain.db'}"
    lost = push(mutation(1, "note", {"text": "a"}), mutation(2, "note", {"text": "b"}))
    first = open_store(url, lambda: CLOCK, lambda _: None)
    await first.writer.run(a_visit)
    await first.writer.push(lost._replace(batch=lost.batch[:1]))
    copied = copy_database(tmp_path / "terrain.db", tmp_path / "copy.db")
    await first.writer.push(lost._replace(batch=lost.batch[1:]))
    cursor = (await first.read(lambda conn: pull(conn, MARC, ""))).changes.cursor
    await first.close()

    put_back(tmp_path / "copy.db", tmp_path / "terrain.db")

    again = open_store(url, lambda: CLOCK, lambda _: None)
    page = await again.read(lambda conn: pull(conn, MARC, cursor))
    [answer] = (await again.writer.run(lambda conn: apply_pushes(conn, [lost], CLOCK))).answers
    await again.close()
    known = parse_cursor(page.changes.cursor)
    assert page.changes.reset
    assert known is not None
    assert known.epoch != copied.epoch
    assert page.backed_up == copied.sequence
    assert [each.outcome for each in answer.verdicts] == [Outcome.APPLIED, Outcome.APPLIED]
    assert (tmp_path / "terrain.db.before-restore").exists()
