"""A conflict for the office is a ToDo in ERPNext, once, until it is decided."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.check.findings import Finding, Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import open_http
from backend.erp.console import install_site
from backend.erp.install.plan import Wish
from backend.erp.mapping import Todo
from backend.erp.site import SiteClient
from backend.erp.todos import Todos
from backend.errors import Unavailable
from backend.simulators.erpnext import OFFICE_USER, SYNC_USER, Fault, FaultKind
from backend.simulators.erpnext.building import add_user
from tests.integrations.erp_given import MAPPING, OTHER, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
TODO = Todo(OFFICE_USER)
OWN = msgspec.structs.replace(MAPPING, todo=TODO)


class There(NamedTuple):
    """A field whose site is installed, with one open conflict over a visit's status."""

    field: Field
    todos: Todos

    def on_site(self) -> list[dict[str, Any]]:
        """The ToDos there."""
        return self.field.site.database.rows("ToDo")

    def written(self) -> list[str]:
        """What our requests did to ToDos."""
        effects = [each for entry in self.field.site.log.entries() for each in entry.effects]
        return [each.action for each in effects if each.doctype == "ToDo"]

    def again(self) -> Todos:
        """As after a restart of the server."""
        return Todos(self.field.tools, TODO, self.field.sleep)


async def install(simulated: SimulatedSite) -> None:
    async with open_http(simulated.base_url, simulated.admin_token, simulated.transport) as http:
        assert (
            await install_site(SiteClient(http), Wish(OWN, SYNC_USER), dry_run=False)
        ).told.sound


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[There]:
    add_user(simulated.site, OFFICE_USER, "Sylvie", [])
    await install(simulated)
    async with in_the_field(simulated, engine, OWN) as field:
        yield There(field, Todos(field.tools, TODO, field.sleep))


async def dispute(field: Field) -> str:
    """The office cancels a visit that the phone says is on its way; gives the conflict's id."""
    base = field.sequence()
    field.site.edit_as_office("Dispatch Job", REPAIR, status="Cancelled")
    await field.worker.poll_all()
    await field.tap("status", {"to": "en_route"}, base=base)
    return field.open_conflict()


async def test_a_conflict_becomes_one_todo_of_the_dispatcher(there: There) -> None:
    identity = await dispute(there.field)

    await there.todos.bring_up_to_date()
    await there.todos.bring_up_to_date()

    [todo] = there.on_site()
    assert (todo["terrain_id"], todo["status"]) == (identity, "Open")
    assert (todo["allocated_to"], todo["reference_name"]) == (OFFICE_USER, REPAIR)
    assert todo["reference_type"] == "Dispatch Job"
    assert "À trancher dans Terrain : status, entre Marc Tremblay et" in todo["description"]
    assert there.written() == ["insert"]


async def test_after_a_lost_answer_or_a_restart_there_is_still_one(there: There) -> None:
    await dispute(there.field)
    lost = Fault(FaultKind.LOST_ANSWER, method="POST", path="/api/resource/ToDo")
    there.field.site.faults.order(lost)
    with pytest.raises(Unavailable):
        await there.todos.bring_up_to_date()

    await there.todos.bring_up_to_date()
    await there.again().bring_up_to_date()

    assert there.written() == ["insert"]


async def test_the_todo_of_a_conflict_that_was_decided_is_closed(there: There) -> None:
    identity = await dispute(there.field)
    await there.todos.bring_up_to_date()
    await there.field.decide("resolve", {"conflict": identity, "choice": "theirs"})

    await there.again().bring_up_to_date()
    await there.again().bring_up_to_date()

    assert [todo["status"] for todo in there.on_site()] == ["Closed"]
    assert there.written() == ["insert", "update"]


async def test_a_todo_that_a_dispatcher_closed_stays_closed(there: There) -> None:
    await dispute(there.field)
    await there.todos.bring_up_to_date()
    [todo] = there.on_site()
    there.field.site.edit_as_office("ToDo", todo["name"], status="Closed")

    await there.again().bring_up_to_date()

    assert [each["status"] for each in there.on_site()] == ["Closed"]


async def test_a_todo_that_is_refused_is_tried_once_and_stops_nothing(there: There) -> None:
    await dispute(there.field)
    there.field.site.delete_as_office("User", OFFICE_USER)

    await there.todos.bring_up_to_date()
    await there.todos.bring_up_to_date()

    posted = [path for path in there.field.requests("POST") if path.endswith("/ToDo")]
    assert (len(posted), there.on_site()) == (1, [])


async def test_a_todo_that_cannot_be_closed_keeps_no_other_from_being_made(
    there: There,
) -> None:
    identity = await dispute(there.field)
    await there.todos.bring_up_to_date()
    [todo] = there.on_site()
    there.field.site.write_silently("ToDo", todo["name"], allocated_to="nobody@example.test")
    base = there.field.sequence()
    there.field.site.edit_as_office("Dispatch Job", OTHER, status="Cancelled")
    await there.field.worker.poll_all()
    await there.field.tap("status", {"to": "en_route"}, OTHER, base=base)
    await there.field.decide("resolve", {"conflict": identity, "choice": "theirs"})

    await there.todos.bring_up_to_date()

    assert [each["reference_name"] for each in there.on_site()] == [REPAIR, OTHER]


async def test_the_todos_of_others_are_left_alone(there: There) -> None:
    there.field.site.create_as_office("ToDo", description="Acheter du café")

    await there.todos.bring_up_to_date()

    assert [todo["status"] for todo in there.on_site()] == ["Open"]
    assert there.written() == ["insert"]


async def test_without_the_unique_field_the_check_says_so(simulated: SimulatedSite) -> None:
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        seen = await survey(SiteClient(http), OWN, simulated.clock())
    before = [line for line in findings(OWN, seen) if line.about.startswith("ToDo")]
    await install(simulated)
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        seen = await survey(SiteClient(http), OWN, simulated.clock())

    assert before == [Finding(Level.MISSING, "ToDo.terrain_id", "no-field")]
    assert [line.level for line in findings(OWN, seen) if line.about == "ToDo"] == [Level.OK]
