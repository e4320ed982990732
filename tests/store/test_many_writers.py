"""Several processes on one PostgreSQL database: order of the feed, lost updates, news, turns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert, select, text, update

from backend.errors import StorageFailed
from backend.store import feed, news
from backend.store.pokes import Pokes
from backend.store.store import Store, open_store
from backend.store.tables import binding
from backend.store.tables import feed as feed_table
from backend.store.turns import in_turn
from sync.protocol import Outcome
from tests.conftest import POSTGRESQL
from tests.given import CLOCK, DEVICE, JOB, JULIE, MARC, NOW_MS, a_visit, push
from tests.given import mutation as made

pytestmark = pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)

PUSHES = 60
SERIAL = "ALCLB1234567"
WITHIN_S = 20.0

# The server has the databases of other tests too, that run meanwhile.
_CUT_LISTENERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT max(sequence) FROM counter')"
)
_CUT_HOLDERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = database"
    " WHERE datname = current_database()"
    " AND locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
)
_WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database"
    " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)


@pytest_asyncio.fixture
async def stores(database_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' stores on one database."""
    async with AsyncExitStack() as ends:
        opened = []
        for name in ("one", "two"):
            store = open_store(database_url, lambda: CLOCK, lambda _poked: None, origin=name)
            ends.push_async_callback(store.close)
            opened.append(store)
        await opened[0].writer.run(a_visit)
        yield opened[0], opened[1]


@pytest.fixture(autouse=True)
def only_by_notify(monkeypatch: pytest.MonkeyPatch) -> None:
    """News that are not told are not found by a look either."""
    monkeypatch.setattr(news, "LOOK_S", 3600.0)


async def test_a_reader_that_follows_the_feed_skips_nothing(stores: tuple[Store, Store]) -> None:
    done = asyncio.Event()
    reading = asyncio.create_task(_follow(stores[0], done))

    await asyncio.gather(*(_push_notes(store, n) for n, store in enumerate(stores)))
    done.set()
    seen = await reading

    stored = await stores[0].read(
        lambda conn: conn.scalars(select(feed_table.c.sequence).order_by("sequence")).all()
    )
    assert len(stored) > 2 * PUSHES
    assert seen == list(stored)


async def test_what_two_writers_read_and_write_back_loses_nothing(
    stores: tuple[Store, Store],
) -> None:
    row = {"serial": SERIAL, "key": JOB, "mutation": "0"}
    await stores[0].writer.run(lambda conn: conn.execute(insert(binding).values(row)))

    def add(conn: Connection) -> None:
        count = int(conn.execute(select(binding.c.mutation)).scalar_one())
        conn.execute(update(binding).values(mutation=str(count + 1)))

    async def add_many(store: Store) -> None:
        for _ in range(PUSHES):
            await store.writer.run(add)

    await asyncio.gather(*(add_many(store) for store in stores for _ in range(2)))

    total = await stores[0].read(lambda conn: conn.scalar(select(binding.c.mutation)))
    assert total == str(4 * PUSHES)


async def test_a_push_sent_to_both_is_applied_once_with_one_verdict(
    stores: tuple[Store, Store],
) -> None:
    same = [push(made(n, "note", {"text": str(n)})) for n in range(1, PUSHES)]

    first = [asyncio.create_task(stores[0].writer.push(each)) for each in same]
    again = [asyncio.create_task(stores[1].writer.push(each)) for each in same]
    answers = [(await one, await other) for one, other in zip(first, again, strict=True)]

    applied = [one or other for one, other in answers if one.verdicts and other.verdicts]
    assert applied
    assert all(one == other for one, other in answers if one.verdicts and other.verdicts)
    for each in same:
        assert await stores[0].writer.push(each) == await stores[1].writer.push(each)


async def test_a_deadlock_with_another_program_is_tried_again(stores: tuple[Store, Store]) -> None:
    tries: list[int] = []

    def collide(conn: Connection) -> str:
        tries.append(len(tries))
        if len(tries) < 3:
            conn.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$"))
        return "done"

    assert await stores[0].writer.run(collide) == "done"
    assert len(tries) == 3


async def test_a_transaction_that_stays_in_the_way_is_a_fault_of_the_storage(
    stores: tuple[Store, Store],
) -> None:
    def collide(conn: Connection) -> None:
        conn.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$"))

    with pytest.raises(StorageFailed):
        await stores[0].writer.run(collide)
    answer = await stores[0].writer.push(push(made(1, "note", {"text": "ok"})))

    assert answer.verdicts[0].outcome is Outcome.APPLIED


async def test_a_commit_pokes_the_listeners_of_another_process(
    stores: tuple[Store, Store], database_url: str
) -> None:
    async with _listening(database_url, "two") as poked:
        await stores[0].writer.push(push(made(1, "note", {"text": "ok"})))

        await _heard(poked)


async def test_a_process_hears_nothing_of_its_own_commits_twice(
    stores: tuple[Store, Store], database_url: str
) -> None:
    async with _listening(database_url, "one") as poked:
        await stores[0].writer.push(push(made(1, "note", {"text": "un"})))
        await stores[1].writer.run(lambda conn: news.tell(conn, {JULIE}, "two"))
        async with _listening(database_url, "three", JULIE) as other:
            await stores[1].writer.run(lambda conn: news.tell(conn, {JULIE}, "two"))
            await _heard(other)

        assert not poked.is_set()


async def test_a_cut_listener_connects_again_and_wakes_everybody(
    stores: tuple[Store, Store], database_url: str
) -> None:
    async with _listening(database_url, "two") as poked:
        await stores[0].writer.run(lambda conn: conn.execute(_CUT_LISTENERS))

        await _heard(poked)
        poked.clear()
        await stores[0].writer.push(push(made(1, "note", {"text": "ok"})))
        await _heard(poked)


async def test_a_feed_that_moved_without_a_word_wakes_everybody(
    stores: tuple[Store, Store], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "LOOK_S", 0.05)
    async with _listening(database_url, "two") as poked:
        await stores[0].writer.run(lambda conn: feed.next_sequence(conn, "x", NOW_MS))

        await _heard(poked)


async def test_a_turn_is_one_processs_at_a_time_and_goes_on_when_it_is_cut(
    stores: tuple[Store, Store], database_url: str
) -> None:
    holders: asyncio.Queue[str] = asyncio.Queue()

    async def hold(name: str) -> None:
        await holders.put(name)
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        first = group.create_task(in_turn(database_url, "poll", lambda: hold("first")))
        async with asyncio.timeout(WITHIN_S):
            assert await holders.get() == "first"
        second = group.create_task(in_turn(database_url, "poll", lambda: hold("second")))
        while not await stores[0].read(lambda conn: conn.scalar(_WAITING)):
            assert holders.empty()
        first.cancel()
        async with asyncio.timeout(WITHIN_S):
            assert await holders.get() == "second"
        await stores[0].writer.run(lambda conn: conn.execute(_CUT_HOLDERS))
        async with asyncio.timeout(WITHIN_S):
            assert await holders.get() == "second"
        second.cancel()


@asynccontextmanager
async def _listening(url: str, origin: str, technician: str = MARC) -> AsyncIterator[asyncio.Event]:
    """What wakes a listener of one technician in the process `origin`, which hears already."""
    pokes = Pokes()
    pokes.start()

    async def listen_for_ever() -> None:
        while True:
            await news.listen(url, origin, pokes)

    with pokes.listen(technician) as poked:
        listening = asyncio.create_task(listen_for_ever())
        await _heard(poked)  # it begins by waking everybody
        poked.clear()
        yield poked
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _heard(poked: asyncio.Event) -> None:
    async with asyncio.timeout(WITHIN_S):
        await poked.wait()


async def _push_notes(store: Store, number: int) -> None:
    """Many small commits of one replica; every third time a sequence without a mutation."""
    device = f"{DEVICE[:-2]}{number:02d}"
    for seq in range(1, PUSHES + 1):
        note = made(number * 1000 + seq, "note", {"text": str(seq)}, seq=seq)
        answer = await store.writer.push(push(note, device=device))
        assert answer.verdicts[0].outcome is Outcome.APPLIED
        if seq % 3 == 0:
            await store.writer.run(lambda conn: feed.next_sequence(conn, "x", NOW_MS))


async def _follow(store: Store, done: asyncio.Event) -> list[int]:
    """Every sequence that a reader sees who asks only for what is beyond the last."""
    seen = [0]
    last_look = False
    while not last_look:
        last_look = done.is_set()
        seen += await store.read(partial(_beyond, after=seen[-1]))
    return seen[1:]


def _beyond(conn: Connection, after: int) -> list[int]:
    query = select(feed_table.c.sequence).where(feed_table.c.sequence > after)
    return list(conn.scalars(query.order_by(feed_table.c.sequence)))
