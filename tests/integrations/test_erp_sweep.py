"""Rules of the nightly sweep: what the poll cannot see, and what stays of the field's work."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine, select

from backend.erp.sweep import night_of
from backend.simulators.erpnext import OFFICE_USER
from backend.store.tables import mutation, record
from sync.protocol import Fate, Kind
from tests.integrations.erp_given import OTHER, REPAIR, ZONE, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.integrations.test_erp_check import grant

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


def restart(there: Field) -> None:
    """As after a start of the server: what the worker learnt of the site is forgotten."""
    there.restart(there.tools)
    there.site.log.clear()


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


def deleter(there: Field, key: str) -> tuple[str, int]:
    """Who deleted a record and when, as the visit's timeline has it."""
    with there.engine.begin() as conn:
        query = select(mutation.c.actor, mutation.c.made_at).where(mutation.c.key == key)
        row = conn.execute(query.where(mutation.c.kind == Kind.DELETE)).one()
        return row.actor, row.made_at


async def test_the_next_poll_hears_of_a_deletion_with_who_and_when(there: Field) -> None:
    grant(there.site, "Deleted Document", "read")
    key, other, at = there.key(), there.key(OTHER), there.now_ms
    there.site.delete_as_office(JOB, REPAIR)
    there.site.delete_as_office(
        "ToDo", there.site.create_as_office("ToDo", description="x")["name"]
    )
    there.clock.advance(60)
    restart(there)

    await there.worker.poll_all()
    sequence = there.sequence()
    await there.worker.poll_all()

    assert (deleted(there, key), deleted(there, other)) == (True, False)
    assert deleter(there, key) == (OFFICE_USER, at)
    assert there.sequence() == sequence


async def test_a_document_that_has_the_name_of_a_deleted_one_is_not_buried(there: Field) -> None:
    grant(there.site, "Deleted Document", "read")
    key, before = there.key(), dict(there.document())
    there.site.delete_as_office(JOB, REPAIR)
    there.site.database.put(JOB, REPAIR, before)
    there.site.commit()
    restart(there)

    await there.worker.poll_all()

    assert not deleted(there, key)


async def test_a_document_that_its_filters_leave_out_is_not_deleted(there: Field) -> None:
    mapping = there.tools.mapping
    job = msgspec.structs.replace(mapping.entities["job"], filters=(("priority", "!=", "Urgent"),))
    own = msgspec.structs.replace(mapping, entities=mapping.entities | {"job": job})
    there.restart(there.tools._replace(mapping=own))
    key = there.key()
    there.site.edit_as_office(JOB, REPAIR, priority="Urgent")

    assert await there.worker.sweep_all()

    assert not deleted(there, key)


async def test_without_the_right_the_list_is_asked_for_once_a_night(there: Field) -> None:
    there.site.delete_as_office(JOB, REPAIR)
    restart(there)
    for _ in range(3):
        await there.worker.poll_all()
    asked = [path for path in there.requests("GET") if "Deleted Document" in path]
    assert (len(asked), deleted(there, there.key())) == (1, False)

    await there.worker.sweep_all()

    assert deleted(there, there.key())
    assert deleter(there, there.key()) == ("erpnext", there.now_ms)


async def test_the_sweep_says_who_deleted_and_buries_as_many_as_were(there: Field) -> None:
    grant(there.site, "Deleted Document", "read")
    names, at = [row["name"] for row in there.site.database.rows(JOB)], there.now_ms
    for name in names:
        there.site.delete_as_office(JOB, name)
    there.clock.advance(60)

    await there.worker.sweep_all()

    assert {deleter(there, there.key(name)) for name in names} == {(OFFICE_USER, at)}


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
