"""The board's lines of phones: what they hold, whether their silence matters, their links."""

import pytest
from sqlalchemy import Connection

from backend.store.clock import DAY_MS
from backend.store.devices import ABSOLUTE_MS
from backend.store.links import create_link, revoke_link
from backend.store.tables import device
from tests.api.board import (
    HOUR_MS,
    MINUTE_MS,
    Board,
    a_phone,
    says,
)
from tests.given import (
    JULIE,
    MARC,
    NOW_MS,
    a_visit,
    upstream,
)


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
