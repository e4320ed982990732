"""A request to activate a line goes to ERPNext; its answer comes from there, or from the board."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.check.checker import usable
from backend.erp.check.findings import Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import open_http
from backend.erp.site import SiteClient
from tests.integrations.erp_given import MAPPING, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.integrations.test_erp_check import redefine, without

pytest_plugins = ["tests.integrations.erpnext_site"]
ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIELD: Final = "terrain_activation"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


async def ask(there: Field, what: str = "activation") -> str:
    """Marc asks the office; ERPNext hears of it."""
    asked = await there.tap("request", {"what": what})
    await there.worker.deliver_until_empty()
    return asked


def request(there: Field, asked: str) -> dict[str, Any]:
    """A request as the phone sees it."""
    found: dict[str, Any] = there.cells()[f"requests/{asked}"]
    return found


@ON_SQLITE
async def test_a_request_for_activation_stands_in_its_visit(there: Field) -> None:
    asked = await ask(there)

    assert there.document()[FIELD] == "Demandée"
    assert there.cells()["activation"] == "asked"
    assert request(there, asked)["state"] == "asked"


@ON_SQLITE
@pytest.mark.parametrize(("word", "state"), [("Activée", "granted"), ("Refusée", "refused")])
async def test_what_erpnext_answers_is_the_answer_of_the_open_requests(
    there: Field, word: str, state: str
) -> None:
    asked, other = await ask(there), await ask(there, "help")

    there.site.edit_as_office("Dispatch Job", REPAIR, **{FIELD: word})
    await there.worker.poll_all()

    told = request(there, asked)
    assert (told["state"], there.cells()["activation"]) == (state, state)
    assert told["answer"]["at"] == there.now_ms
    assert request(there, other)["state"] == "asked"


@ON_SQLITE
async def test_the_boards_answer_is_told_to_erpnext_and_may_be_asked_again(there: Field) -> None:
    asked = await ask(there)

    await there.decide("answer", {"request": asked, "granted": False, "text": "Compte à régler"})
    await there.worker.deliver_until_empty()
    refused = there.document()[FIELD]
    again = await ask(there)

    assert (refused, there.document()[FIELD]) == ("Refusée", "Demandée")
    assert [request(there, each)["state"] for each in (asked, again)] == ["refused", "asked"]


@ON_SQLITE
async def test_without_the_field_the_board_alone_answers_and_the_check_says_so(
    simulated: SimulatedSite, engine: Engine
) -> None:
    redefine(simulated.site, "Dispatch Job", without(FIELD))
    async with open_http(simulated.base_url, simulated.token, simulated.transport) as http:
        found = findings(MAPPING, await survey(SiteClient(http), MAPPING, datetime.now(UTC)))

    async with in_the_field(simulated, engine, usable(MAPPING, found)) as field:
        asked = await ask(field)
        await field.decide("answer", {"request": asked, "granted": True})
        await field.worker.deliver_until_empty()

        assert [each.level for each in found if each.code == "no-cell"] == [Level.NOTE]
        assert request(field, asked)["state"] == "granted"
        assert field.open_mutations() == 0
