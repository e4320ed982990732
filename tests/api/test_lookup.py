"""Looking a label up: a technician learns of what he holds, the office of all, and it is noted."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple, cast

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.di import Provide
from sqlalchemy import Connection, select

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.session import DeviceSession
from backend.auth.staff import Staff
from backend.equipment.api import look_up, look_up_for_staff
from backend.settings import LabelSettings, Settings
from backend.store.apply import apply_mutations, apply_pushes
from backend.store.lookups import A_MINUTE
from backend.store.store import Store, open_store
from backend.store.tables import lookup
from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind
from tests.given import (
    CLOCK,
    DEVICE,
    JOB,
    JULIE,
    MARC,
    NOW_MS,
    OTHER_JOB,
    a_visit,
    mutation,
    push,
    technician,
    upstream,
    uuid7,
)
from tests.rows import row

EQUIPMENT = "equipment/00000000-0000-7000-8000-0000000000e1"
SPARE = "equipment/00000000-0000-7000-8000-0000000000e2"
HOME = "location/00000000-0000-7000-8000-0000000000b1"
ELSEWHERE = "location/00000000-0000-7000-8000-0000000000b2"
CLIENT = "contact/00000000-0000-7000-8000-0000000000c1"
LINE = "subscription/00000000-0000-7000-8000-0000000000f1"
SERIAL, MAC = "TPLG1A2B3C4D", "10394EB5DA90"
JSON = {"x-terrain": "1"}
SYSTEM = Actor(ActorKind.SYSTEM, "check", "Vérification", "check")


class Doors(NamedTuple):
    """Both doors, Marc's phone at one and a dispatcher at the other."""

    client: AsyncClient
    store: Store

    async def given(self, work: Callable[[Connection], Any]) -> None:
        """Change the store."""
        await self.store.writer.run(work)

    async def asked(self, text: str, symbology: str = "", board: str = "") -> dict[str, Any]:
        """What a door answers to a text."""
        sent = {"text": text, "symbology": symbology}
        answer = await self.client.post(f"{board}/api/equipment/lookup", json=sent, headers=JSON)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    """A visit of Marc's and one of Julie's, each at a place with equipment; one device in stock."""
    store = open_store(database_url, lambda: CLOCK, lambda _poked: None)
    await store.writer.run(two_homes)
    session = DeviceSession(device=DEVICE, technician=MARC, name="Marc", expires_at=0)
    given: dict[str, Any] = {
        "session": lambda: session,
        "staff": lambda: Staff("julie@example.test", ()),
        "store": lambda: store,
        "settings": lambda: Settings(labels=LabelSettings(sticker_host="q.isp.example")),
        "now_ms": lambda: NOW_MS,
    }
    app = Litestar(
        [look_up, look_up_for_staff],
        guards=[same_origin],
        logging_config=None,
        dependencies={n: Provide(each, sync_to_thread=False) for n, each in given.items()},
        exception_handlers=exception_handlers("450-555-0100"),
    )
    transport = ASGITransport(cast(Any, app))
    async with AsyncClient(transport=transport, base_url="https://terrain.test") as client:
        yield Doors(client, store)
    await store.close()


def two_homes(conn: Connection) -> None:
    """Marc goes to HOME today, Julie elsewhere."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay")
    upstream(conn, 2, JULIE, "TECH-2", full_name="Julie Côté")
    upstream(conn, 3, HOME, "LOC-1", street="12, rue des Érables", town="Candiac")
    upstream(conn, 4, ELSEWHERE, "LOC-2", street="900, rue Secrète", town="Delson")
    upstream(conn, 5, CLIENT, "CUST-1", full_name="Ginette Lachapelle")
    upstream(conn, 6, LINE, "SUB-1", plan="Fibre 500", status="Actif", down_mbps=500, up_mbps=50)
    device(conn, 7, EQUIPMENT, serial_number=SERIAL, mac="10:39:4E:B5:DA:90", location=HOME)
    device(conn, 8, SPARE, serial_number="2215-B8K0-03412", barcode="SN-88/7", model="AX55")
    a_visit(conn, JOB, location=HOME, contact=CLIENT, subscription=LINE)
    a_visit(conn, OTHER_JOB, location=ELSEWHERE, technician=JULIE)


def device(conn: Connection, number: int, key: str, **cells: Any) -> None:
    """A document of ERPNext's, as the poll brings it."""
    upstream(conn, number, key, f"EQP-{key[-2:]}", **cells)


async def test_equipment_of_his_visit_comes_with_place_line_and_last_check(doors: Doors) -> None:
    check = Mutation(uuid7(50), 0, Kind.VERIFIED, JOB, 0, NOW_MS, {"verdict": "pass"})
    await doors.given(lambda conn: apply_mutations(conn, SYSTEM, [check], CLOCK))

    assert await doors.asked(SERIAL, "code_128") == {
        "state": "known",
        "by": "serial",
        "device": {"serial": SERIAL, "mac": "10:39:4E:B5:DA:90"},
        "place": {
            "client": "Ginette Lachapelle",
            "street": "12, rue des Érables",
            "town": "Candiac",
        },
        "plan": {"plan": "Fibre 500", "status": "Actif", "down_mbps": 500, "up_mbps": 50},
        "check": {"verdict": "pass", "at": NOW_MS},
    }


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("tplg1a2b3c4d", "serial"),
        ("54504C471A2B3C4D", "serial"),
        ("S/N: TPLG1A2B3C4D", "serial"),
        (MAC, "mac"),
        (f"https://q.isp.example/q/{MAC}", "mac"),
        ("10:39:4e:b5:da:90", "mac"),
    ],
)
async def test_equipment_is_known_by_each_way_of_writing_it(
    doors: Doors, text: str, by: str
) -> None:
    found = await doors.asked(text)

    assert (found["state"], found["by"]) == ("known", by)


@pytest.mark.parametrize(("text", "by"), [("2215B8K003412", "serial"), ("SN-88/7", "barcode")])
async def test_equipment_without_a_place_is_free(doors: Doors, text: str, by: str) -> None:
    found = await doors.asked(text)

    assert (found["state"], found["by"], found["device"]["model"]) == ("free", by, "AX55")
    assert "place" not in found


async def test_of_equipment_of_others_nothing_but_that_is_told(doors: Doors) -> None:
    moved = {"serial_number": SERIAL, "location": ELSEWHERE, "model": "XX230v"}
    await doors.given(lambda conn: device(conn, 9, EQUIPMENT, **moved))

    assert await doors.asked(SERIAL) == {"state": "elsewhere"}


async def test_what_nobody_knows_is_unknown(doors: Doors) -> None:
    assert await doors.asked("HWTC12345678") == {"state": "unknown"}


async def test_serial_that_a_visit_has_now_counts_before_the_older_file(doors: Doors) -> None:
    fitted = mutation(1, "equipment", {"serial": "HWTC12345678", "action": "install"})
    moved = {"serial": SERIAL, "action": "install"}
    stolen = mutation(2, "equipment", moved, key=OTHER_JOB, seq=1)
    other = technician(JULIE, uuid7(1), name="Julie")
    await doors.given(lambda conn: apply_pushes(conn, [push(fitted)], CLOCK))
    await doors.given(
        lambda conn: apply_pushes(conn, [push(stolen, actor=other, device=uuid7(1))], CLOCK)
    )

    mine, taken = await doors.asked("HWTC12345678"), await doors.asked(SERIAL)

    assert (mine["state"], mine["place"]["town"]) == ("known", "Candiac")
    assert taken == {"state": "elsewhere"}


async def test_new_serial_of_a_document_replaces_its_old_one(doors: Doors) -> None:
    await doors.given(lambda conn: device(conn, 9, EQUIPMENT, serial_number="HWTC12345678"))

    assert (await doors.asked(SERIAL))["state"] == "unknown"
    assert (await doors.asked("HWTC12345678"))["state"] == "known"


async def test_office_sees_all_with_the_visits_open_and_past(doors: Doors) -> None:
    moved = {"serial_number": SERIAL, "location": ELSEWHERE}
    await doors.given(lambda conn: device(conn, 9, EQUIPMENT, **moved))
    done = {"location": ELSEWHERE, "technician": JULIE, "status": "completed", "date": "2026-01-05"}
    past = "job/00000000-0000-7000-8000-0000000000a3"
    await doors.given(lambda conn: a_visit(conn, past, **done))

    found = await doors.asked(SERIAL, board="/board")

    assert (found["state"], found["place"]["street"]) == ("known", "900, rue Secrète")
    assert [(each["date"], each["technician"], each["open"]) for each in found["visits"]] == [
        ("2026-11-23", "Julie Côté", True),
        ("2026-01-05", "Julie Côté", False),
    ]


async def test_every_lookup_is_noted_with_who_asked_for_what(doors: Doors) -> None:
    await doors.asked("tplg 1a2b 3c4d")
    await doors.asked("HWTC12345678", board="/board")

    columns = (lookup.c.actor_kind, lookup.c.actor, lookup.c.device, lookup.c.asked, lookup.c.state)
    query = select(*columns).order_by(lookup.c.id)
    noted = await doors.store.read(lambda conn: [tuple(row) for row in conn.execute(query)])
    assert noted == [
        ("technician", MARC, DEVICE, SERIAL, "known"),
        ("office", "julie@example.test", "", "HWTC12345678", "unknown"),
    ]


@row(27, without={"backend.equipment.lookup.asks_too_often": lambda *_: False})
async def test_device_that_asks_too_often_is_told_to_wait(doors: Doors) -> None:
    for _ in range(A_MINUTE):
        await doors.asked(SERIAL)

    sent = {"text": SERIAL}
    refused = await doors.client.post("/api/equipment/lookup", json=sent, headers=JSON)

    assert (refused.status_code, refused.json().get("error")) == (429, "slow-down")
    assert refused.headers["retry-after"] == "60"
    assert (await doors.asked(SERIAL, board="/board"))["state"] == "known"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"text": ""}, 422, "no-identity"),
        ({"text": "4006381333931", "symbology": "ean_13"}, 422, "no-identity"),
        ({"text": "WIFI:T:WPA;S:Maison;P:s3cret-key;;"}, 422, "no-identity"),
        ({"text": "TPLG\u0000"}, 422, "no-identity"),
        ({"text": "x" * 600}, 400, "unreadable"),
        ({"serial": SERIAL}, 400, "unreadable"),
    ],
)
async def test_text_that_names_no_equipment_is_refused_and_not_noted(
    doors: Doors, body: dict[str, str], status: int, error: str
) -> None:
    refused = await doors.client.post("/api/equipment/lookup", json=body, headers=JSON)

    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert await doors.store.read(lambda conn: conn.execute(select(lookup)).all()) == []
