"""What every source says of a terminal, and what verdicts followed from: to staff, and noted."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NamedTuple, cast

import pytest
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar
from litestar.di import Provide
from sqlalchemy import select

from backend.auth.answers import exception_handlers
from backend.auth.staff import Staff
from backend.cpe.check.api import look_at_line, visit_evidence
from backend.cpe.check.engine import Engine
from backend.cpe.readings import Identity
from backend.errors import Refused
from backend.store.store import Store, open_store
from backend.store.tables import lookup
from backend.store.verifications import Asked, ToCheck, keep_evidence
from tests.given import CLOCK, JOB, NOW_MS, upstream, uuid7
from tests.integrations.check_given import Said, good_olt

EQUIPMENT = "equipment/00000000-0000-7000-8000-0000000000e1"
ALL = Identity("22275A7000395", "TPLG97441B58", "1C61B4AABBCC")


class Door(NamedTuple):
    """The board's door, and the sources behind it."""

    client: AsyncClient
    store: Store
    olt: Said

    async def look(self, serial: str) -> Response:
        """What is answered to a serial."""
        return await self.client.get("/board/devices/lookup", params={"serial": serial})


@pytest.fixture
async def door(database_url: str) -> AsyncIterator[Door]:
    """One terminal on file; an OLT that knows it and an ACS that does not."""
    store = open_store(database_url, lambda: CLOCK, lambda _: None)
    on_file = {"serial_number": ALL.serial, "barcode": ALL.gpon_serial, "mac": ALL.mac}
    await store.writer.run(lambda conn: upstream(conn, 1, EQUIPMENT, "EQ-1", **on_file))
    olt = Said("olt", summary=good_olt())
    engine = Engine([olt, Said("acs_cached", fault=Refused("no-such-device"))])
    given: dict[str, Any] = {
        "staff": lambda: Staff("julie@example.test", ()),
        "store": lambda: store,
        "engine": lambda: engine,
        "now_ms": lambda: NOW_MS,
    }
    app = Litestar(
        [look_at_line, visit_evidence],
        logging_config=None,
        dependencies={n: Provide(each, sync_to_thread=False) for n, each in given.items()},
        exception_handlers=exception_handlers("450-555-0100"),
    )
    transport = ASGITransport(cast(Any, app))
    async with AsyncClient(transport=transport, base_url="https://terrain.test") as client:
        yield Door(client, store, olt)
    await store.close()


@pytest.mark.parametrize("said", [ALL.serial, ALL.gpon_serial, "1c:61:b4:aa:bb:cc"])
async def test_terminal_is_looked_at_by_any_name_with_all_that_it_is_known_by(
    door: Door, said: str
) -> None:
    answer = await door.look(said)

    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [each.identity for each in door.olt.targets] == [ALL]
    assert found["pon"][0]["port"] == {"value": "0/5/2", "source": "olt", "asOfMs": NOW_MS}
    states = {each["name"]: each.get("state", "ok") for each in found["sources"]}
    assert states == {"olt": "ok", "acs_cached": "error"}


async def test_terminal_that_is_on_no_file_is_asked_about_as_it_was_read(door: Door) -> None:
    await door.look("HWTC-1234 5678")
    await door.look("54504C4797441B59")

    asked = [each.identity for each in door.olt.targets]
    assert asked == [Identity(gpon_serial="HWTC12345678"), Identity(gpon_serial="TPLG97441B59")]


async def test_two_looks_in_a_moment_ask_once_and_are_both_noted(door: Door) -> None:
    await door.look(ALL.serial)
    await door.look(ALL.gpon_serial)

    noted = await door.store.read(lambda conn: conn.execute(select(lookup)).all())
    assert door.olt.asked == 1
    assert [(row.actor, row.device, row.state) for row in noted] == [
        ("julie@example.test", "", "line")
    ] * 2


@pytest.mark.parametrize("said", ["", "   ", "a\0b", "x" * 81])
async def test_what_names_no_terminal_is_refused_and_asks_nobody(door: Door, said: str) -> None:
    answer = await door.look(said)

    assert answer.status_code == 400
    assert door.olt.asked == 0


async def test_office_reads_what_the_verdicts_of_a_visit_followed_from(door: Door) -> None:
    check = ToCheck(JOB, (Asked(uuid7(1), NOW_MS, "Marc", None),), 0, NOW_MS)
    for body in (b'{"n":1}', b'{"n":2}'):
        await door.store.writer.run(
            partial(keep_evidence, check=check, body=body, version=1, clock=CLOCK)
        )

    ours = await door.client.get(f"/board/api/visits/{JOB.partition('/')[2]}/evidence")
    other = await door.client.get("/board/api/visits/none/evidence")

    assert ours.json() == [{"n": 1}, {"n": 2}]
    assert other.json() == []
