"""Rules of words that the mapping file does not know: what nobody can read is not written over."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.client import ErpClient, Outcome, open_http
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
JOB = "Dispatch Job"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


def say(there: Field, word: str) -> None:
    """The visit gets a status that the site had not when the mapping file was written."""
    there.clock.advance(1)
    there.site.write_silently(JOB, REPAIR, status=word, modified=there.site.stamp())


@pytest.mark.parametrize("least", [20, 2])
async def test_a_status_that_nobody_can_read_is_not_overwritten(
    there: Field, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", least)
    done = await there.tap("status", {"to": "completed"})
    passed = await there.tap("note", {"text": "un"}, OTHER)
    say(there, "Annulé")

    await there.worker.deliver_until_empty()

    assert there.document()["status"] == "Annulé"
    assert there.receipts()[done] == (Fate.REFUSED, "unknown-word:status")
    assert there.receipts()[passed] == (Fate.FILED, "")
    say(there, "Assigned")
    await there.worker.poll_all()
    await there.worker.deliver_until_empty()
    assert there.receipts()[done] == (Fate.FILED, "")


async def test_a_completion_that_a_script_moves_on_is_written_once(
    there: Field, simulated: SimulatedSite
) -> None:
    site = simulated.transport
    assert site is not None

    async def answer(request: httpx.Request) -> httpx.Response:
        response = await site.handle_async_request(request)
        if request.method == "PUT":
            say(there, "Facturé")
        return response

    done = await there.tap("status", {"to": "completed"})
    billing = httpx.MockTransport(answer)
    async with open_http(simulated.base_url, simulated.token, billing) as http:
        there.restart(there.tools._replace(client=ErpClient(http)))
        for _ in range(3):
            await there.worker.deliver_next()
            there.clock.advance(600)

    assert there.requests("PUT") == [f"/api/resource/{JOB}/{REPAIR}"]
    assert there.receipts()[done] == (Fate.REFUSED, "unknown-word:status")


async def test_a_document_that_a_job_of_the_site_holds_is_met_again() -> None:
    body: dict[str, Any] = {"exc_type": "DocumentLockedError"}
    locked = httpx.MockTransport(lambda _: httpx.Response(417, json=body))
    async with open_http("http://erp.example", "a:b", locked) as http:
        assert await ErpClient(http).put(JOB, REPAIR, {}, "") is Outcome.STALE
