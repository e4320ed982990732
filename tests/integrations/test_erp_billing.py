"""Rules of completions that bill a customer, after an outage."""

from collections.abc import AsyncIterator

import msgspec
import pytest_asyncio
from sqlalchemy import Engine

from backend.simulators.erpnext import Fault, FaultKind
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
DAY_S = 24 * 3600.0
SERIAL = "TPLGABCDEF01"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        field.site.edit_as_office("Dispatch Job", REPAIR, billable=1)
        await field.worker.poll_all()
        yield field


async def outage(there: Field, seconds: float) -> None:
    """ERPNext is away for so long, and has just come back."""
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    for _ in range(5):
        await there.worker.poll_all()
    there.clock.advance(seconds)
    there.site.faults.clear()
    there.site.log.clear()


async def complete(there: Field, name: str = REPAIR) -> str:
    await there.tap("status", {"to": "on_site"}, name)
    return await there.tap("status", {"to": "completed"}, name)


async def deliver(there: Field) -> None:
    while await there.worker.deliver_next():
        pass


async def test_after_a_long_outage_what_bills_drains_last(there: Field) -> None:
    done = await complete(there)
    await outage(there, 4 * DAY_S)
    note = await there.tap("note", {"text": "un"}, OTHER)

    await deliver(there)
    assert there.document()["status"] == "On Site"
    assert note in there.receipts()
    assert there.receipts()[done] == (Fate.HELD, "")
    await there.worker.poll_all()
    await deliver(there)

    assert there.document()["status"] == "Completed"
    assert there.receipts()[done] == (Fate.FILED, "")
    assert there.lanes() == {}


async def test_the_fields_own_time_travels_with_a_late_completion(there: Field) -> None:
    await complete(there)
    await outage(there, 4 * DAY_S)

    for _ in range(2):
        await deliver(there)
        await there.worker.poll_all()
    await deliver(there)

    assert there.document()["completed_at"] == "2026-11-23 08:00:00"


async def test_after_a_short_outage_a_completion_goes_with_the_rest(there: Field) -> None:
    done = await complete(there)
    await outage(there, DAY_S - 60)

    await deliver(there)

    assert there.receipts()[done] == (Fate.FILED, "")
    assert there.writes() == [("status", "started_at", "completed_at")]


async def test_a_completion_that_bills_nobody_does_not_wait(there: Field) -> None:
    done = await complete(there, OTHER)
    there.site.edit_as_office("Dispatch Job", OTHER, billable=0)
    await there.worker.poll_all()
    await outage(there, 4 * DAY_S)

    await deliver(there)

    assert there.receipts()[done] == (Fate.FILED, "")


async def test_an_outage_that_began_before_a_restart_counts_whole(there: Field) -> None:
    done = await complete(there)
    await outage(there, 4 * DAY_S)
    there.restart(there.tools)

    await deliver(there)

    assert there.document()["status"] == "On Site"
    assert there.receipts()[done] == (Fate.HELD, "")


async def test_a_visit_that_the_office_cancelled_meanwhile_is_not_billed(there: Field) -> None:
    done = await complete(there)
    there.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")
    await outage(there, 4 * DAY_S)

    await deliver(there)
    await there.worker.poll_all()
    await deliver(there)

    assert there.document()["status"] == "Cancelled"
    assert there.conflicts() == [("status", False)]
    assert there.receipts()[done][0] is Fate.CONFLICT


async def test_what_bills_waits_while_a_human_must_choose(there: Field) -> None:
    await there.tap("equipment", {"serial": SERIAL, "type": "ONT", "source": "typed"}, OTHER)
    await there.tap("equipment", {"serial": SERIAL, "type": "ONT", "source": "typed"})
    done = await complete(there)
    await outage(there, 4 * DAY_S)

    await deliver(there)
    await there.worker.poll_all()
    await deliver(there)
    assert there.document()["status"] == "On Site"
    assert there.receipts()[done] == (Fate.HELD, "")
    conflict = there.open_conflict()
    await there.decide("resolve", {"conflict": conflict, "choice": "theirs"})
    await deliver(there)
    await there.worker.poll_all()
    await deliver(there)

    assert there.document()["status"] == "Completed"
    assert there.receipts()[done] == (Fate.FILED, "")


async def test_new_work_on_a_visit_does_not_wait_for_its_completion(there: Field) -> None:
    await complete(there)
    await outage(there, 4 * DAY_S)
    await deliver(there)

    note = await there.tap("note", {"text": "un"})
    await deliver(there)

    assert there.receipts()[note] == (Fate.FILED, "")
    assert there.document()["status"] == "On Site"


async def test_an_office_that_reopened_the_visit_is_heard_before_it_is_billed(
    there: Field,
) -> None:
    await complete(there)
    await outage(there, 4 * DAY_S)
    await deliver(there)
    assert there.document()["status"] == "On Site"
    there.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")

    await deliver(there)  # what was read is older than this edit
    await there.worker.poll_all()
    await deliver(there)

    assert there.document()["status"] == "Cancelled"
    assert there.conflicts() == [("status", False)]


async def test_while_the_visits_cannot_be_read_nothing_of_them_is_billed(there: Field) -> None:
    done = await complete(there)
    await outage(there, 4 * DAY_S)
    await deliver(there)
    tools, mapping = there.tools, there.tools.mapping
    typo = msgspec.structs.replace(mapping.entities["job"].cells["priority"], field="priorite")
    cells = mapping.entities["job"].cells | {"priority": typo}
    job = msgspec.structs.replace(mapping.entities["job"], cells=cells)
    wrong = msgspec.structs.replace(mapping, entities=mapping.entities | {"job": job})
    there.restart(tools._replace(mapping=wrong))

    await there.worker.poll_all()
    await deliver(there)
    assert there.document()["status"] == "On Site"
    there.restart(tools)
    await there.worker.poll_all()
    await deliver(there)

    assert there.receipts()[done] == (Fate.FILED, "")
