"""Rules of many at once, and of a death between two writes: the site's log counts the effects."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import unquote

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.client import ErpClient, Outcome, open_http
from backend.store import lanes
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Crash, DiesAfter, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite

pytest_plugins = ["tests.integrations.erpnext_site"]
AT_ONCE = 8
JOB = "Dispatch Job"
LEDGER = "Field Operation"


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


class Watched(httpx.AsyncBaseTransport):
    """Counts how many requests about one document are under way together."""

    def __init__(self, site: httpx.AsyncBaseTransport) -> None:
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._site = site

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path)
        self._now[path] += 1
        self.most[path] = max(self.most[path], self._now[path])
        await asyncio.sleep(0)
        try:
            return await self._site.handle_async_request(request)
        finally:
            self._now[path] -= 1


async def test_eight_creates_of_one_name_at_once_make_one_document(there: Field) -> None:
    made = {"doctype": LEDGER, "name": str(uuid.uuid4()), "kind": "note"}

    answers = await asyncio.gather(
        *(there.tools.client.insert(LEDGER, made) for _ in range(AT_ONCE))
    )

    assert [isinstance(each, dict) for each in answers].count(True) == 1
    assert answers.count(Outcome.DUPLICATE) == AT_ONCE - 1
    assert there.ledger(str(made["name"])) == 1


async def test_eight_updates_of_one_document_at_once_lose_none(there: Field) -> None:
    document = there.document()
    fields = [{"tech_notes": f"note {n}"} for n in range(AT_ONCE)]

    answers = await asyncio.gather(
        *(there.tools.client.put(JOB, REPAIR, each, document["modified"]) for each in fields)
    )

    assert [isinstance(each, dict) for each in answers].count(True) == 1
    assert answers.count(Outcome.STALE) == AT_ONCE - 1
    assert there.writes() == [("tech_notes",)]


async def test_eight_workers_at_once_have_one_request_under_way_for_each_document(
    there: Field, simulated: SimulatedSite
) -> None:
    names = (REPAIR, OTHER, "DJ-00009", "DJ-00010")
    tapped = [await there.tap("note", {"text": str(n)}, name) for n in range(3) for name in names]
    assert simulated.transport is not None
    watched = Watched(simulated.transport)
    async with open_http(simulated.base_url, simulated.token, watched) as http:
        there.restart(there.tools._replace(client=ErpClient(http)))

        await asyncio.gather(*(there.worker.deliver_next() for _ in range(AT_ONCE)))

    documents = {path: most for path, most in watched.most.items() if path.split("/")[-1] in names}
    assert set(documents.values()) == {1}
    assert [there.writes(name) for name in names] == [[("tech_notes",)]] * 4
    assert [there.ledger(each) for each in tapped] == [1] * len(tapped)


async def test_a_death_between_the_document_and_the_ledger_files_nothing_and_doubles_nothing(
    there: Field, simulated: SimulatedSite
) -> None:
    notes = [await there.tap("note", {"text": text}) for text in ("un", "deux")]
    assert simulated.transport is not None
    tools, before_the_ledger = there.tools, 3  # GET, PUT, GET
    dying = DiesAfter(simulated.transport, before_the_ledger, sent=False)
    async with open_http(simulated.base_url, simulated.token, dying) as http:
        there.restart(tools._replace(client=ErpClient(http)))
        with pytest.raises(Crash):
            await there.worker.deliver_next()

    assert there.writes() == [("tech_notes",)]
    assert ([there.ledger(each) for each in notes], there.receipts()) == ([0, 0], {})
    there.restart(tools)
    there.clock.advance(lanes.LEASE_MS / 1000)
    assert await there.worker.deliver_next()
    assert there.writes() == [("tech_notes",)]
    assert [there.ledger(each) for each in notes] == [1, 1]
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


async def test_a_row_in_the_ledger_is_no_proof_that_the_document_was_written(
    there: Field,
) -> None:
    tapped = await there.tap("note", {"text": "un"})
    row = {"doctype": LEDGER, "name": tapped, "kind": "note"}
    await there.tools.client.insert(LEDGER, row)

    await there.worker.deliver_until_empty()

    assert there.document()["tech_notes"].endswith("un")
    assert there.ledger(tapped) == 1
    assert there.receipts()[tapped] == (Fate.FILED, "")
