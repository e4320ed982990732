"""The board's visits of the day: who, when, how far, and what ERPNext has of it."""

from msgspec.structs import replace
from sqlalchemy import Connection

from backend.store.apply import apply_pushes
from tests.api.board import (
    CLIENT,
    MINUTE_MS,
    STREET,
    Board,
    a_customer_visit,
    filed,
    visit_of,
)
from tests.given import (
    CLOCK,
    JULIE,
    NOW_MS,
    OTHER_JOB,
    a_visit,
    push,
    uuid7,
)
from tests.given import mutation as a_mutation


async def test_todays_visits_name_the_customer_and_the_hours(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_customer_visit(conn, assistants=[JULIE])
        a_visit(conn, OTHER_JOB, date="2026-11-24")

    await shown_board.given(arrange)

    [visit] = (await shown_board.shown())["visits"]
    assert (visit["client"], visit["street"], visit["town"]) == (CLIENT, STREET, "Saint-Jérôme")
    assert visit["window"] == {"start": "08:00", "end": "10:00"}
    assert (visit["name"], visit["assistants"]) == ("Marc Tremblay", ["Julie Côté"])
    assert visit["status"]["value"] == "todo"
    assert visit["status"]["onFile"] is True


async def test_a_status_has_its_device_time_and_when_it_was_received(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        made = a_mutation(1, "status", {"to": "on_site"})
        earlier = replace(made, made_at=NOW_MS - 35 * MINUTE_MS)
        apply_pushes(conn, [push(earlier)], CLOCK)

    await shown_board.given(arrange)

    status = visit_of(await shown_board.shown())["status"]
    assert status == {
        "value": "on_site",
        "reason": "",
        "at": NOW_MS - 35 * MINUTE_MS,
        "receivedAt": NOW_MS,
        "onFile": False,
        "held": False,
    }


async def test_a_value_is_on_file_once_erpnext_has_it(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        line = a_mutation(2, "equipment", {"serial": "TPLG1A2B3C4D"})
        gone_there = a_mutation(1, "status", {"to": "on_site"})
        apply_pushes(conn, [push(gone_there, line)], CLOCK)
        filed(conn, 1)

    await shown_board.given(arrange)

    visit = visit_of(await shown_board.shown())
    assert visit["status"]["onFile"] is True
    assert [(line["serial"], line["onFile"]) for line in visit["equipment"]] == [
        ("TPLG1A2B3C4D", False)
    ]


async def test_a_status_the_office_set_has_no_time_of_receipt(shown_board: Board) -> None:
    await shown_board.given(lambda conn: a_visit(conn, status="cancelled"))

    status = visit_of(await shown_board.shown())["status"]
    assert (status["value"], status["receivedAt"], status["onFile"]) == ("cancelled", None, True)


async def test_a_billable_completion_waits_for_its_evidence(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn, billable=True)
        steps = [
            a_mutation(n, "status", {"to": to}) for n, to in ((1, "on_site"), (2, "completed"))
        ]
        apply_pushes(conn, [push(*steps)], CLOCK)

    await shown_board.given(arrange)

    status = visit_of(await shown_board.shown())["status"]
    assert (status["value"], status["held"], status["onFile"]) == ("completed", True, False)


async def test_a_label_is_to_confirm_until_its_serial_is_chosen(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        scans = [a_mutation(n, "scan", {"blob": f"{n}" * 64}) for n in (1, 2)]
        chosen = a_mutation(3, "equipment", {"serial": "TPLG00000001", "scan": uuid7(1)})
        apply_pushes(conn, [push(*scans, chosen)], CLOCK)

    await shown_board.given(arrange)

    assert visit_of(await shown_board.shown())["toConfirm"] == 1
