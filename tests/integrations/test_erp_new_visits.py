"""A visit that the office made while ERPNext was away is made there once, with its customer."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import Engine, select

from backend.erp.client import ErpClient, open_http
from backend.erp.console import install_site
from backend.erp.install.plan import Wish
from backend.erp.site import SiteClient
from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind
from backend.store.apply import Push, apply_mutations, submitted
from backend.store.clock import Clock
from backend.store.tables import record
from sync.protocol import Fate, Mutation, Outcome
from sync.state import Actor, ActorKind
from tests.integrations.erp_given import (
    DEVICE,
    MAPPING,
    OFFICE,
    Crash,
    DiesAfter,
    Field,
    in_the_field,
)
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
HOUR_S = 3600.0
NAMES = {"contact": "Customer", "location": "Service Location", "job": "Dispatch Job"}
# Of the three documents: a look, the POST, a look, the document read back, the ledger.
REQUESTS = 15


class Made(NamedTuple):
    """A field whose office made a visit for a customer that ERPNext does not know."""

    field: Field
    keys: dict[str, str]
    ids: dict[str, str]

    def documents(self, collection: str) -> list[dict[str, Any]]:
        """The documents there that have our id."""
        rows = self.field.site.database.rows(NAMES[collection])
        own = self.keys[collection].partition("/")[2]
        return [row for row in rows if row.get("terrain_id") == own]

    def made(self) -> int:
        """How many documents our requests made, the ledger's aside."""
        effects = [each for entry in self.field.site.log.entries() for each in entry.effects]
        return sum(e.action == "insert" and e.doctype in NAMES.values() for e in effects)

    async def phone(self, number: int, kind: str, args: dict[str, Any]) -> str:
        """Marc works on the visit; gives the mutation id."""
        field = self.field
        base, now_ms = field.sequence(), field.now_ms
        made = Mutation(field.tools.new_id(), number, kind, self.keys["job"], base, now_ms, args)
        marc = field.key("TECH-001", "technician")
        actor = Actor(ActorKind.TECHNICIAN, marc, "Marc Tremblay", f"{DEVICE}:1")
        answer = await field.writer.push(Push(actor, DEVICE, 1, (submitted(made),)))
        assert answer.verdicts[0].outcome in (Outcome.APPLIED, Outcome.HELD), answer.verdicts[0]
        return made.id

    def names(self) -> dict[str, str | None]:
        """The document that each record stands for."""
        with self.field.engine.begin() as conn:
            rows = conn.execute(select(record).where(record.c.key.in_(self.keys.values()))).all()
        return {row.collection: row.upstream_name for row in rows if row.deleted is None}

    async def deliver(self) -> None:
        """Until nothing is due now or later."""
        await self.field.worker.deliver_until_empty()


@pytest_asyncio.fixture
async def made(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Made]:
    async with open_http(simulated.base_url, simulated.admin_token, simulated.transport) as http:
        await install_site(SiteClient(http), Wish(MAPPING, SYNC_USER), dry_run=False)
    async with in_the_field(simulated, engine) as field:
        keys = {name: f"{name}/{field.tools.new_id()}" for name in NAMES}
        ids = {name: field.tools.new_id() for name in NAMES}
        marc, clock = field.key("TECH-001", "technician"), field.tools.clock()
        asked = _creations(keys, ids, marc, clock)
        decided = await field.writer.run(lambda conn: apply_mutations(conn, OFFICE, asked, clock))
        assert {each.outcome for each in decided.verdicts} == {Outcome.APPLIED}, decided.verdicts
        yield Made(field, keys, ids)


def _creations(
    keys: dict[str, str], ids: dict[str, str], marc: str, clock: Clock
) -> list[Mutation]:
    cells = {
        "contact": {"full_name": "Réjean Côté", "phone": "+14505550199"},
        "location": {"label": "88, chemin du Lac", "street": "88, chemin du Lac"},
        "job": {
            "subject": "Repair – Réjean Côté",
            "job_type": "Repair",
            "date": clock.today.isoformat(),
            "technician": marc,
            "contact": keys["contact"],
            "location": keys["location"],
        },
    }
    return [
        Mutation(ids[name], 0, "create", keys[name], 0, clock.now_ms, cells[name]) for name in NAMES
    ]


async def test_the_visit_and_its_customer_are_documents_that_refer_to_each_other(
    made: Made,
) -> None:
    await made.deliver()
    await made.field.worker.poll_all()

    [customer], [place] = made.documents("contact"), made.documents("location")
    [visit] = made.documents("job")
    assert (customer["customer_name"], place["location_name"]) == (
        "Réjean Côté",
        "88, chemin du Lac",
    )
    assert (visit["customer"], visit["service_location"]) == (customer["name"], place["name"])
    assert (visit["technician"], visit["job_type"]) == ("TECH-001", "Repair")
    assert made.names() == {
        "contact": customer["name"],
        "location": place["name"],
        "job": visit["name"],
    }
    assert made.made() == 3
    assert [made.field.ledger(each) for each in made.ids.values()] == [1, 1, 1]
    assert (made.field.conflicts(), made.field.open_mutations()) == ([], 0)


async def test_work_on_a_visit_goes_on_file_after_the_visit_itself(made: Made) -> None:
    tapped = [
        await made.phone(1, "status", {"to": "en_route"}),
        await made.phone(2, "status", {"to": "on_site"}),
        await made.phone(3, "note", {"text": "Chien attaché"}),
        await made.phone(4, "equipment", {"serial": "TPLGNEW00009"}),
    ]

    await made.deliver()
    await made.field.worker.poll_all()

    [visit] = made.documents("job")
    document = made.field.document(visit["name"])
    assert (document["status"], len(document["equipment"])) == ("On Site", 1)
    assert "Chien attaché" in document["tech_notes"]
    receipts = made.field.receipts()
    assert {receipts[each] for each in tapped} == {(Fate.FILED, "")}
    assert (made.made(), made.field.conflicts()) == (3, [])
    assert made.field.cells(visit["name"])["status"] == "on_site"


async def test_a_completion_waits_for_erpnexts_word_whether_the_visit_bills(made: Made) -> None:
    await made.phone(1, "status", {"to": "en_route"})
    await made.phone(2, "status", {"to": "on_site"})
    done = await made.phone(3, "status", {"to": "completed"})
    field = made.field
    assert field.receipts() == {}

    await made.deliver()
    await field.worker.poll_all()
    await made.deliver()

    [visit] = made.documents("job")
    assert field.document(visit["name"])["status"] == "Completed"
    assert field.receipts()[done] == (Fate.FILED, "")


@pytest.mark.parametrize("doctype", NAMES.values())
async def test_after_a_lost_answer_each_document_is_there_once(made: Made, doctype: str) -> None:
    path = f"/api/resource/{doctype}"
    made.field.site.faults.order(Fault(FaultKind.LOST_ANSWER, method="POST", path=path))

    await made.deliver()

    assert made.made() == 3
    assert all(made.names().values())


@pytest.mark.parametrize("before", range(REQUESTS))
async def test_a_crash_at_any_request_leaves_each_document_once(
    made: Made, simulated: SimulatedSite, before: int
) -> None:
    assert simulated.transport is not None
    dying = DiesAfter(simulated.transport, before, sent=True)
    tools = made.field.tools
    async with open_http(simulated.base_url, simulated.token, dying) as http:
        made.field.restart(tools._replace(client=ErpClient(http)))
        with pytest.raises(Crash):
            await made.deliver()
    made.field.restart(tools)
    made.field.clock.advance(HOUR_S)
    await made.field.worker.poll_all()

    while await made.field.worker.deliver_next():
        await made.deliver()

    assert made.made() == 3
    assert all(made.names().values())
    assert [len(made.documents(name)) for name in NAMES] == [1, 1, 1]


async def test_what_the_office_moves_before_it_is_written_is_written_as_it_stands(
    made: Made,
) -> None:
    julie = made.field.key("TECH-002", "technician")
    clock = made.field.tools.clock()
    moved = Mutation(
        made.field.tools.new_id(),
        0,
        "edit",
        made.keys["job"],
        made.field.sequence(),
        clock.now_ms,
        {"technician": julie, "window_start": "16:00"},
    )
    await made.field.writer.run(lambda conn: apply_mutations(conn, OFFICE, [moved], clock))

    await made.deliver()
    await made.field.worker.poll_all()

    [visit] = made.documents("job")
    assert (visit["technician"], visit["scheduled_start"][:5]) == ("TECH-002", "16:00")
    assert made.field.cells(visit["name"])["technician"] == julie
    assert (made.field.open_mutations(), made.field.conflicts()) == (0, []), made.field.lanes()
