"""Rules of what a document's `modified` does not tell: silent writes, another visit of the same
name, and stamps of days to come."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.store import shadows
from backend.store.pull import pull
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"
VISIT = {
    "technician": "TECH-001",
    "scheduled_date": "2026-11-23",
    "status": "Assigned",
    "billable": 1,
    "job_type": "Removal",
}


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


@pytest.mark.parametrize("least", [20, 2])
async def test_a_cancel_without_a_new_stamp_is_not_overwritten(
    there: Field, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", least)
    tapped = [await there.tap("status", {"to": "on_site"}, name) for name in (REPAIR, OTHER)]
    there.site.write_silently(JOB, REPAIR, status="Cancelled")

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "Cancelled"
    assert there.conflicts() == [("status", False)]
    assert [there.receipts()[each][0] for each in tapped] == [Fate.CONFLICT, Fate.FILED]


async def visit(there: Field) -> str:
    """The newest visit of the site; gives its name."""
    name = str(there.site.create_as_office(JOB, subject="Chez Roy", **VISIT)["name"])
    await there.worker.poll_all()
    return name


def make_again(there: Field, name: str) -> dict[str, Any]:
    """Another visit, which gets the number of the newest one that was just deleted."""
    there.clock.advance(60)
    series = there.site.database.get("Series", "DJ-")
    assert series is not None
    there.site.database.put("Series", "DJ-", {**series, "current": series["current"] - 1})
    made = there.site.create_as_office(JOB, subject="Chez Gagnon", **VISIT)
    assert made["name"] == name
    return made


@pytest.mark.parametrize("polled", [False, True])
@pytest.mark.parametrize("least", [20, 2])
async def test_no_work_of_a_deleted_visit_comes_into_another_one_of_its_name(
    there: Field, monkeypatch: pytest.MonkeyPatch, least: int, *, polled: bool
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", least)
    name = await visit(there)
    former = there.key(name)
    tapped = await there.tap("status", {"to": "completed"}, name)
    await there.tap("note", {"text": "un"}, OTHER)
    there.site.delete_as_office(JOB, name)
    made = make_again(there, name)
    if polled:
        await there.worker.poll_all()

    await there.worker.deliver_until_empty()
    await there.worker.poll_all()
    await there.worker.deliver_until_empty()

    assert there.document(name) == made
    assert there.receipts()[tapped] == (Fate.REFUSED, "document-missing")
    assert there.lanes() == {former: ("parked", 1, "document-missing")}
    assert there.key(name) != former
    assert there.cells(name)["subject"] == "Chez Gagnon"


async def test_a_visit_of_a_name_that_was_deleted_reaches_its_technician(there: Field) -> None:
    name = await visit(there)
    former = there.key(name)
    there.site.delete_as_office(JOB, name)
    await there.worker.sweep_all()

    make_again(there, name)
    await there.worker.poll_all()

    marc = there.key("TECH-001", "technician")
    with there.engine.begin() as conn:
        put = {each.key for each in pull(conn, marc, "").changes.put}
    assert there.key(name) in put
    assert former not in put


@pytest.mark.parametrize(
    ("doctype", "name", "stamp"),
    [(JOB, OTHER, "2031-01-01 00:00:00.000000"), ("Technician", "TECH-002", None)],
)
async def test_a_stamp_that_no_clock_made_hides_no_later_edit(
    there: Field, doctype: str, name: str, stamp: str | None
) -> None:
    there.site.write_silently(doctype, name, modified=stamp)
    await there.writer.run(lambda conn: shadows.move_cursor(conn, doctype, "", there.now_ms))
    await there.worker.poll_all()
    there.clock.advance(3600)
    there.site.edit_as_office(JOB, REPAIR, priority="Urgent")

    await there.worker.poll_all()

    assert there.cells()["priority"] == "Urgent"


async def test_a_cursor_that_was_led_into_days_to_come_is_mended(there: Field) -> None:
    ahead = "2031-01-01 00:00:00.000000"
    await there.writer.run(lambda conn: shadows.move_cursor(conn, JOB, ahead, there.now_ms))
    there.site.edit_as_office(JOB, REPAIR, priority="Urgent")

    await there.worker.poll_all()

    assert there.cells()["priority"] == "Urgent"
