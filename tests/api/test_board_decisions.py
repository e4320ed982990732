"""What the board shows to be decided or mended, and what becomes of the office's decisions."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from backend.store.apply import apply_pushes
from backend.store.clock import DAY_MS
from backend.store.tables import conflict, mutation
from tests.api.board import (
    CLIENT,
    HEADERS,
    STREET,
    Board,
    a_conflict,
    a_customer_visit,
    a_decision,
)
from tests.given import (
    CLOCK,
    JOB,
    NOW_MS,
    OTHER_JOB,
    a_visit,
    push,
    upstream,
    uuid7,
)
from tests.given import mutation as a_mutation


async def test_open_hard_conflicts_are_to_decide_with_both_values(shown_board: Board) -> None:
    await shown_board.given(a_customer_visit)
    await shown_board.given(a_conflict)

    shown = await shown_board.shown()
    assert shown["tiles"]["conflicts"] == 1
    [line] = shown["conflicts"]
    assert line["visit"] == f"{CLIENT}, {STREET}"
    assert (line["path"], line["mine"], line["theirs"]) == ("status", "on_site", "cancelled")
    assert (line["base"], line["author"], line["otherAuthor"]) == ("todo", "Marc", "Bureau")


async def test_soft_and_closed_conflicts_are_not_to_decide(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        a_conflict(conn)
        conn.execute(update(conflict).values(closed_at=NOW_MS))
        [kept] = conn.execute(conflict.select()).mappings()
        conn.execute(insert(conflict).values({**kept, "id": "soft", "soft": 1, "closed_at": None}))

    await shown_board.given(arrange)

    shown = await shown_board.shown()
    assert (shown["tiles"]["conflicts"], shown["conflicts"]) == (0, [])


async def test_a_serial_bound_elsewhere_names_the_other_visit(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_customer_visit(conn)
        a_visit(conn, OTHER_JOB)
        same = {"serial": "TPLG1A2B3C4D"}
        lines = (a_mutation(1, "equipment", same), a_mutation(2, "equipment", same, key=OTHER_JOB))
        apply_pushes(conn, [push(*lines)], CLOCK)

    await shown_board.given(arrange)

    [line] = (await shown_board.shown())["conflicts"]
    assert (line["path"], line["mine"]) == ("equipment", "TPLG1A2B3C4D")
    assert line["theirs"] == f"{CLIENT}, {STREET}"


async def test_rejected_and_parked_mutations_are_listed_with_their_reason(
    shown_board: Board,
) -> None:
    def arrange(conn: Connection) -> None:
        a_customer_visit(conn)
        refused = a_mutation(1, "status", {"to": "not_completed"})
        unknown = a_mutation(2, "dance", {})
        parked = a_mutation(3, "opaque", {"payload": "{"})
        apply_pushes(conn, [push(refused, unknown, parked)], CLOCK)

    await shown_board.given(arrange)

    shown = await shown_board.shown()
    lines = {line["id"]: line for line in shown["refused"]}
    assert shown["tiles"]["refused"] == len(lines) == 3
    first = lines[uuid7(1)]
    assert (first["technician"], first["visit"]) == ("Marc Tremblay", f"{CLIENT}, {STREET}")
    assert (first["kind"], first["about"]) == ("status", "not_completed")
    assert (first["outcome"], first["reason"]) == ("rejected", "reason-required")
    assert lines[uuid7(2)]["reason"] == "unknown-kind"
    assert lines[uuid7(3)]["outcome"] == "parked"


async def test_a_refusal_older_than_the_correction_window_is_gone(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        apply_pushes(conn, [push(a_mutation(1, "dance", {}))], CLOCK)
        old = update(mutation).where(mutation.c.id == uuid7(1))
        conn.execute(old.values(received_at=NOW_MS - 8 * DAY_MS))

    await shown_board.given(arrange)

    shown = await shown_board.shown()
    assert (shown["tiles"]["refused"], shown["refused"]) == (0, [])


async def test_the_office_ends_a_conflict_by_a_mutation_of_its_own(shown_board: Board) -> None:
    def contested(conn: Connection) -> None:
        a_visit(conn, status="on_site")
        upstream(conn, 13, JOB, "DJ-00161", status="cancelled")
        apply_pushes(conn, [push(a_mutation(1, "status", {"to": "completed"}, base=3))], CLOCK)

    await shown_board.given(contested)
    [line] = (await shown_board.shown())["conflicts"]
    chosen = a_decision("resolve", {"conflict": line["id"], "choice": "mine"})

    answer = await shown_board.client.post("/board/api/mutations", json=chosen, headers=HEADERS)
    again = await shown_board.client.post("/board/api/mutations", json=chosen, headers=HEADERS)

    assert answer.json() == {"outcome": "applied", "reason": ""}
    assert again.json() == answer.json()
    after = await shown_board.shown()
    assert after["conflicts"] == []
    assert after["visits"][0]["status"]["value"] == "completed"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (a_decision("status", {"to": "completed"}), 200, "unknown-kind"),
        (a_decision("note", {"text": "x"}, key="job/none"), 200, "unknown-record"),
        (a_decision("resolve", {"conflict": "none", "choice": "mine"}), 200, "unknown-conflict"),
        (a_decision("note", {"text": "x"}, id="1"), 400, "json"),
        (a_decision("note", {"text": "x"}, who="me"), 400, "json"),
    ],
)
async def test_what_is_no_decision_of_the_office_is_refused_by_name(
    shown_board: Board, body: dict[str, Any], status: int, reason: str
) -> None:
    await shown_board.given(a_visit)

    answer = await shown_board.client.post("/board/api/mutations", json=body, headers=HEADERS)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


async def test_a_page_of_another_site_decides_nothing(shown_board: Board) -> None:
    await shown_board.given(a_visit)
    body = a_decision("note", {"text": "x"})

    answer = await shown_board.client.post("/board/api/mutations", json=body)

    assert (answer.status_code, answer.json()["error"]) == (403, "foreign-origin")
