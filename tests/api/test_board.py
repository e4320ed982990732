"""The dispatcher's board over HTTP: every number on it is true, and only staff may see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.di import Provide
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, event, insert, select, update

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.staff import Staff, StaffGate, provide_staff
from backend.board.api import decide, events, state
from backend.board.page import board
from backend.board.today.memory import BoardMemory
from backend.settings import Settings
from backend.store.apply import apply_pushes
from backend.store.board import Day, read_board
from backend.store.checks import CheckLine, save_check
from backend.store.clock import DAY_MS
from backend.store.devices import ABSOLUTE_MS, Enrolled, enrol
from backend.store.links import CreatedLink, create_link, revoke_link
from backend.store.pokes import Pokes
from backend.store.shadows import ERPNEXT
from backend.store.store import Store, open_store
from backend.store.tables import conflict, counter, device, lane, mutation, outbox, upstream_state
from tests.given import (
    CLOCK,
    JOB,
    JULIE,
    MARC,
    NOW_MS,
    OTHER_JOB,
    TODAY,
    a_visit,
    push,
    upstream,
    uuid7,
)
from tests.given import mutation as a_mutation

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LOCATION = "location/00000000-0000-7000-8000-0000000000b1"
CONTACT = "contact/00000000-0000-7000-8000-0000000000c1"
CLIENT = "Ginette Lachapelle"
STREET = "1240, rue des Érables"

Work = Callable[[Connection], Any]


class Board(NamedTuple):
    """A running board, and the store behind it."""

    client: AsyncClient
    store: Store
    pokes: Pokes

    async def given(self, work: Work) -> Any:
        """Change the store."""
        return await self.store.writer.run(work)

    async def shown(self) -> dict[str, Any]:
        """What the board says now."""
        response = await self.client.get("/board/api/state")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body


def app(store: Store, pokes: Pokes, settings: Settings, staff: Provide) -> Litestar:
    """The board's routes, wired as the real app wires them."""
    memory = BoardMemory()
    return Litestar(
        [board, state, events, decide],
        guards=[same_origin],
        logging_config=None,
        dependencies={
            "staff": staff,
            "store": Provide(lambda: store, sync_to_thread=False),
            "pokes": Provide(lambda: pokes, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "now_ms": Provide(lambda: NOW_MS, sync_to_thread=False),
            "sources": Provide(lambda: (), sync_to_thread=False),
            "memory": Provide(lambda: memory, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(settings.office_phone),
    )


def browser(served: Litestar) -> AsyncClient:
    """A client in the same event loop as the app, as pokes are."""
    return AsyncClient(transport=ASGITransport(cast(Any, served)), base_url="https://board.test")


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[tuple[Store, Pokes]]:
    """A store with two technicians."""
    pokes = Pokes()
    pokes.start()
    store = open_store(database_url, lambda: CLOCK, pokes.send)
    await store.writer.run(two_technicians)
    yield store, pokes
    await store.close()


@pytest.fixture
async def shown_board(opened: tuple[Store, Pokes], tmp_path: Path) -> AsyncIterator[Board]:
    """The board as a dispatcher has it open."""
    store, pokes = opened
    dispatcher = Provide(lambda: Staff("julie@example.test", ()), sync_to_thread=False)
    settings = Settings(data=str(tmp_path), pwa=str(tmp_path / "dist"))
    async with browser(app(store, pokes, settings, dispatcher)) as client:
        yield Board(client, store, pokes)


def two_technicians(conn: Connection) -> None:
    """Marc and Julie, as ERPNext names them."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
    upstream(conn, 2, JULIE, "TECH-2", full_name="Julie Côté", active=True)


def a_customer_visit(conn: Connection, **cells: Any) -> None:
    """Marc's visit at a customer's whose name and street are known."""
    upstream(conn, 11, LOCATION, "LOC-1", street=STREET, town="Saint-Jérôme")
    upstream(conn, 12, CONTACT, "CONT-1", full_name=CLIENT)
    hours = {"window_start": "08:00:00", "window_end": "10:00:00"}
    a_visit(conn, location=LOCATION, contact=CONTACT, **(hours | cells))


def a_phone(conn: Connection, technician: str = MARC, *, days: int = 14, seen_ago: int = 0) -> str:
    """An enrolled phone, last seen `seen_ago` ms before now; gives its device id."""
    link: CreatedLink = create_link(conn, technician, NOW_MS - DAY_MS, days, max_devices=3)
    enrolled = enrol(conn, link.token, link.id, NOW_MS - DAY_MS, "Android")
    assert isinstance(enrolled, Enrolled)
    seen = update(device).where(device.c.id == enrolled.device.id)
    conn.execute(seen.values(seen_at=NOW_MS - seen_ago, app="1.4.2"))
    return enrolled.device.id


def says(conn: Connection, phone: str, **heartbeat: int) -> None:
    """What a phone last told of itself."""
    conn.execute(update(device).where(device.c.id == phone).values(**heartbeat))


def filed(conn: Connection, number: int) -> None:
    """ERPNext took a mutation."""
    row = update(outbox).where(outbox.c.mutation == uuid7(number))
    conn.execute(row.values(fate="filed"))


def office_was(conn: Connection, down_since: int | None) -> None:
    """The inbound worker's last word on ERPNext."""
    row = {"name": "erpnext", "down_since": down_since, "checked_at": NOW_MS - 1000}
    conn.execute(insert(upstream_state).values(**row))


def visit_of(shown: dict[str, Any], key: str = JOB) -> dict[str, Any]:
    """One visit of the board."""
    [found] = [visit for visit in shown["visits"] if visit["key"] == key]
    return dict(found)


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


async def test_a_technician_without_a_phone_has_a_line_that_says_so(shown_board: Board) -> None:
    shown = await shown_board.shown()

    julie, marc = shown["devices"]
    assert (julie["name"], julie["device"], julie["link"]) == ("Julie Côté", "", "none")
    assert (marc["name"], marc["seenAt"], marc["watched"]) == ("Marc Tremblay", None, False)


async def test_a_technician_who_left_has_no_line(shown_board: Board) -> None:
    await shown_board.given(lambda conn: upstream(conn, 3, MARC, "TECH-1", active=False))

    shown = await shown_board.shown()

    assert [line["name"] for line in shown["devices"]] == ["Julie Côté"]


async def test_a_phone_shows_what_it_last_said(shown_board: Board) -> None:
    def arrange(conn: Connection) -> str:
        phone = a_phone(conn, seen_ago=4 * MINUTE_MS)
        oldest = NOW_MS - HOUR_MS
        says(conn, phone, pending_count=3, pending_oldest=oldest, pending_photos=2)
        says(conn, phone, pending_bytes=1_400_000)
        return phone

    phone = await shown_board.given(arrange)

    [marc] = [line for line in (await shown_board.shown())["devices"] if line["device"]]
    assert marc == {
        "technician": MARC,
        "name": "Marc Tremblay",
        "device": phone,
        "app": "1.4.2",
        "seenAt": NOW_MS - 4 * MINUTE_MS,
        "pending": 3,
        "oldestAt": NOW_MS - HOUR_MS,
        "photos": 2,
        "photoBytes": 1_400_000,
        "link": "active",
        "watched": True,
    }


async def test_the_oldest_unsent_is_the_oldest_of_all_phones(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        says(conn, a_phone(conn), pending_count=1, pending_oldest=NOW_MS - HOUR_MS)
        says(conn, a_phone(conn, JULIE), pending_count=1, pending_oldest=NOW_MS - 9 * HOUR_MS)
        says(conn, a_phone(conn, MARC), pending_count=0, pending_oldest=NOW_MS - 20 * HOUR_MS)

    await shown_board.given(arrange)

    oldest = (await shown_board.shown())["tiles"]["oldest"]
    assert oldest == {"technician": "Julie Côté", "at": NOW_MS - 9 * HOUR_MS}


@pytest.mark.parametrize(("days", "state"), [(14, "active"), (1, "expired")])
async def test_a_link_is_active_until_it_expires(shown_board: Board, days: int, state: str) -> None:
    await shown_board.given(lambda conn: a_phone(conn, days=days))

    [line] = [line for line in (await shown_board.shown())["devices"] if line["device"]]
    assert line["link"] == state


async def test_a_link_that_ends_with_the_day_expires_tonight(shown_board: Board) -> None:
    # Made yesterday for one day and an hour, as no whole number of days ends tonight.
    await shown_board.given(
        lambda conn: create_link(conn, MARC, NOW_MS - DAY_MS + HOUR_MS, 1, max_devices=3)
    )

    links = {line["name"]: line["link"] for line in (await shown_board.shown())["devices"]}
    assert links == {"Julie Côté": "none", "Marc Tremblay": "tonight"}


async def test_a_revoked_phone_that_holds_work_stays_on_the_board(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        phone = a_phone(conn, seen_ago=20 * DAY_MS)
        says(conn, phone, pending_count=2, pending_oldest=NOW_MS - 20 * DAY_MS)
        linked = conn.execute(device.select().where(device.c.id == phone)).one().link
        revoke_link(conn, linked, NOW_MS - 10 * DAY_MS)

    await shown_board.given(arrange)

    [line] = [line for line in (await shown_board.shown())["devices"] if line["device"]]
    assert (line["link"], line["pending"], line["watched"]) == ("revoked", 2, True)


async def test_an_old_revoked_phone_without_work_is_no_news(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        says(conn, a_phone(conn, seen_ago=20 * DAY_MS), revoked_at=NOW_MS - 10 * DAY_MS)

    await shown_board.given(arrange)

    assert [line["device"] for line in (await shown_board.shown())["devices"]] == ["", ""]


async def test_a_phone_whose_session_is_too_old_is_no_longer_in_use(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        says(conn, a_phone(conn, seen_ago=HOUR_MS), created_at=NOW_MS - ABSOLUTE_MS)

    await shown_board.given(arrange)

    assert [line["device"] for line in (await shown_board.shown())["devices"]] == ["", ""]


async def test_only_the_phone_in_use_is_watched_while_visits_remain(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        a_phone(conn, seen_ago=3 * DAY_MS)
        a_phone(conn, seen_ago=HOUR_MS)

    await shown_board.given(arrange)

    lines = [line for line in (await shown_board.shown())["devices"] if line["device"]]
    seen = {NOW_MS - line["seenAt"]: line["watched"] for line in lines}
    assert seen == {HOUR_MS: True, 3 * DAY_MS: False}


async def test_a_technician_whose_only_phone_was_revoked_is_watched(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn)
        says(conn, a_phone(conn, seen_ago=HOUR_MS), revoked_at=NOW_MS - HOUR_MS)

    await shown_board.given(arrange)

    [line] = [line for line in (await shown_board.shown())["devices"] if line["device"]]
    assert (line["link"], line["watched"]) == ("revoked", True)


async def test_technicians_stand_in_directory_order(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        upstream(conn, 3, MARC, "TECH-1", full_name="Zoé Roy")
        upstream(conn, 4, JULIE, "TECH-2", full_name="Étienne Roy")

    await shown_board.given(arrange)

    names = [line["name"] for line in (await shown_board.shown())["devices"]]
    assert names == ["Étienne Roy", "Zoé Roy"]


async def test_nobody_is_watched_once_the_visits_are_over(shown_board: Board) -> None:
    def arrange(conn: Connection) -> None:
        a_visit(conn, status="completed")
        a_phone(conn, seen_ago=HOUR_MS)

    await shown_board.given(arrange)

    assert not any(line["watched"] for line in (await shown_board.shown())["devices"])


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
    opened: tuple[Store, Pokes], path: str
) -> None:
    store, pokes = opened
    await store.writer.run(a_customer_visit)
    gate = StaffGate(Settings(), secret=b"")
    closed = app(store, pokes, Settings(), Provide(provide_staff(gate)))

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


def a_conflict(conn: Connection) -> None:
    """The office cancels a visit that Marc, who has not heard of it, says he stands at."""
    head = conn.execute(select(counter.c.sequence)).scalar_one()
    upstream(conn, 99, JOB, "DJ-00161", status="cancelled")
    apply_pushes(conn, [push(a_mutation(50, "status", {"to": "on_site"}, base=head, seq=1))], CLOCK)


HEADERS = {"X-Terrain": "1"}


def a_decision(kind: str, args: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What the page sends."""
    made = {"id": uuid7(700), "kind": kind, "key": JOB, "base": 9, "made_at": NOW_MS}
    return made | {"args": args} | changed


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
