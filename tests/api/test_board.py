"""The dispatcher's board over HTTP: every number on it is true, and only staff may see it."""

import asyncio
import json
from pathlib import Path

import pytest
from litestar.di import Provide
from sqlalchemy import Connection, Engine, event, update

from backend.auth.staff import StaffGate, provide_staff, require_staff
from backend.board.today.desk_state import BackupsState, DiskTile
from backend.board.today.machine import Machine, backups_tile, disk_tile
from backend.settings import Settings
from backend.store.apply import apply_pushes
from backend.store.backups import Backups, note_failed, note_taken
from backend.store.board import Day, read_board
from backend.store.checks import CheckLine, save_check
from backend.store.pokes import Pokes
from backend.store.shadows import ERPNEXT
from backend.store.store import Store
from backend.store.tables import lane
from tests.api.board import (
    CLIENT,
    HOUR_MS,
    LOCATION,
    MINUTE_MS,
    Board,
    a_customer_visit,
    app,
    browser,
    filed,
    office_was,
)
from tests.given import (
    CLOCK,
    NOW_MS,
    OTHER_JOB,
    TODAY,
    a_visit,
    push,
)
from tests.given import mutation as a_mutation


async def test_an_empty_board_says_zero_everywhere(shown_board: Board) -> None:
    shown = await shown_board.shown()

    assert shown["tiles"] == {
        "conflicts": 0,
        "refused": 0,
        "refusedDays": 7,
        "oldest": None,
        "office": {
            "state": "unknown",
            "since": None,
            "awaySince": None,
            "checkedAt": None,
            "queued": 0,
            "parked": 0,
        },
        "backups": {"state": "none", "takenAt": None, "failingSince": None},
        "disk": {"percent": 0, "isFilling": False},
    }
    assert (shown["visits"], shown["conflicts"], shown["refused"]) == ([], [], [])
    assert (shown["now"], shown["today"]) == (NOW_MS, TODAY.isoformat())


async def test_the_board_says_what_the_site_lacks_and_leaves_out_what_is_well(
    shown_board: Board,
) -> None:
    before = (await shown_board.shown())["check"]
    lines = [
        CheckLine("ok", "account", "account", "terrain@example.ca"),
        CheckLine("missing", "Dispatch Job.status", "no-option", "On Hold (on_hold)"),
    ]
    await shown_board.given(lambda conn: save_check(conn, ERPNEXT, lines, NOW_MS))

    assert before is None
    assert (await shown_board.shown())["check"] == {
        "checkedAt": NOW_MS,
        "lines": [
            {
                "level": "missing",
                "about": "Dispatch Job.status",
                "code": "no-option",
                "detail": "On Hold (on_hold)",
            }
        ],
    }


async def test_the_office_is_late_since_it_went_away(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        office_was(conn, NOW_MS - HOUR_MS)
        a_visit(conn)
        a_visit(conn, OTHER_JOB)
        notes = [a_mutation(n, "note", {"text": f"Note {n}"}) for n in (1, 2)]
        elsewhere = a_mutation(3, "note", {"text": "Chien"}, key=OTHER_JOB)
        apply_pushes(conn, [push(*notes, elsewhere)], CLOCK)
        filed(conn, 1)
        conn.execute(update(lane).where(lane.c.key == OTHER_JOB).values(state="parked"))

    await shown_board.given(arrange)

    assert (await shown_board.shown())["tiles"]["office"] == {
        "state": "late",
        "since": NOW_MS - HOUR_MS,
        "awaySince": NOW_MS - HOUR_MS,
        "checkedAt": NOW_MS - 1000,
        "queued": 2,
        "parked": 1,
    }


@pytest.mark.parametrize(
    ("waiting", "state", "since"),
    [(MINUTE_MS, "ok", None), (6 * MINUTE_MS, "late", NOW_MS - 6 * MINUTE_MS)],
)
async def test_an_office_that_answers_is_late_when_work_waits_too_long(
    shown_board: Board, waiting: int, state: str, since: int | None
) -> None:
    def arrange(conn: Connection) -> None:
        office_was(conn, None)
        a_visit(conn)
        apply_pushes(conn, [push(a_mutation(1, "note", {"text": "Chien"}))], CLOCK)
        conn.execute(update(lane).values(oldest_at=NOW_MS - waiting))

    await shown_board.given(arrange)

    office = (await shown_board.shown())["tiles"]["office"]
    assert (office["state"], office["since"], office["queued"]) == (state, since, 1)


async def test_a_backup_is_stale_when_three_were_missed(shown_board: Board) -> None:
    at = NOW_MS - 3 * HOUR_MS
    await shown_board.given(lambda conn: note_taken(conn, at))
    on_time = (await shown_board.shown())["tiles"]["backups"]
    await shown_board.given(lambda conn: note_taken(conn, at - 1))
    await shown_board.given(lambda conn: note_failed(conn, "unavailable", NOW_MS - MINUTE_MS))

    late = (await shown_board.shown())["tiles"]["backups"]

    assert on_time == {"state": "ok", "takenAt": at, "failingSince": None}
    assert late == {"state": "stale", "takenAt": at - 1, "failingSince": NOW_MS - MINUTE_MS}


@pytest.mark.parametrize(("used", "is_filling"), [(0.801, True), (0.8, False)])
def test_the_disk_s_tile_says_so_when_an_alert_would(used: float, is_filling: bool) -> None:
    assert disk_tile(Machine(disk_used=used)) == DiskTile(80, is_filling)


def test_backups_that_nobody_planned_are_said_to_be_off() -> None:
    assert backups_tile(Backups(), Machine(), NOW_MS).state is BackupsState.OFF


async def test_an_unchanged_board_is_not_sent_again(shown_board: Board) -> None:
    first = await shown_board.client.get("/board/api/state")
    known = {"If-None-Match": first.headers["etag"]}

    again = await shown_board.client.get("/board/api/state", headers=known)
    await shown_board.given(a_customer_visit)
    changed = await shown_board.client.get("/board/api/state", headers=known)

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert CLIENT in changed.text


async def test_a_change_of_anybodys_visits_pokes_the_board(shown_board: Board) -> None:
    await shown_board.given(a_visit)
    asked = asyncio.create_task(shown_board.client.get("/board/api/events"))

    for number in range(1, 9):  # each commit leaves the stream time to open and to speak
        note = a_mutation(number, "note", {"text": "Chien"})
        await shown_board.store.writer.push(push(note))
    shown_board.pokes.close()

    assert "event: poke" in (await asked).text


@pytest.mark.parametrize("path", ["/board/", "/board/api/state", "/board/api/events"])
async def test_without_staff_there_is_no_board_and_no_customer(
    opened_board: tuple[Store, Pokes], path: str
) -> None:
    store, pokes = opened_board
    await store.writer.run(a_customer_visit)
    gate = StaffGate(Settings(), secret=b"")
    staff = Provide(provide_staff, sync_to_thread=False)
    closed = app(store, pokes, Settings(), staff, guards=[require_staff(gate)])

    async with browser(closed) as client:
        claimed = {
            "X-authentik-email": "eve@example.test",
            "X-authentik-groups": "terrain-dispatch",
        }
        response = await client.get(path, headers=claimed)

    assert response.status_code == 403
    assert CLIENT not in response.text
    assert "Marc" not in response.text


async def test_the_page_names_the_built_script_and_allows_its_own_style(
    shown_board: Board, tmp_path: Path
) -> None:
    (tmp_path / "dist").mkdir()
    built = {
        "board.js": "assets/board-1a2b3c4d.js",
        "board.imports": ["assets/preact-5e6f7a8b.js"],
        "board_style": "b{color:red}",
        "board_style_sha256": "sha256-abc=",
        "tech.js": "assets/tech-0.js",
    }
    (tmp_path / "dist" / "build.json").write_text(json.dumps(built), "utf-8")

    response = await shown_board.client.get("/board/")

    assert '<script type="module" src="/assets/board-1a2b3c4d.js">' in response.text
    assert '<link rel="modulepreload" href="/assets/preact-5e6f7a8b.js">' in response.text
    assert "<style>b{color:red}</style>" in response.text
    assert "'sha256-abc='" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"


def test_many_visits_take_as_many_queries_as_one(engine: Engine) -> None:
    statements: list[str] = []
    with engine.begin() as conn:
        a_customer_visit(conn)
        event.listen(engine, "before_cursor_execute", lambda *each: statements.append(each[2]))
        read_board(conn, NOW_MS, Day(TODAY, NOW_MS - 8 * HOUR_MS))
        for_one, start = len(statements), 0xA2
        for number in range(start, start + 20):
            a_visit(conn, f"job/00000000-0000-7000-8000-{number:012x}", location=LOCATION)
        statements.clear()

        rows = read_board(conn, NOW_MS, Day(TODAY, NOW_MS - 8 * HOUR_MS))

    assert len(rows.visits) == 21
    assert len(statements) == for_one


async def test_a_server_without_the_build_says_so(shown_board: Board) -> None:
    response = await shown_board.client.get("/board/")

    assert response.status_code == 503
    assert response.json()["error"] == "not-built"
