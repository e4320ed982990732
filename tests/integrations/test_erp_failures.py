"""Rules of the five ways in which ERPNext fails: every effect is counted in its request log."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Engine

from backend.erp.client import ErpClient, open_http
from backend.settings import read_secret
from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind
from backend.simulators.erpnext.schema import DocType, allow
from backend.store import lanes, shadows
from sync.lane import POISON_TRIES, PROBE_MS
from sync.protocol import Fate
from tests.integrations.erp_given import OTHER, REPAIR, Field, in_the_field
from tests.integrations.erpnext_site import SimulatedSite
from tests.rows import row

pytest_plugins = ["tests.integrations.erpnext_site"]
HOUR_S = 3600.0


@pytest_asyncio.fixture
async def there(simulated: SimulatedSite, engine: Engine) -> AsyncIterator[Field]:
    async with in_the_field(simulated, engine) as field:
        yield field


def forbid(there: Field, doctype: str) -> DocType:
    """Our user may only read a doctype from now on; gives it as it was."""
    before = there.site.doctype(doctype)
    reading = (*before.permissions[:-1], allow("Field Sync", "read"))
    there.site.define([msgspec.structs.replace(before, permissions=reading)])
    return before


async def test_a_site_that_is_away_gets_one_probe_in_thirty_seconds_and_one_effect_after(
    there: Field,
) -> None:
    tapped = [await there.tap("note", {"text": "un"}, name) for name in (REPAIR, OTHER)]
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    there.after(HOUR_S, there.site.faults.clear)

    await there.worker.deliver_until_empty()

    probes = [path for path in there.requests("GET") if path.endswith("get_logged_user")]
    assert HOUR_S * 1000 / PROBE_MS - 5 <= len(probes) <= HOUR_S * 1000 / PROBE_MS + 1
    assert [there.ledger(each) for each in tapped] == [1, 1]
    assert [there.writes(name) for name in (REPAIR, OTHER)] == [[("tech_notes",)]] * 2


async def test_a_rotated_key_stops_the_drain_loudly_and_a_new_one_resumes_it(
    there: Field, simulated: SimulatedSite, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(simulated.token)
    tapped = [
        await there.tap("note", {"text": str(n)}, name) for n in "12" for name in (REPAIR, OTHER)
    ]
    async with open_http(
        simulated.base_url, lambda: read_secret(str(file)), simulated.transport
    ) as http:
        there.restart(there.tools._replace(client=ErpClient(http)))
        assert await there.worker.deliver_next()
        filed = set(there.receipts())
        there.site.write_silently("User", SYNC_USER, api_secret=str(there.now_ms))
        for _ in range(10):
            await there.worker.deliver_next()
            await there.sleep(60)
        state = await there.writer.run(lambda conn: shadows.read_state(conn, "erpnext"))
        asked = len(there.site.log.entries())

        assert filed < set(tapped)
        assert state is not None
        assert (state.down_since is not None, state.error) == (True, "auth:AuthenticationError")
        assert [(s, tries) for s, tries, _ in there.lanes().values()] == [("due", 0)]
        assert asked < 20
        file.write_text(there.site.user_token(SYNC_USER))
        await there.worker.deliver_until_empty()

    assert [there.ledger(each) for each in tapped] == [1] * 4
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


@row(28, without={"backend.erp.availability.AUTH": ""})
async def test_a_refused_key_counts_no_attempt_of_a_batch(
    there: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", 2)
    for name in (REPAIR, OTHER):
        await there.tap("note", {"text": "un"}, name)
    there.site.write_silently("User", SYNC_USER, api_secret=str(there.now_ms))

    assert await there.worker.deliver_next()

    state = await there.writer.run(lambda conn: shadows.read_state(conn, "erpnext"))
    assert state is not None
    assert state.error == "auth:AuthenticationError"
    assert list(there.lanes().values()) == [("due", 0, "")] * 2
    assert len(there.site.log.entries()) == 1


async def test_a_token_file_that_is_gone_stops_the_outbox_and_counts_no_attempt(
    there: Field, simulated: SimulatedSite, tmp_path: Path
) -> None:
    await there.tap("note", {"text": "un"})
    gone = str(tmp_path / "token")
    async with open_http(
        simulated.base_url, lambda: read_secret(gone), simulated.transport
    ) as http:
        there.restart(there.tools._replace(client=ErpClient(http)))

        assert await there.worker.deliver_next()

    assert [(s, tries) for s, tries, _ in there.lanes().values()] == [("due", 0)]
    assert there.site.log.entries() == []


async def test_a_key_that_is_refused_once_the_site_is_back_is_said_and_shown(
    there: Field, caplog: pytest.LogCaptureFixture
) -> None:
    there.site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))
    for _ in range(5):
        await there.worker.poll_all()
    there.site.faults.clear()
    there.site.write_silently("User", SYNC_USER, api_secret=str(there.now_ms))
    there.clock.advance(PROBE_MS / 1000)

    await there.worker.poll_all()

    state = await there.writer.run(lambda conn: shadows.read_state(conn, "erpnext"))
    assert state is not None
    assert state.error == "auth:AuthenticationError"
    assert caplog.messages == ["erpnext is away"] * 2


@pytest.mark.parametrize("least", [20, 2])
async def test_a_lacking_permission_parks_its_doctype_after_one_request(
    there: Field, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr("backend.erp.deliveries.LEAST", least)
    before = forbid(there, "Dispatch Job")
    place = there.document()["service_location"]
    jobs = [await there.tap("note", {"text": "un"}, name) for name in (REPAIR, OTHER)]
    elsewhere = await there.tap("edit", {"access_code": "1111"}, place, "location")

    await there.worker.deliver_until_empty()
    late = await there.tap("note", {"text": "deux"}, "DJ-00009")
    await there.worker.deliver_until_empty()

    assert len([path for path in there.requests("PUT") if "Dispatch Job" in path]) == 1
    assert {there.receipts()[each] for each in (*jobs, late)} == {(Fate.REFUSED, "PermissionError")}
    assert there.receipts()[elsewhere] == (Fate.FILED, "")
    there.site.define([before])
    for each in await there.writer.run(lanes.parked):
        await there.writer.run(partial(lanes.unpark, key=each.key, now_ms=there.now_ms))
    await there.worker.deliver_until_empty()
    assert [there.ledger(each) for each in (*jobs, late)] == [1, 1, 1]
    assert {fate for fate, _ in there.receipts().values()} == {Fate.FILED}


async def test_a_ledger_that_may_not_be_written_parks_everything(there: Field) -> None:
    forbid(there, "Field Operation")
    place = there.document()["service_location"]
    await there.tap("note", {"text": "un"})
    await there.tap("edit", {"access_code": "1111"}, place, "location")

    await there.worker.deliver_until_empty()

    assert {error for _, _, error in there.lanes().values()} == {"ledger:PermissionError"}
    assert len(there.requests("POST")) == 1


async def test_a_document_that_is_refused_parks_and_no_other_waits_for_it(there: Field) -> None:
    values = there.tools.mapping.values
    wrong = values | {"status": values["status"] | {"en_route": ("Roule",)}}
    mapping = msgspec.structs.replace(there.tools.mapping, values=wrong)
    there.restart(there.tools._replace(mapping=mapping))
    await there.tap("status", {"to": "en_route"})
    passed = await there.tap("note", {"text": "un"}, OTHER)

    await there.worker.deliver_until_empty()
    there.clock.advance(HOUR_S)
    await there.worker.deliver_until_empty()

    assert there.lanes() == {there.key(): ("parked", 1, "ValidationError")}
    assert len([path for path in there.requests("PUT") if REPAIR in path]) == 1
    assert there.receipts()[passed] == (Fate.FILED, "")


async def test_a_poison_document_parks_after_twenty_failures_while_others_pass(
    there: Field,
) -> None:
    poison = await there.tap("note", {"text": "un"})
    there.site.faults.order(
        Fault(FaultKind.BROKEN, times=None, method="PUT", path=f"Dispatch Job/{REPAIR}")
    )
    passed: list[str] = []
    while there.lanes()[there.key()][0] != "parked":
        passed.append(await there.tap("note", {"text": str(len(passed))}, OTHER))
        while await there.worker.deliver_next():
            pass
        await there.sleep(120)

    puts = [path for path in there.requests("PUT") if REPAIR in path]
    assert len(puts) == POISON_TRIES + 1
    assert there.receipts()[poison] == (Fate.REFUSED, "html-500")
    assert {there.ledger(each) for each in passed} == {1}
