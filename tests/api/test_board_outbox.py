"""What the office is told of the way to ERPNext, and how it lets parked work go again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient
from litestar import Litestar
from litestar.di import Provide
from sqlalchemy import Connection, update

from backend.auth.answers import exception_handlers
from backend.auth.origin import same_origin
from backend.auth.staff import Staff
from backend.board.journal.api import visit_timeline
from backend.board.queues.api import outbox, replay
from backend.store import attachments, backlog, lanes, shadows
from backend.store.apply import apply_pushes
from backend.store.outbox import load
from backend.store.pokes import Pokes
from backend.store.shadows import ERPNEXT, UpstreamState
from backend.store.store import Store, open_store
from backend.store.tables import lane
from sync.lane import Lane, LaneState
from sync.protocol import Fate
from tests.api.board import browser, two_technicians
from tests.given import CLOCK, JOB, NOW_MS, OTHER_JOB, a_visit, mutation, push, upstream, uuid7

HOUR_MS = 3_600_000


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Two visits of Marc's with one note each that ERPNext has not got."""
    pokes = Pokes()
    pokes.start()
    store = open_store(database_url, lambda: CLOCK, pokes.send)
    await store.writer.run(work)
    yield store
    await store.close()


def work(conn: Connection) -> None:
    two_technicians(conn)
    a_visit(conn)
    a_visit(conn, OTHER_JOB)
    notes = (
        mutation(1, "note", {"text": "un"}),
        mutation(2, "note", {"text": "deux"}, key=OTHER_JOB),
    )
    apply_pushes(conn, [push(*notes)], CLOCK)


@pytest.fixture
async def office(store: Store) -> AsyncIterator[AsyncClient]:
    """A dispatcher's browser."""
    given = {
        "staff": lambda: Staff("julie@example.test", ()),
        "store": lambda: store,
        "now_ms": lambda: NOW_MS + HOUR_MS,
    }
    app = Litestar(
        [outbox, replay, visit_timeline],
        guards=[same_origin],
        logging_config=None,
        dependencies={name: Provide(value, sync_to_thread=False) for name, value in given.items()},
        exception_handlers=exception_handlers(""),
    )
    async with browser(app) as client:
        yield client


async def shown(office: AsyncClient) -> dict[str, Any]:
    body: dict[str, Any] = (await office.get("/board/api/outbox")).json()
    return body


async def park(store: Store, key: str, error: str) -> None:
    """As a refusal leaves it."""

    def refuse(conn: Connection) -> None:
        claimed = load(conn, key, Lane(LaneState.CLAIMED, NOW_MS))
        parked = Lane(LaneState.PARKED, NOW_MS, 1, error)
        lanes.record_failure(conn, key, parked, claimed.entries, NOW_MS)

    await store.writer.run(refuse)


def refused_photo(conn: Connection) -> None:
    """A photo whose bytes are here, and that ERPNext does not take from us."""
    photo = mutation(3, "photo", {"blob": "a" * 64, "slot": "ont"})
    apply_pushes(conn, [push(photo)], CLOCK)
    attachments.enqueue(conn, [photo.id], NOW_MS)
    attachments.park_all(conn, "PermissionError", NOW_MS)


async def ask(office: AsyncClient, **asked: str) -> Any:
    return await office.post("/board/api/replay", json=asked, headers={"X-Terrain": "1"})


async def test_the_office_sees_how_much_waits_and_for_how_long(office: AsyncClient) -> None:
    board = await shown(office)

    assert (board["queued"], board["ageMs"], board["billingLast"]) == (2, HOUR_MS, 0)
    assert (board["breaker"], board["awaySince"], board["lastError"]) == ("closed", None, None)
    assert (board["parked"], board["parkedByReason"]) == ([], [])


@pytest.mark.parametrize(
    ("error", "breaker", "word"),
    [("http-503", "open", "http-503"), ("auth:AuthenticationError", "stopped", "token_file")],
)
async def test_the_office_sees_that_erpnext_is_away_and_why(
    store: Store, office: AsyncClient, error: str, breaker: str, word: str
) -> None:
    state = UpstreamState(NOW_MS, error, NOW_MS)
    await store.writer.run(lambda conn: shadows.write_state(conn, ERPNEXT, state))

    board = await shown(office)

    assert (board["breaker"], board["awaySince"]) == (breaker, NOW_MS)
    assert board["lastError"]["code"] == error
    assert word in board["lastError"]["fr"]
    assert word in board["lastError"]["en"]


async def test_the_office_sees_photos_that_wait_and_lets_refused_ones_go_again(
    store: Store, office: AsyncClient
) -> None:
    assert (await shown(office))["photos"] == 0
    await store.writer.run(refused_photo)

    board = await shown(office)
    again = await ask(office, error="PermissionError")

    assert (board["photos"], board["queued"]) == (1, 3)
    assert [(each["lane"], each["mutations"]) for each in board["parked"]] == [(JOB, 1)]
    assert again.json() == {"lanes": [JOB]}
    assert (await shown(office))["parked"] == []


async def test_the_office_sees_what_is_parked_by_reason_in_both_languages(
    store: Store, office: AsyncClient
) -> None:
    await park(store, JOB, "not-kept:statut")
    await park(store, OTHER_JOB, "ValidationError")

    board = await shown(office)

    assert {each["lane"]: each["mutations"] for each in board["parked"]} == {JOB: 1, OTHER_JOB: 1}
    reasons = {each["reason"]["code"]: each for each in board["parkedByReason"]}
    assert reasons["ValidationError"]["documents"] == 1
    assert reasons["not-kept:statut"]["reason"]["fr"] == "ERPNext n'a pas gardé le champ statut."
    assert reasons["not-kept:statut"]["reason"]["en"] == "ERPNext did not keep the field statut."


async def test_what_bills_and_drains_last_is_counted(store: Store, office: AsyncClient) -> None:
    def complete(conn: Connection) -> None:
        upstream(conn, 500, JOB, "DJ-00161", billable=True, evidence=[])
        steps = [
            mutation(3, "status", {"to": "on_site"}),
            mutation(4, "status", {"to": "completed"}),
        ]
        apply_pushes(conn, [push(*steps)], CLOCK)
        backlog.put_last(conn, NOW_MS)

    await store.writer.run(complete)

    assert (await shown(office))["billingLast"] == 1


async def test_one_parked_lane_goes_again(store: Store, office: AsyncClient) -> None:
    for key in (JOB, OTHER_JOB):
        await park(store, key, "ValidationError")

    answer = await ask(office, lane=JOB)

    assert answer.json() == {"lanes": [JOB]}
    assert [each["lane"] for each in (await shown(office))["parked"]] == [OTHER_JOB]


async def test_all_that_is_parked_for_one_reason_goes_again(
    store: Store, office: AsyncClient
) -> None:
    await park(store, JOB, "PermissionError")
    await park(store, OTHER_JOB, "ValidationError")

    answer = await ask(office, error="PermissionError")

    assert answer.json() == {"lanes": [JOB]}
    due = await store.writer.run(lanes.next_due)
    assert due == NOW_MS + HOUR_MS


@pytest.mark.parametrize("asked", [{}, {"lane": JOB, "error": "x"}, {"every": "1"}])
async def test_a_replay_says_one_thing(office: AsyncClient, asked: dict[str, str]) -> None:
    assert (await ask(office, **asked)).status_code == 400


async def test_nothing_that_is_not_parked_is_moved(store: Store, office: AsyncClient) -> None:
    later = update(lane).values(due_at=NOW_MS + 5 * HOUR_MS)
    await store.writer.run(lambda conn: conn.execute(later).rowcount)

    assert (await ask(office, lane=JOB)).json() == {"lanes": []}
    assert await store.writer.run(lanes.next_due) == NOW_MS + 5 * HOUR_MS


async def test_a_visits_timeline_says_who_did_what_and_when_it_was_filed(
    store: Store, office: AsyncClient
) -> None:
    def file(conn: Connection) -> None:
        claimed = load(conn, JOB, Lane(LaneState.CLAIMED, NOW_MS))
        lanes.record_success(conn, JOB, claimed.entries, NOW_MS + 7)

    before = (await office.get(f"/board/api/visits/{JOB[4:]}/timeline")).json()
    await store.writer.run(file)
    after = (await office.get(f"/board/api/visits/{JOB[4:]}/timeline")).json()

    made, note = after["entries"]
    assert (made["kind"], made["by"], made["fate"]) == ("upstream", "erpnext", "")
    assert (note["id"], note["by"], note["args"]) == (uuid7(1), "Marc Tremblay", {"text": "un"})
    assert (note["madeAt"], note["receivedAt"]) == (NOW_MS, NOW_MS)
    assert (note["fate"], note["filedAt"]) == (Fate.FILED, NOW_MS + 7)
    assert (before["entries"][1]["fate"], before["entries"][1]["filedAt"]) == ("", None)


async def test_a_visit_that_is_not_there_has_no_timeline(office: AsyncClient) -> None:
    assert (await office.get("/board/api/visits/none/timeline")).status_code == 404
