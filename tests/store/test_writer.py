"""The group-commit writer: shared commits, isolation of failures, bounded queue."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec.structs import replace
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from backend.errors import Busy, StorageFailed
from backend.store import feed
from backend.store.store import Store, open_store
from backend.store.tables import cell, counter, mutation
from backend.store.tables import feed as feed_table
from backend.store.writer import QUEUE_LIMIT
from sync.protocol import Outcome
from tests.conftest import POSTGRESQL
from tests.given import CLOCK, DEVICE, JULIE, MARC, a_visit, push
from tests.given import mutation as made

OTHER_DEVICE = DEVICE[:-1] + "2"

POKED: list[frozenset[str]] = []


@pytest_asyncio.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store that notes its pokes."""
    POKED.clear()
    opened = open_store(database_url, lambda: CLOCK, POKED.append)
    yield opened
    await opened.close()


async def test_a_push_is_committed_before_it_is_answered(store: Store) -> None:
    await store.writer.run(a_visit)

    answer = await store.writer.push(push(made(1, "note", {"text": "ok"})))

    assert answer.verdicts[0].outcome is Outcome.APPLIED
    stored = await store.read(lambda conn: conn.scalars(select(mutation.c.outcome)).all())
    assert "applied" in stored
    assert any(MARC in poked for poked in POKED)


async def test_callers_that_wait_share_a_commit_and_each_gets_its_own_answer(store: Store) -> None:
    await store.writer.run(a_visit)
    gate = threading.Event()
    blocked = asyncio.ensure_future(store.writer.run(lambda _conn: gate.wait()))
    batch = [
        push(made(n, "note", {"text": str(n)}, seq=1))._replace(device=f"{DEVICE[:-2]}{n:02d}")
        for n in range(10, 40)
    ]

    waiting = [asyncio.ensure_future(store.writer.push(each)) for each in batch]
    await asyncio.sleep(0)
    gate.set()
    answers = await asyncio.gather(*waiting)
    await blocked

    ids = [answer.verdicts[0].id for answer in answers]
    assert ids == [each.batch[0].mutation.id for each in batch]
    assert len([poke for poke in POKED if poke]) < len(batch)


async def test_a_function_that_fails_takes_nobody_with_it(store: Store) -> None:
    def fail(conn: Connection) -> None:
        a_visit(conn)
        raise ValueError("no")

    good = store.writer.run(lambda conn: feed.next_sequence(conn, "x", 0))
    results = await asyncio.gather(good, store.writer.run(fail), return_exceptions=True)

    assert results[0] == 1
    assert isinstance(results[1], ValueError)
    assert await store.read(lambda conn: conn.execute(select(cell)).all()) == []


async def test_a_database_error_is_replayed_alone_and_the_others_are_kept(store: Store) -> None:
    await store.writer.run(a_visit)
    gate = threading.Event()
    blocked = asyncio.ensure_future(store.writer.run(lambda _conn: gate.wait()))

    bad = asyncio.ensure_future(store.writer.run(lambda conn: conn.execute(text("nonsense"))))
    good = asyncio.ensure_future(store.writer.push(push(made(1, "note", {"text": "ok"}))))
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(bad, good, return_exceptions=True)
    await blocked

    assert isinstance(results[0], DBAPIError)
    assert not isinstance(results[1], BaseException)
    assert results[1].verdicts[0].outcome is Outcome.APPLIED


async def test_a_cancelled_caller_does_not_cancel_the_commit(store: Store) -> None:
    await store.writer.run(a_visit)
    gate = threading.Event()
    blocked = asyncio.ensure_future(store.writer.run(lambda _conn: gate.wait()))

    leaving = asyncio.ensure_future(store.writer.push(push(made(1, "note", {"text": "ok"}))))
    await asyncio.sleep(0)
    leaving.cancel()
    gate.set()
    await blocked
    again = await store.writer.push(push(made(1, "note", {"text": "ok"})))

    assert again.verdicts[0].outcome is Outcome.APPLIED
    count = await store.read(lambda conn: len(conn.execute(select(mutation)).all()))
    assert count == 2  # the visit and the note, once


async def test_a_full_queue_answers_busy_at_once(store: Store) -> None:
    gate = threading.Event()
    blocked = asyncio.ensure_future(store.writer.run(lambda _conn: gate.wait()))
    await asyncio.sleep(0)
    fill = [store.writer.run(lambda _conn: None) for _ in range(QUEUE_LIMIT + 200)]
    tasks = [asyncio.ensure_future(each) for each in fill]
    await asyncio.sleep(0)
    gate.set()

    results = await asyncio.gather(blocked, *tasks, return_exceptions=True)

    assert any(isinstance(each, Busy) for each in results)
    assert all(each is None or each is True or isinstance(each, Busy) for each in results)


async def test_sequences_have_no_gap_and_the_feed_chains_them(store: Store) -> None:
    await store.writer.run(a_visit)
    await store.writer.run(lambda conn: a_visit(conn, technician=JULIE, key="job/x-b2"))

    head = await store.read(lambda conn: conn.execute(select(counter)).one())

    chain = await store.read(
        lambda conn: conn.scalars(select(feed_table.c.hash).order_by(feed_table.c.sequence)).all()
    )
    assert head.sequence == len(chain) == 2
    assert head.hash == chain[-1]


async def test_a_number_no_database_can_hold_fails_alone_and_the_writer_goes_on(
    store: Store,
) -> None:
    await store.writer.run(a_visit)
    beyond = replace(made(1, "note", {"text": "un"}), made_at=10**30)
    other = made(2, "note", {"text": "deux"}, seq=1)
    together = [push(beyond), push(other, device=OTHER_DEVICE)]

    refused, kept = await asyncio.gather(
        *(store.writer.push(each) for each in together), return_exceptions=True
    )
    after = await store.writer.push(push(made(3, "note", {"text": "trois"}, seq=1)))

    assert isinstance(refused, Exception)
    assert not isinstance(kept, BaseException)
    assert [each.outcome for each in after.verdicts] == [Outcome.APPLIED]


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
async def test_a_lost_connection_refuses_all_who_shared_it_and_the_next_finds_another(
    store: Store,
) -> None:
    await store.writer.run(a_visit)
    note = push(made(1, "note", {"text": "ok"}))
    cut = text("SELECT pg_terminate_backend(pg_backend_pid())")

    results = await asyncio.gather(
        store.writer.push(note),
        store.writer.run(lambda conn: conn.execute(cut)),
        return_exceptions=True,
    )
    again = await store.writer.push(note)

    assert isinstance(results[1], StorageFailed)
    assert again.verdicts[0].outcome is Outcome.APPLIED
