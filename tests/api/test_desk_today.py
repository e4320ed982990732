"""The day on the board: what moved, what is asked, what a page that knows a version gets."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from backend.store.apply import apply_pushes
from backend.store.heartbeats import Heartbeat, record_heartbeat
from sync.protocol import Pending
from tests.api.board import a_decision
from tests.api.desk import LOCATION, Office, sqlite_only
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
    upstream,
)


@sqlite_only
async def test_a_visit_moved_by_the_office_says_what_erpnext_has_not(office: Office) -> None:
    await office.post("mutations", a_decision("edit", {"window_start": "13:00"}))

    [visit] = (await office.board())["visits"]

    assert visit["unfiled"] == ["window_start"]
    assert visit["movedAt"] == NOW_MS
    assert visit["window"]["start"] == "13:00"


@sqlite_only
async def test_what_a_technician_asks_waits_for_the_offices_answer(office: Office) -> None:
    wish = mutation(1, "request", {"what": "window_start", "value": "15:00", "text": "Retard"})
    await office.given(lambda conn: apply_pushes(conn, [push(wish)], CLOCK))

    [line] = (await office.board())["requests"]
    granted = a_decision("answer", {"request": line["id"], "granted": True})
    await office.post("mutations", granted)

    assert (line["what"], line["value"], line["text"]) == ("window_start", "15:00", "Retard")
    after = await office.board()
    assert after["requests"] == []
    assert after["visits"][0]["window"]["start"] == "15:00"


@sqlite_only
async def test_a_completion_without_its_evidence_waits_until_the_office_lets_it_go(
    office: Office,
) -> None:
    def held(conn: Connection) -> None:
        upstream(conn, 31, JOB, "DJ-00161", status="on_site", billable=True, evidence=["serial"])
        apply_pushes(conn, [push(mutation(1, "status", {"to": "completed"}, base=9))], CLOCK)

    await office.given(held)

    [line] = (await office.board())["held"]
    await office.post("mutations", a_decision("release", {"reason": "étiquette illisible"}))

    assert (line["technician"], line["missing"]) == ("Marc Tremblay", ["serial"])
    assert (await office.board())["held"] == []


@sqlite_only
async def test_a_page_that_knows_a_version_gets_only_the_visits_that_changed(
    office: Office,
) -> None:
    await office.given(lambda conn: a_visit(conn, OTHER_JOB))
    first = await office.board()

    same = await office.get("state", known=first["version"])
    await office.post("mutations", a_decision("edit", {"window_start": "13:00"}))
    moved = await office.get("state", known=first["version"])
    await office.given(lambda conn: upstream(conn, 60, OTHER_JOB, "DJ-2", date="2026-12-24"))
    gone = await office.get("state", known=moved["version"])

    assert (len(first["visits"]), first["whole"]) == (2, True)
    assert (same["visits"], same["whole"], same["version"]) == ([], False, first["version"])
    assert [each["key"] for each in moved["visits"]] == [JOB]
    assert moved["visits"][0]["window"]["start"] == "13:00"
    assert (gone["visits"], gone["gone"]) == ([], [OTHER_JOB])


@sqlite_only
async def test_a_version_of_another_process_is_answered_whole(office: Office) -> None:
    answer = await office.get("state", known="0a1b2c3d-1")

    assert (len(answer["visits"]), answer["whole"]) == (1, True)


@sqlite_only
async def test_a_customers_new_street_is_on_the_line_of_his_visit(office: Office) -> None:
    known = (await office.board())["version"]

    await office.given(lambda conn: upstream(conn, 61, LOCATION, "LOC-1", street="9 rue Y"))

    [visit] = (await office.get("state", known=known))["visits"]
    assert visit["street"] == "9 rue Y"


@sqlite_only
async def test_a_moved_visit_is_unseen_until_it_was_on_its_technicians_screen(
    office: Office,
) -> None:
    def looks(technician: str, name: str) -> Callable[[Connection], Any]:
        beat = Heartbeat(DEVICE, "1", Pending(seen=(JOB,)), NOW_MS, technician, name)
        return lambda conn: record_heartbeat(conn, beat)

    async def seen() -> Any:
        return (await office.board())["visits"][0]["seen"]

    await office.given(looks(MARC, "Marc Tremblay"))
    before = await seen()
    await office.post("mutations", a_decision("edit", {"technician": JULIE}))
    moved = await seen()
    await office.given(looks(MARC, "Marc Tremblay"))
    by_the_former = await seen()
    await office.given(looks(JULIE, "Julie Côté"))

    assert before == {"by": "Marc Tremblay", "at": NOW_MS}
    assert (moved, by_the_former) == (None, None)
    assert await seen() == {"by": "Julie Côté", "at": NOW_MS}
    timeline = await office.get(f"visits/{JOB.partition('/')[2]}/timeline")
    assert [each["by"] for each in timeline["entries"] if each["kind"] == "seen"] == [
        "Marc Tremblay",
        "Julie Côté",
    ]


@sqlite_only
async def test_erpnext_hears_nothing_of_who_saw_a_visit(office: Office) -> None:
    beat = Heartbeat(DEVICE, "1", Pending(seen=(JOB,)), NOW_MS, MARC, "Marc Tremblay")

    await office.given(lambda conn: record_heartbeat(conn, beat))

    assert (await office.board())["tiles"]["office"]["queued"] == 0
