"""Equipment that a technician scanned and ERPNext does not know is made there, exactly once."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import Engine, and_, or_, select

from backend.erp.check.checker import usable
from backend.erp.check.findings import Finding, Level
from backend.erp.client import ErpClient, open_http
from backend.erp.console import install_site
from backend.erp.install.plan import Wish
from backend.erp.site import SiteClient
from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind
from backend.store.apply import Push, submitted
from backend.store.tables import record
from sync.protocol import Fate, Mutation, Outcome
from sync.state import Actor, ActorKind
from tests.integrations.erp_given import DEVICE, MAPPING, Crash, DiesAfter, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.integrations.test_erp_check import changed, redefine

pytest_plugins = ["tests.integrations.erpnext_site"]
DOCTYPE = "Service Equipment"
PATH = f"/api/resource/{DOCTYPE}"
SERIAL = "TPLGNEW00001"
DAY_S = 24 * 3600.0
REQUESTS = 6  # two looks, the POST, a look, the document read back, the ledger


class There(NamedTuple):
    """A field whose site has the field of our id; Marc scans a router that nobody wrote down."""

    field: Field
    key: str

    async def scan(self, number: int = 1, serial: str = SERIAL) -> str:
        """Marc says "créer"; gives the mutation id."""
        field = self.field
        mutation_id = field.tools.new_id()
        args = {"job": field.key(), "serial": serial, "type": "Router", "model": "XX230v"}
        made = Mutation(mutation_id, number, "create", self.key, 0, field.now_ms, args)
        marc = field.key("TECH-001", "technician")
        actor = Actor(ActorKind.TECHNICIAN, marc, "Marc Tremblay", f"{DEVICE}:1")
        answer = await field.writer.push(Push(actor, DEVICE, 1, (submitted(made),)))
        assert answer.verdicts[0].outcome is Outcome.APPLIED, answer.verdicts[0]
        return mutation_id

    def on_site(self, serial: str = SERIAL) -> list[dict[str, Any]]:
        """The documents there of that serial."""
        rows = self.field.site.database.rows(DOCTYPE)
        return [row for row in rows if row["serial_number"] == serial]

    def made(self) -> int:
        """How many documents our requests made."""
        effects = [each for entry in self.field.site.log.entries() for each in entry.effects]
        return sum((each.doctype, each.action) == (DOCTYPE, "insert") for each in effects)

    def records(self) -> dict[str, tuple[str | None, bool]]:
        """By key the equipment of that serial that Terrain knows: document name, and if deleted."""
        [document] = self.on_site()
        named = record.c.collection == "equipment", record.c.upstream_name == document["name"]
        with self.field.engine.begin() as conn:
            rows = conn.execute(select(record).where(or_(and_(*named), record.c.key == self.key)))
            return {row.key: (row.upstream_name, row.deleted is not None) for row in rows}


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[There]:
    async with open_http(simulated.base_url, simulated.admin_token, simulated.transport) as http:
        await install_site(SiteClient(http), Wish(MAPPING, SYNC_USER), dry_run=False)
    async with in_the_field(simulated, engine) as field:
        yield There(field, f"equipment/{field.tools.new_id()}")


async def test_scanned_equipment_is_a_document_with_our_id_and_the_phone_hears_of_it(
    there: There,
) -> None:
    tapped = await there.scan()

    await there.field.worker.deliver_until_empty()
    await there.field.worker.poll_all()

    [document] = there.on_site()
    assert f"equipment/{document['terrain_id']}" == there.key
    assert (document["equipment_type"], document["model"]) == ("Router", "XX230v")
    assert there.records() == {there.key: (document["name"], False)}
    assert there.field.receipts()[tapped] == (Fate.FILED, "")
    assert there.field.cells(document["name"], "equipment")["status"] == "In Stock"
    assert (there.made(), there.field.ledger(tapped), there.field.conflicts()) == (1, 1, [])


async def test_after_a_lost_answer_there_is_one_document(there: There) -> None:
    tapped = await there.scan()
    lost = Fault(FaultKind.LOST_ANSWER, method="POST", path=PATH)
    there.field.site.faults.order(lost)

    await there.field.worker.deliver_until_empty()

    assert (there.made(), len(there.on_site())) == (1, 1)
    assert there.field.receipts()[tapped] == (Fate.FILED, "")


@pytest.mark.parametrize("before", range(REQUESTS))
async def test_a_crash_at_any_request_leaves_one_document(
    there: There, simulated: SimulatedSite, before: int
) -> None:
    tapped = await there.scan()
    assert simulated.transport is not None
    dying = DiesAfter(simulated.transport, before, sent=True)
    tools = there.field.tools
    async with open_http(simulated.base_url, simulated.token, dying) as http:
        there.field.restart(tools._replace(client=ErpClient(http)))
        with pytest.raises(Crash):
            await there.field.worker.deliver_next()
    there.field.restart(tools)
    there.field.clock.advance(DAY_S)

    while await there.field.worker.deliver_next():
        pass

    assert (there.made(), len(there.on_site())) == (1, 1)
    assert there.field.receipts()[tapped] == (Fate.FILED, "")
    assert there.field.ledger(tapped) == 1


async def test_equipment_that_the_office_wrote_down_meanwhile_is_not_made_again(
    there: There,
) -> None:
    tapped = await there.scan()
    theirs = there.field.site.create_as_office(DOCTYPE, serial_number=SERIAL, model="HX520")

    await there.field.worker.poll_all()
    await there.field.worker.deliver_until_empty()

    [document] = there.on_site()
    assert (document["name"], document["model"], document["terrain_id"]) == (
        theirs["name"],
        "HX520",
        None,
    )
    other = there.field.key(theirs["name"], "equipment")
    assert there.records() == {other: (theirs["name"], False), there.key: (None, True)}
    assert there.field.receipts()[tapped] == (Fate.FILED, "")


async def test_a_poll_that_is_faster_than_the_record_of_the_creation_knows_it_for_ours(
    there: There,
) -> None:
    tapped = await there.scan()
    there.field.site.faults.order(Fault(FaultKind.LOST_ANSWER, method="POST", path=PATH))
    await there.field.worker.deliver_next()
    await there.field.worker.poll_all()

    await there.field.worker.deliver_until_empty()

    [document] = there.on_site()
    assert there.records() == {there.key: (document["name"], False)}
    assert there.field.receipts()[tapped] == (Fate.FILED, "")
    assert there.made() == 1


async def test_a_site_without_the_field_of_our_id_is_asked_for_the_serial_first(
    there: There,
) -> None:
    lacks = Finding(Level.NOTE, f"{DOCTYPE}.terrain_id", "no-id")
    there.field.restart(there.field.tools._replace(mapping=usable(MAPPING, [lacks])))
    redefine(there.field.site, DOCTYPE, changed("serial_number", unique=False))
    tapped = await there.scan()
    there.field.site.faults.order(Fault(FaultKind.LOST_ANSWER, method="POST", path=PATH))

    await there.field.worker.deliver_until_empty()

    [document] = there.on_site()
    assert (there.made(), document["terrain_id"]) == (1, None)
    assert there.field.receipts()[tapped] == (Fate.FILED, "")


async def test_a_creation_that_is_refused_parks_and_says_why(there: There) -> None:
    tapped = await there.scan(serial=SERIAL)
    redefine(there.field.site, DOCTYPE, changed("equipment_type", options="ONT"))

    await there.field.worker.deliver_until_empty()

    assert there.on_site() == []
    assert there.field.receipts()[tapped] == (Fate.REFUSED, "ValidationError")
    assert there.field.lanes()[there.key][0] == "parked"


async def test_creations_and_visits_that_wait_together_all_go(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", 2)
    noted = await there.field.tap("note", {"text": "un"})
    tapped = await there.scan(number=2)

    await there.field.worker.deliver_until_empty()

    assert {there.field.receipts()[each] for each in (tapped, noted)} == {(Fate.FILED, "")}
    assert len(there.on_site()) == 1
