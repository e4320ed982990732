"""Rules of delivering many lanes together, as after an outage."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine

from backend.erp.batch import deliver_many
from backend.erp.client import ErpClient, open_http
from backend.erp.inbound import poll
from backend.simulators.erpnext import Fault, FaultKind, Site
from backend.simulators.erpnext.schema import Doc
from backend.store import lanes
from backend.store.outbox import Claimed
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Crash, DiesAfter, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
THIRD = "DJ-00009"
THREE = (REPAIR, OTHER, THIRD)
CALLS = 9  # of a batch of three jobs


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Already two lanes make a batch."""
    monkeypatch.setattr("backend.erp.deliveries.LEAST", 2)


async def test_many_lanes_take_few_requests(there: Field) -> None:
    visit = {"technician": "TECH-001", "scheduled_date": "2026-11-23", "status": "Assigned"}
    made = [there.site.create_as_office("Dispatch Job", subject="x", **visit) for _ in range(20)]
    mine = [document["name"] for document in made]
    await there.worker.poll_all()
    there.site.log.clear()
    for name in mine:
        await there.tap("status", {"to": "en_route"}, name)
        await there.tap("note", {"text": "un"}, name)
        await there.tap("tag", {"tag": "Chien", "on": True}, name)

    assert await there.worker.deliver_next()

    assert there.open_mutations() == 0
    assert len(there.site.log.entries()) <= 12
    assert {there.document(name)["status"] for name in mine} == {"En Route"}
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


@pytest.mark.usefixtures("few")
async def test_a_batch_meets_what_the_office_did_meanwhile(there: Field) -> None:
    tapped = {name: await there.tap("status", {"to": "on_site"}, name) for name in THREE}
    tags = [*there.document()["tags"], {"tag": "VIP"}]
    there.site.edit_as_office("Dispatch Job", REPAIR, priority="Urgent", tags=tags)
    there.site.edit_as_office("Dispatch Job", OTHER, status="Cancelled")

    assert await there.worker.deliver_next()

    assert (there.document()["status"], there.document()["priority"]) == ("On Site", "Urgent")
    assert there.document()["tags"][-1]["tag"] == "VIP"
    assert "tags/VIP" in there.cells()
    assert there.document(OTHER)["status"] == "Cancelled"
    fates = {name: there.receipts()[mutation][0] for name, mutation in tapped.items()}
    assert fates == {REPAIR: Fate.FILED, OTHER: Fate.CONFLICT, THIRD: Fate.FILED}
    assert await there.worker.poll_all() == 0


@pytest.mark.usefixtures("few")
async def test_a_foreign_edit_between_reading_and_a_batch_is_merged(there: Field) -> None:
    for name in THREE:
        await there.tap("status", {"to": "on_site"}, name)
    edit = {"doctype": "Dispatch Job", "name": OTHER, "fields": {"priority": "Urgent"}}
    there.site.faults.order(Fault(FaultKind.OFFICE_EDIT, path="bulk_update", **edit))  # type: ignore[arg-type]

    await there.worker.deliver_until_empty()

    assert {there.document(name)["status"] for name in THREE} == {"On Site"}
    assert there.document(OTHER)["priority"] == there.cells(OTHER)["priority"] == "Urgent"
    assert there.writes(OTHER) == [("status", "started_at")]


@pytest.mark.usefixtures("few")
async def test_a_cancel_between_reading_and_a_batch_is_not_overwritten(there: Field) -> None:
    tapped = {name: await there.tap("status", {"to": "on_site"}, name) for name in THREE}
    cancel = {"doctype": "Dispatch Job", "name": OTHER, "fields": {"status": "Cancelled"}}
    there.site.faults.order(Fault(FaultKind.OFFICE_EDIT, path="bulk_update", **cancel))  # type: ignore[arg-type]

    await there.worker.deliver_until_empty()

    assert there.document(OTHER)["status"] == "Cancelled"
    assert there.receipts()[tapped[OTHER]][0] is Fate.CONFLICT


@pytest.mark.usefixtures("few")
async def test_a_value_that_the_site_takes_back_is_no_receipt_in_a_batch(there: Field) -> None:
    def revert(site: Site, doctype: str, before: Doc, after: Doc) -> None:
        if after["name"] == OTHER:
            site.database.put(doctype, OTHER, {**after, "status": before["status"]})

    there.site.scripts.append(revert)
    tapped = {name: await there.tap("status", {"to": "en_route"}, name) for name in THREE}

    await there.worker.deliver_until_empty()

    assert there.receipts()[tapped[OTHER]] == (Fate.REFUSED, "not-kept:status")
    assert there.receipts()[tapped[REPAIR]] == (Fate.FILED, "")


@pytest.mark.usefixtures("few")
async def test_what_was_added_after_a_lost_answer_comes_into_the_ledger_too(there: Field) -> None:
    tapped = [await there.tap("note", {"text": "un"}, name) for name in THREE]
    there.site.faults.order(Fault(FaultKind.LOST_ANSWER, path="insert_many"))
    assert await there.worker.deliver_next()
    tapped += [await there.tap("note", {"text": "deux"}, name) for name in THREE]

    await there.worker.deliver_until_empty()

    assert [there.ledger(each) for each in tapped] == [1] * 6
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


async def test_a_batch_given_up_for_dead_records_nothing(there: Field) -> None:
    tapped = [await there.tap("note", {"text": "un"}, name) for name in THREE]

    def claiming(conn: Connection) -> tuple[Claimed, ...]:
        return lanes.claim_many(conn, there.now_ms, most=3)

    late = await there.writer.run(claiming)
    there.clock.advance(lanes.LEASE_MS / 1000)
    other = await there.writer.run(claiming)

    assert await deliver_many(there.tools, late) == []
    assert there.receipts() == {}
    assert await deliver_many(there.tools, other) == []

    assert set(there.receipts()) == set(tapped)
    assert [there.ledger(each) for each in tapped] == [1, 1, 1]


@pytest.mark.usefixtures("few")
async def test_a_batch_never_takes_an_older_document_for_the_newest(
    there: Field, simulated: SimulatedSite
) -> None:
    for name in THREE:
        await there.tap("status", {"to": "en_route"}, name)
        there.site.edit_as_office("Dispatch Job", name, status="En Route")
    assert simulated.transport is not None
    tools = there.tools

    async def office() -> None:
        there.site.edit_as_office("Dispatch Job", OTHER, priority="Urgent")
        await poll(tools, "job")

    between = Before(simulated.transport, "get_list", 4, office)
    async with open_http(simulated.base_url, simulated.token, between) as http:
        there.restart(tools._replace(client=ErpClient(http)))
        await there.worker.deliver_until_empty()

    assert there.cells(OTHER)["priority"] == "Urgent"
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


class Before(httpx.AsyncBaseTransport):
    """Something happens before the n-th request whose path holds a text."""

    def __init__(
        self,
        site: httpx.AsyncBaseTransport,
        path: str,
        number: int,
        event: Callable[[], Awaitable[None]],
    ) -> None:
        self._site, self._path, self._left, self._event = site, path, number, event

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= self._path in request.url.path
        if self._left == 0:
            self._left = -1
            await self._event()
        return await self._site.handle_async_request(request)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("path", ["bulk_update", "insert_many"])
async def test_a_batch_whose_answer_was_lost_has_one_effect(there: Field, path: str) -> None:
    tapped = [await there.tap("note", {"text": "un"}, name) for name in THREE]
    there.site.faults.order(Fault(FaultKind.LOST_ANSWER, times=2, path=path))

    await there.worker.deliver_until_empty()

    assert [there.writes(name) for name in THREE] == [[("tech_notes",)]] * 3
    assert [there.ledger(each) for each in tapped] == [1, 1, 1]
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}
    assert there.conflicts() == []


@pytest.mark.usefixtures("few")
async def test_what_is_refused_in_a_batch_parks_alone(there: Field) -> None:
    values = there.tools.mapping.values
    wrong = values | {"status": values["status"] | {"en_route": ("Roule",)}}
    mapping = msgspec.structs.replace(there.tools.mapping, values=wrong)
    there.restart(there.tools._replace(mapping=mapping))
    refused = await there.tap("status", {"to": "en_route"})
    passed = [await there.tap("note", {"text": "un"}, name) for name in (OTHER, THIRD)]

    await there.worker.deliver_until_empty()

    assert there.lanes() == {there.key(): ("parked", 1, "ValidationError")}
    assert there.receipts()[refused] == (Fate.REFUSED, "ValidationError")
    assert {there.receipts()[each] for each in passed} == {(Fate.FILED, "")}


@pytest.mark.usefixtures("few")
async def test_a_site_without_batches_is_written_one_by_one(there: Field) -> None:
    mapping = there.tools.mapping
    typo = msgspec.structs.replace(mapping.entities["job"].cells["priority"], field="priorite")
    cells = mapping.entities["job"].cells | {"priority": typo}
    job = msgspec.structs.replace(mapping.entities["job"], cells=cells)
    entities = mapping.entities | {"job": job}
    there.restart(there.tools._replace(mapping=msgspec.structs.replace(mapping, entities=entities)))
    tapped = [await there.tap("note", {"text": "un"}, name) for name in THREE]

    await there.worker.deliver_until_empty()

    assert {there.receipts()[each] for each in tapped} == {(Fate.FILED, "")}
    assert [there.ledger(each) for each in tapped] == [1, 1, 1]


@pytest.mark.usefixtures("few")
async def test_a_crash_at_any_call_of_a_batch_leads_to_one_effect(
    there: Field, simulated: SimulatedSite
) -> None:
    assert simulated.transport is not None
    tools, tapped = there.tools, []
    for calls, sent in [(calls, sent) for calls in range(CALLS) for sent in (False, True)]:
        text = f"note {calls} {sent}"
        tapped += [await there.tap("note", {"text": text}, name) for name in THREE]
        dying = DiesAfter(simulated.transport, calls, sent=sent)
        async with open_http(simulated.base_url, simulated.token, dying) as http:
            there.restart(tools._replace(client=ErpClient(http)))
            with pytest.raises(Crash):
                await there.worker.deliver_next()
        there.restart(tools)
        there.clock.advance(lanes.LEASE_MS / 1000)
        assert await there.worker.deliver_next()

    assert {there.ledger(each) for each in tapped} == {1}
    assert set(there.receipts()) == set(tapped)
    notes = [there.document(name)["tech_notes"].splitlines() for name in THREE]
    assert sum(map(len, notes)) == len(tapped)
