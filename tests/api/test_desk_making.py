"""Mode panne: a visit that the office makes while ERPNext is away."""

from typing import Any

import pytest
from sqlalchemy import Connection, select

from backend.store.pull import pull
from backend.store.tables import record
from tests.api.desk import LOCATION, Office, sqlite_only
from tests.given import JOB, JULIE, MARC, NOW_MS, upstream, uuid7

CONTACT = "contact/00000000-0000-7000-8000-0000000000c1"
TYPED: dict[str, Any] = {
    "id": uuid7(900),
    "made_at": NOW_MS,
    "technician": JULIE,
    "day": "2026-11-23",
    "start": "13:00",
    "end": "15:00",
    "type": "Repair",
    "name": "Réjean Côté",
    "phone": "(450) 555-0199",
    "street": "88, chemin du Lac",
    "town": "Prévost",
    "notes": "Sans Internet depuis hier",
}
KNOWN = {name: TYPED[name] for name in ("id", "made_at", "technician", "day", "type")}


async def held_by_julie(office: Office) -> dict[str, dict[str, Any]]:
    """What Julie's phone gets, by record."""
    changes = await office.store.read(lambda conn: pull(conn, JULIE, "").changes)
    return {each.key: each.cells for each in changes.put}


async def test_a_visit_made_in_an_outage_is_on_the_board_and_on_the_phone(office: Office) -> None:
    answer = await office.post("visits", TYPED)

    assert answer.json() == {"outcome": "applied", "reason": ""}, answer.text
    [visit] = [each for each in (await office.board())["visits"] if each["technician"] == JULIE]
    assert (visit["client"], visit["street"], visit["town"]) == (
        "Réjean Côté",
        "88, chemin du Lac",
        "Prévost",
    )
    assert (visit["madeHere"], visit["status"]["value"]) == (True, "todo")
    phone = await held_by_julie(office)
    job = phone[f"job/{TYPED['id']}"]
    assert (job["window_start"], job["dispatch_notes"]) == ("13:00", TYPED["notes"])
    assert phone[job["contact"]] == {"full_name": "Réjean Côté", "phone": "+14505550199"}
    assert phone[job["location"]]["street"] == "88, chemin du Lac"


@sqlite_only
async def test_the_same_request_twice_makes_one_visit(office: Office) -> None:
    first = await office.post("visits", TYPED)
    again = await office.post("visits", TYPED)

    assert again.json() == first.json()
    made = select(record.c.key).where(record.c.upstream_name.is_(None))
    assert len(await office.store.read(lambda conn: conn.execute(made).all())) == 3


@sqlite_only
async def test_a_visit_that_erpnext_knows_was_not_made_here(office: Office) -> None:
    [visit] = (await office.board())["visits"]

    assert visit["madeHere"] is False


@sqlite_only
@pytest.mark.parametrize("text", ["lachapelle gin", "érables", "514 555-0142", "GINETTE"])
async def test_a_known_customer_is_found_with_the_place_of_the_last_visit(
    office: Office, text: str
) -> None:
    await office.given(a_known_customer)

    found = (await office.post("customers", {"text": text})).json()

    assert found["customers"] == [
        {
            "contact": CONTACT,
            "name": "Ginette Lachapelle",
            "phone": "514-555-0142",
            "location": LOCATION,
            "street": "1240, rue des Érables",
            "town": "Saint-Jérôme",
        }
    ]
    assert found["types"] == ["Installation"]


@sqlite_only
async def test_a_customer_without_visits_is_found_without_a_place(office: Office) -> None:
    await office.given(lambda conn: upstream(conn, 40, CONTACT, "C-1", full_name="Ginette L"))

    found = (await office.post("customers", {"text": "ginette"})).json()["customers"]

    assert [(each["contact"], each["location"]) for each in found] == [(CONTACT, "")]
    assert (await office.post("customers", {"text": "personne"})).json()["customers"] == []
    assert (await office.post("customers", {})).json()["customers"] == []


@sqlite_only
async def test_a_known_customer_and_place_are_referred_to_and_not_made_again(
    office: Office,
) -> None:
    await office.given(a_known_customer)
    asked = KNOWN | {"contact": CONTACT, "location": LOCATION}

    answer = await office.post("visits", asked)

    assert answer.json()["outcome"] == "applied", answer.text
    job = (await held_by_julie(office))[f"job/{TYPED['id']}"]
    assert (job["contact"], job["location"]) == (CONTACT, LOCATION)
    assert job["subject"] == "Repair – Ginette Lachapelle"


@sqlite_only
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"name": "  "}, "customer"),
        ({"contact": CONTACT}, "customer"),
        ({"street": ""}, "address"),
        ({"location": MARC}, "address"),
        ({"phone": "appeler le soir"}, "number"),
        ({"technician": "technician/none"}, "technician"),
        ({"day": "2026-11-22"}, "day"),
        ({"day": "2026-12-08"}, "day"),
        ({"day": "demain"}, "day"),
        ({"start": "15:00", "end": "13:00"}, "window"),
        ({"start": "25:00"}, "window"),
        ({"name": "x" * 141}, "too-long"),
        ({"id": "x"}, "json"),
        ({"more": 1}, "json"),
    ],
)
async def test_what_cannot_be_a_visit_is_refused_with_its_reason_and_makes_nothing(
    office: Office, changed: dict[str, str], reason: str
) -> None:
    before = (await office.board())["sequence"]

    answer = await office.post("visits", TYPED | changed)

    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    assert (await office.board())["sequence"] == before


@sqlite_only
async def test_a_visit_made_here_is_moved_like_any_other(office: Office) -> None:
    await office.post("visits", TYPED)
    moved = {"id": uuid7(901), "kind": "edit", "key": f"job/{TYPED['id']}", "base": 0}

    answer = await office.post(
        "mutations", moved | {"made_at": NOW_MS, "args": {"technician": MARC}}
    )

    assert answer.json()["outcome"] == "applied"
    visits = (await office.board())["visits"]
    assert {each["technician"] for each in visits} == {MARC}
    assert f"job/{TYPED['id']}" not in await held_by_julie(office)


def a_known_customer(conn: Connection) -> None:
    """Ginette, whose line was installed today."""
    place = {"street": "1240, rue des Érables", "town": "Saint-Jérôme"}
    upstream(conn, 40, CONTACT, "C-1", full_name="Ginette Lachapelle", phone="514-555-0142")
    upstream(conn, 41, LOCATION, "LOC-1", **place)
    named = {"contact": CONTACT, "location": LOCATION, "job_type": "Installation"}
    upstream(conn, 42, JOB, "DJ-00161", **named)
