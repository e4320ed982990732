"""Rules of the night in which clocks go back: one local hour comes twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio
from sqlalchemy import Engine

from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"
# Sunday 7 November 2027: 01:59 EDT is followed by 01:00 EST.
FIRST_PASS = datetime(2027, 11, 7, 5, 58, tzinfo=UTC)
SECOND_PASS = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


async def test_an_edit_of_the_repeated_hour_is_found_though_its_stamp_went_back(
    there: Field,
) -> None:
    there.clock.instant = FIRST_PASS
    there.site.edit_as_office(JOB, OTHER, priority="Low")
    assert await there.worker.poll_all() == 1
    newest = there.document(OTHER)["modified"]
    there.clock.instant = SECOND_PASS
    there.site.edit_as_office(JOB, REPAIR, priority="Urgent")
    assert there.document()["modified"] < newest

    assert await there.worker.poll_all() == 1

    assert there.cells()["priority"] == "Urgent"


async def test_work_of_the_repeated_hour_is_filed_and_is_no_change_of_the_office(
    there: Field,
) -> None:
    there.clock.instant = SECOND_PASS
    tapped = await there.tap("status", {"to": "on_site"})
    started_at = there.cells()["started_at"]

    await there.worker.deliver_until_empty()

    assert there.document()["started_at"] == "2027-11-07 01:30:00"
    assert there.receipts()[tapped] == (Fate.FILED, "")
    assert (await there.worker.poll_all(), there.conflicts()) == (0, [])
    assert there.cells()["started_at"] == started_at
