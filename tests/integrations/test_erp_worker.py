"""Rules of the two loops towards ERPNext, and of the lanes in the store."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Engine, insert, text

from backend.erp.client import ErpClient, open_http
from backend.erp.outbound import deliver
from backend.erp.worker import LINGER_S, Worker
from backend.simulators.erpnext import Fault, FaultKind
from backend.store import lanes
from backend.store.tables import record
from sync.lane import LaneState
from sync.protocol import Fate
from sync.push import Intent
from tests.integrations.erp_given import REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
LOOPS = 3
HOMELESS = "job/00000000-0000-7000-8000-0000000000ff"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


class Resting:
    """A sleep that lasts until the test says so; tells when every loop rests."""

    def __init__(self) -> None:
        self.asleep = 0
        self.all_asleep = asyncio.Event()
        self.morning = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds == LINGER_S:
            return
        self.asleep += 1
        if self.asleep == LOOPS:
            self.all_asleep.set()
        try:
            await self.morning.wait()
        finally:
            self.asleep -= 1
            self.all_asleep.clear()


class Thinking(httpx.AsyncBaseTransport):
    """A site that takes its time over every answer."""

    def __init__(self, site: httpx.AsyncBaseTransport) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self._site = site

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await self.answers.wait()
        return await self._site.handle_async_request(request)


async def test_the_loops_deliver_what_waits_rest_and_wake(there: Field) -> None:
    resting = Resting()
    worker = Worker(there.tools, resting.sleep, lambda: 0.5)
    first = await there.tap("note", {"text": "un"})
    # A process that died meanwhile had claimed it.
    await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms))
    there.site.edit_as_office("Dispatch Job", "DJ-00007", priority="Low")

    running = asyncio.create_task(worker.run())
    await resting.all_asleep.wait()
    filed_at_start = set(there.receipts())
    second = await there.tap("note", {"text": "deux"})
    resting.all_asleep.clear()
    worker.wake()
    await resting.all_asleep.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert filed_at_start == {first}
    assert set(there.receipts()) == {first, second}
    assert there.cells("DJ-00007")["priority"] == "Low"


async def test_a_worker_given_up_for_dead_records_nothing(there: Field) -> None:
    tapped = await there.tap("note", {"text": "un"})
    late = await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms))
    there.clock.advance(lanes.LEASE_MS / 1000)
    other = await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms))
    assert late is not None
    assert other is not None

    with pytest.raises(lanes.LeaseLost):
        await deliver(there.tools, late)
    with pytest.raises(lanes.LeaseLost):
        await there.writer.run(lambda conn: lanes.renew(conn, [late], there.now_ms))
    assert there.receipts() == {}
    await deliver(there.tools, other)

    assert set(there.receipts()) == {tapped}
    assert there.ledger(tapped) == 1


async def test_a_claim_is_renewed_for_as_long_as_the_delivery_takes(
    there: Field, simulated: SimulatedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.RENEW_S", 0.01)
    tapped = await there.tap("note", {"text": "un"})
    assert simulated.transport is not None
    slow = Thinking(simulated.transport)
    async with open_http(simulated.base_url, simulated.token, slow) as http:
        there.restart(there.tools._replace(client=ErpClient(http)))
        delivering = asyncio.create_task(there.worker.deliver_next())
        await slow.asked.wait()
        there.clock.advance(lanes.LEASE_MS / 2000)
        async with asyncio.timeout(10.0):
            while await _due(there) <= there.now_ms + lanes.LEASE_MS / 2:
                await asyncio.wait({delivering}, timeout=0.01)
        there.clock.advance(lanes.LEASE_MS * 0.7 / 1000)

        assert await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms)) is None
        slow.answers.set()
        assert await delivering

    assert set(there.receipts()) == {tapped}


async def _due(there: Field) -> int:
    query = text("SELECT due_at FROM lane")
    due: int = await there.writer.run(lambda conn: conn.execute(query).scalar_one())
    return due


async def test_a_fault_of_our_own_code_stops_neither_loop_nor_other_lanes(
    there: Field, caplog: pytest.LogCaptureFixture
) -> None:
    poison = await there.tap("note", {"text": "un"})
    with there.engine.begin() as conn:
        conn.execute(text("UPDATE change SET value = '[1]' WHERE path LIKE 'notes/%'"))
    sound = await there.tap("note", {"text": "deux"}, "DJ-00007")

    assert await there.worker.deliver_next()
    assert await there.worker.deliver_next()

    assert set(there.receipts()) == {sound}
    assert there.lanes() == {there.key(): ("due", 1, "fault:TypeError")}
    assert caplog.messages == ["delivery failed"]
    assert there.ledger(poison) == 0


async def test_a_poll_is_no_reason_to_deliver_to_an_absent_site(there: Field) -> None:
    await there.tap("note", {"text": "un"})
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    for _ in range(5):
        await there.worker.poll_all()

    assert not await there.worker.deliver_next()
    assert there.lanes() == {there.key(): ("due", 0, "")}


async def test_the_loops_probe_an_absent_site_once_between_them(there: Field) -> None:
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    for _ in range(5):
        await there.worker.poll_all()
    there.clock.advance(30)
    asked = len(there.requests("GET"))

    await asyncio.gather(
        there.worker.deliver_next(), there.worker.deliver_next(), there.worker.poll_all()
    )

    assert len(there.requests("GET")) == asked + 1


async def test_a_record_without_a_document_waits_for_its_name(there: Field) -> None:
    with there.engine.begin() as conn:
        row = {"key": HOMELESS, "collection": "job", "upstream_name": None, "sequence": 0}
        conn.execute(insert(record).values(**row, deleted=None))
        lanes.enqueue(conn, [Intent(HOMELESS, "m1", ("status",))], there.now_ms)

        assert lanes.claim(conn, there.now_ms) is None
        assert lanes.next_due(conn) is None
        lanes.wake(conn, [HOMELESS], there.now_ms)
        assert lanes.next_due(conn) == there.now_ms


async def test_what_comes_in_during_a_delivery_is_delivered_next(there: Field) -> None:
    first = await there.tap("note", {"text": "un"})
    claimed = await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms))
    assert claimed is not None
    second = await there.tap("note", {"text": "deux"})

    await there.writer.run(
        lambda conn: lanes.record_success(conn, claimed.key, claimed.entries, there.now_ms)
    )
    assert set(there.receipts()) == {first}
    await there.worker.deliver_until_empty()

    assert there.receipts()[second] == (Fate.FILED, "")


async def test_the_oldest_lane_goes_first(there: Field) -> None:
    await there.tap("note", {"text": "un"}, "DJ-00007")
    there.clock.advance(1)
    await there.tap("note", {"text": "deux"}, REPAIR)

    claimed = await there.writer.run(lambda conn: lanes.claim(conn, there.now_ms))

    assert claimed is not None
    assert claimed.key == there.key("DJ-00007")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_picking_a_lane_costs_one_index_step_however_many_wait(there: Field) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT key FROM lane WHERE state = :s AND due_at <= 5 ORDER BY due_at"
    )
    with there.engine.begin() as conn:
        steps = conn.execute(text(query), {"s": LaneState.DUE.value}).all()

    assert ["ix_lane_due" in step[-1] for step in steps] == [True]
