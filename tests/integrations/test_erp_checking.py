"""When the check runs by itself, what it remembers, and what Terrain does without."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.check.checker import EVERY_MS, STEP_S, Checker, WatchedClient, usable
from backend.erp.check.findings import CELL, ROWS, Finding, Level
from backend.erp.client import open_http
from backend.erp.site import SiteClient
from backend.errors import Refused
from backend.store.checks import Checked, CheckLine, read_check
from backend.store.shadows import ERPNEXT
from tests.integrations.erp_given import MAPPING, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.integrations.test_erp_check import grant

pytest_plugins = ["tests.integrations.erpnext_site"]
# The site has no field in which it is told of us, and none of our ids; what is optional it has.
USED = usable(
    MAPPING,
    [
        *(
            Finding(Level.NOTE, f"{entity.doctype}.{entity.id}", "no-id")
            for entity in MAPPING.entities.values()
        ),
        Finding(Level.OK, "Dispatch Job.terrain_activation", CELL),
        Finding(Level.OK, "Dispatch Job.terrain_checks", ROWS),
        Finding(Level.OK, "Dispatch Job.terrain_materials", ROWS),
    ],
)
PROBE = "/api/method/frappe.auth.get_logged_user"


class Enough(Exception):
    """The test has slept as long as it wanted to."""


class Watch(NamedTuple):
    """A field, and its checker that sleeps by the field's clock."""

    field: Field
    checker: Checker
    client: WatchedClient

    def checks(self) -> int:
        """How often the site was checked; each begins by asking who we are."""
        return self.field.requests("GET").count(PROBE)

    def remembered(self) -> Checked | None:
        """What the board would be told."""
        with self.field.engine.begin() as conn:
            return read_check(conn, ERPNEXT)

    async def for_minutes(self, minutes: int) -> None:
        """Let the checker run for so long."""
        self.field.after(minutes * STEP_S, stop)
        with pytest.raises(Enough):
            await self.checker.until_changed(USED)


def stop() -> None:
    raise Enough


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Watch]:
    grant(simulated.site, "Deleted Document", "read")  # a refusal asks who we are once more
    async with (
        in_the_field(simulated, engine) as field,
        open_http(simulated.base_url, simulated.token, simulated.transport) as http,
    ):
        tools = field.tools
        checker = Checker(SiteClient(http), tools.writer, MAPPING, tools.clock, field.sleep)
        yield Watch(field, checker, WatchedClient(http, checker.suspect))


async def test_the_site_is_checked_at_the_start_and_every_hour(there: Watch) -> None:
    await there.for_minutes(59)
    first = there.checks()
    await there.for_minutes(62)

    assert (first, there.checks()) == (1, 3)


async def test_what_was_never_seen_is_looked_for_before_anything_is_delivered(there: Watch) -> None:
    known = there.remembered()
    assert known is None

    begun = await there.checker.begin(())
    lines = (await there.checker.check()) or ()
    there.field.site.log.clear()
    again = await there.checker.begin([CheckLine(*each) for each in lines])

    assert "materials" in begun.entities["job"].tables
    assert again == begun
    assert there.checks() == 0


async def test_a_refusal_that_a_changed_site_would_explain_brings_a_check(there: Watch) -> None:
    await there.for_minutes(2)
    with pytest.raises(Refused, match="DataError"):
        await there.client.list_docs("Dispatch Job", ["no_such_field"])
    await there.for_minutes(2)

    assert there.checks() == 2


async def test_a_refusal_of_one_document_brings_none(there: Watch) -> None:
    await there.for_minutes(2)
    with pytest.raises(Refused, match="ValidationError"):
        await there.client.insert("Dispatch Job", {"subject": "x", "status": "Nowhere"})
    await there.for_minutes(2)

    assert there.checks() == 1


async def test_what_was_found_is_remembered(there: Watch) -> None:
    there.field.site.zone = "America/Halifax"

    await there.checker.check()

    known = there.remembered()
    assert known is not None
    assert known.checked_at == there.field.now_ms
    missing = [line for line in known.lines if line.level == Level.MISSING]
    assert [(line.about, line.code) for line in missing] == [("zone", "zone-differs")]


async def test_a_site_that_is_away_leaves_the_last_check_and_is_asked_each_minute(
    there: Watch,
) -> None:
    await there.checker.check()
    before = there.remembered()
    there.field.clock.advance(EVERY_MS / 1000)
    there.field.site.maintenance = True

    await there.for_minutes(3)

    assert there.remembered() == before
    assert there.checks() == 1 + 3


async def test_without_the_ledger_work_goes_on_and_with_it_again_it_is_used(
    there: Watch,
) -> None:
    ledger = there.field.site.doctypes.pop("Field Operation")

    await there.checker.until_changed(USED)
    found = await there.checker.check()
    assert found is not None
    without = usable(MAPPING, found)
    assert without.ledger is None

    there.field.restart(there.field.tools._replace(mapping=without))
    tapped = await there.field.tap("status", {"to": "en_route"})
    await there.field.worker.deliver_until_empty()
    assert there.field.document()["status"] == "En Route"
    assert there.field.receipts()[tapped][0] == "filed"

    there.field.site.define([ledger])
    there.checker.suspect()
    await there.checker.until_changed(without)
