"""Rules of the nightly sweep: what the poll cannot see, and what stays of the field's work."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine, select

from backend.erp.sweep import night_of
from backend.store.tables import record
from sync.protocol import Fate
from tests.integrations.erp_given import REPAIR, ZONE, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


def deleted(there: Field, key: str) -> bool:
    with there.engine.begin() as conn:
        query = select(record.c.deleted).where(record.c.key == key)
        return conn.execute(query).scalar_one() is not None


async def test_a_sweep_of_an_unchanged_site_changes_nothing(there: Field) -> None:
    before = there.sequence()

    assert await there.worker.sweep_all()

    assert there.sequence() == before
    assert len(there.site.log.entries()) < 40


async def test_a_renamed_document_stays_the_same_record_with_its_unsent_work(
    there: Field,
) -> None:
    key = there.key()
    there.site.rename_as_office(JOB, REPAIR, "DJ-RENOMMÉ")
    tapped = await there.tap("note", {"text": "un"})
    await there.worker.deliver_until_empty()
    assert there.lanes()[key][0] == "parked"

    await there.worker.sweep_all()
    await there.worker.deliver_until_empty()

    assert there.key("DJ-RENOMMÉ") == key
    assert there.cells("DJ-RENOMMÉ")["name"] == "DJ-RENOMMÉ"
    assert there.receipts()[tapped] == (Fate.FILED, "")
    assert there.writes("DJ-RENOMMÉ") == [("tech_notes",)]


async def test_a_document_renamed_and_then_edited_is_no_second_record(there: Field) -> None:
    key = there.key()
    there.site.rename_as_office(JOB, REPAIR, "DJ-RENOMMÉ")
    there.clock.advance(60)
    there.site.edit_as_office(JOB, "DJ-RENOMMÉ", priority="Urgent")

    await there.worker.poll_all()

    assert there.key("DJ-RENOMMÉ") == key
    assert there.cells("DJ-RENOMMÉ")["priority"] == "Urgent"


async def test_a_deleted_document_is_a_tombstone_that_deletes_no_field_work(
    there: Field,
) -> None:
    key = there.key()
    tapped = await there.tap("note", {"text": "un"})
    there.site.delete_as_office(JOB, REPAIR)

    await there.worker.sweep_all()
    await there.worker.deliver_until_empty()

    assert deleted(there, key)
    assert there.cells()[f"notes/{tapped}"]["text"] == "un"
    assert there.open_mutations() == 1
    assert there.receipts()[tapped] == (Fate.REFUSED, "document-missing")
    assert await there.worker.sweep_all()
    assert there.ledger(tapped) == 0


async def test_a_document_that_its_filters_leave_out_is_not_deleted(there: Field) -> None:
    mapping = there.tools.mapping
    job = msgspec.structs.replace(mapping.entities["job"], filters=(("priority", "!=", "Urgent"),))
    own = msgspec.structs.replace(mapping, entities=mapping.entities | {"job": job})
    there.restart(there.tools._replace(mapping=own))
    key = there.key()
    there.site.edit_as_office(JOB, REPAIR, priority="Urgent")

    assert await there.worker.sweep_all()

    assert not deleted(there, key)


async def test_a_silent_write_is_found(there: Field) -> None:
    there.site.write_silently(JOB, REPAIR, priority="Urgent")
    assert await there.worker.poll_all() == 0

    await there.worker.sweep_all()

    assert there.cells()["priority"] == "Urgent"


async def test_a_document_stamped_in_the_past_is_found(there: Field) -> None:
    there.site.edit_as_office(JOB, REPAIR, priority="Urgent")
    made = there.site.create_as_office(JOB, subject="Dépannage", technician="TECH-001")["name"]
    for name in (REPAIR, made):
        there.site.write_silently(JOB, name, modified="2020-01-01 00:00:00.000000")
    assert await there.worker.poll_all() == 0

    await there.worker.sweep_all()

    assert there.cells()["priority"] == "Urgent"
    assert there.cells(made)["subject"] == "Dépannage"


async def test_a_silent_write_over_unsent_work_is_a_conflict(there: Field) -> None:
    await there.tap("status", {"to": "on_site"})
    there.site.write_silently(JOB, REPAIR, status="Cancelled")

    await there.worker.sweep_all()

    assert there.conflicts() == [("status", False)]


async def test_a_site_that_lost_most_of_its_documents_buries_none(
    there: Field, caplog: pytest.LogCaptureFixture
) -> None:
    names = [row["name"] for row in there.site.database.rows(JOB)]
    for name in names:
        there.site.delete_as_office(JOB, name)

    await there.worker.sweep_all()

    assert not any(deleted(there, there.key(name)) for name in names)
    assert "erpnext lost too many documents" in caplog.messages


async def test_the_sweep_is_due_once_a_night(there: Field) -> None:
    for _ in range(2):
        await there.worker.sweep_when_due()
    assert there.site.log.entries() == []
    there.clock.advance(24 * 3600)

    await there.worker.sweep_when_due()
    swept = len(there.site.log.entries())
    await there.worker.sweep_when_due()

    assert len(there.site.log.entries()) == swept > 0


def test_a_night_begins_at_three_local_time_also_when_clocks_change() -> None:
    before, after = 1_793_516_340_000, 1_793_520_060_000  # 2026-11-01 02:59 and 04:01 EST

    assert night_of(before, ZONE).isoformat() == "2026-10-31"
    assert night_of(after, ZONE).isoformat() == "2026-11-01"
