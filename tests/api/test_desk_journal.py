"""The Journal, its file, and the proof of a day."""

from msgspec.structs import replace
from sqlalchemy import Connection

from backend.store import lanes
from backend.store.apply import apply_pushes
from backend.store.outbox import load
from sync.lane import Lane, LaneState
from tests.api.board import MINUTE_MS
from tests.api.desk import Office, sqlite_only
from tests.given import (
    CLOCK,
    JOB,
    NOW_MS,
    mutation,
    push,
    upstream,
)

TODAY = {"first": "2026-11-23", "last": "2026-11-23"}


async def test_the_day_of_a_technician_is_proved_by_what_is_on_file(office: Office) -> None:
    def day(conn: Connection) -> None:
        steps = [
            mutation(1, "status", {"to": "en_route"}),
            mutation(2, "status", {"to": "on_site"}),
            mutation(3, "note", {"text": "Chien"}),
            mutation(4, "status", {"to": "on_hold", "reason": "part"}),
        ]
        steps[3] = replace(steps[3], made_at=NOW_MS + 2 * MINUTE_MS)
        apply_pushes(conn, [push(*steps)], CLOCK)
        first = load(conn, JOB, Lane(LaneState.CLAIMED, NOW_MS)).entries[:1]
        lanes.record_success(conn, JOB, first, NOW_MS)
        apply_pushes(conn, [push(mutation(5, "equipment", {"serial": ""}))], CLOCK)

    await office.given(day)

    board = await office.board()
    journal = await office.get("journal", **TODAY)

    [proof] = board["proofs"]
    assert (proof["told"], proof["filed"], proof["refused"]) == (5, 1, 1)
    [line] = journal["days"]
    assert (line["by"], line["told"], line["filed"], line["refused"]) == ("Marc Tremblay", 5, 1, 1)
    assert line["onSiteMs"] == 2 * MINUTE_MS
    assert journal["more"] is False


@sqlite_only
async def test_the_journal_finds_work_by_its_serial_and_its_day(office: Office) -> None:
    def work(conn: Connection) -> None:
        said = mutation(1, "equipment", {"serial": "TPLG1A2B3C4D"})
        apply_pushes(conn, [push(said, mutation(2, "note", {"text": "x"}))], CLOCK)

    await office.given(work)

    by_serial = await office.get("journal", **TODAY, serial="tplg-1a2b3c4d")
    by_other = await office.get("journal", **TODAY, serial="TPLG99999999")
    yesterday = await office.get("journal", first="2026-11-22", last="2026-11-22")
    nonsense = await office.client.get("/board/api/journal", params={"first": "x", "last": "y"})

    assert [line["kind"] for line in by_serial["lines"]] == ["equipment", "note"]
    assert by_serial["lines"][0]["visit"] == "Installation, 12 rue X"
    assert (by_other["lines"], yesterday["lines"]) == ([], [])
    assert (nonsense.status_code, nonsense.json()["reason"]) == (400, "date")


@sqlite_only
async def test_the_journals_file_opens_in_a_spreadsheet_and_runs_nothing(office: Office) -> None:
    def work(conn: Connection) -> None:
        upstream(conn, 30, JOB, "DJ-00161", subject="=HYPERLINK(1)")
        apply_pushes(conn, [push(mutation(1, "note", {"text": "é;è"}))], CLOCK)

    await office.given(work)

    answer = await office.client.get("/board/api/journal.csv", params=TODAY | {"lang": "fr"})

    assert answer.headers["content-disposition"].endswith('"journal-2026-11-23-2026-11-23.csv"')
    heading, line = answer.content.removeprefix(b"\xef\xbb\xbf").decode().splitlines()
    assert heading.startswith("Fait sur l'appareil;Reçu;Au dossier;Qui;")
    assert "'=HYPERLINK(1)" in line
    assert '"{""text"":""é;è""}"' in line


@sqlite_only
async def test_a_gesture_is_on_file_as_soon_as_its_phone_is_told_so(office: Office) -> None:
    def drive(conn: Connection) -> None:
        apply_pushes(conn, [push(mutation(1, "status", {"to": "en_route"}))], CLOCK)

    def file(conn: Connection) -> None:
        claimed = load(conn, JOB, Lane(LaneState.CLAIMED, NOW_MS))
        lanes.record_success(conn, JOB, claimed.entries, NOW_MS)

    await office.given(drive)
    before = await office.board()
    await office.given(file)
    after = await office.get("state", known=before["version"])

    assert before["visits"][0]["status"]["onFile"] is False
    assert after["visits"][0]["status"]["onFile"] is True
