"""A long answer comes in pages; whoever takes them all has what one answer would have told."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from backend.store.apply import apply_pushes
from backend.store.pull import pull
from sync.protocol import Outcome
from sync.pull import parse_cursor
from tests.given import CLOCK, MARC, a_visit, mutation, push, upstream

PAGE = 2
ALL = 1000
VISITS = [f"job/00000000-0000-7000-8000-0000000000{number:02x}" for number in range(16, 21)]


class Phone:
    """The rows of one phone, as its pages build them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.cursor = ""
        self.sequence = 0

    def page(self, conn: Connection) -> bool:
        """Take one page; whether more are to come."""
        changes = pull(conn, MARC, self.cursor, PAGE).changes
        if changes.reset:
            self.rows.clear()
        for put in changes.put:
            kept = {} if put.whole else self.rows.get(put.key, {})
            self.rows[put.key] = {**kept, **put.cells}
        for key in (*changes.remove, *changes.delete):
            self.rows.pop(key, None)
        self.cursor, self.sequence = changes.cursor, changes.sequence
        return changes.more

    def catch_up(self, conn: Connection) -> None:
        """Take every page."""
        while self.page(conn):
            pass


class Office:
    """Writes notes on visits, one after the other."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.numbers: Iterator[int] = iter(range(1, 1000))

    def note(self, key: str) -> None:
        """One more cell of a visit."""
        number = next(self.numbers)
        batch = push(mutation(number, "note", {"text": f"note {number}"}, key=key))
        apply_pushes(self.conn, [batch], CLOCK)


def fresh(conn: Connection) -> dict[str, dict[str, Any]]:
    """What a phone that asks in one piece would hold."""
    return {put.key: dict(put.cells) for put in pull(conn, MARC, "", ALL).changes.put}


@pytest.fixture
def office(engine: Engine) -> Iterator[Office]:
    """Marc has five visits."""
    with engine.begin() as conn:
        for key in VISITS:
            a_visit(conn, key)
        yield Office(conn)


def test_a_record_that_changed_before_and_after_the_end_of_a_page_comes_with_both(
    office: Office,
) -> None:
    phone = Phone()
    phone.catch_up(office.conn)
    for key in (VISITS[0], *VISITS[1:4], VISITS[0]):
        office.note(key)

    phone.catch_up(office.conn)

    assert phone.rows == fresh(office.conn)


def test_what_no_page_has_told_yet_was_not_seen(office: Office) -> None:
    phone = Phone()
    phone.catch_up(office.conn)
    upstream(office.conn, 50, VISITS[0], "DJ-00016", status="cancelled")
    for key in (*VISITS[1:4], VISITS[0]):
        office.note(key)

    assert phone.page(office.conn)  # the visit changed again since: it comes with the next one
    assert phone.rows[VISITS[0]]["status"] == "todo"
    done = mutation(50, "status", {"to": "completed"}, key=VISITS[0], base=phone.sequence, seq=5)
    [answer] = apply_pushes(office.conn, [push(done)], CLOCK).answers

    assert [each.outcome for each in answer.verdicts] == [Outcome.CONFLICT]


def test_a_record_that_changes_between_two_pages_of_a_snapshot_comes_whole(
    office: Office,
) -> None:
    phone = Phone()
    phone.page(office.conn)
    office.note(VISITS[4])

    phone.catch_up(office.conn)

    assert phone.rows == fresh(office.conn)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_changes_between_pages_the_phone_ends_with_the_truth(
    office: Office, seed: int
) -> None:
    chance, phone = Random(seed), Phone()  # noqa: S311  (repeatable, not secret)
    for _ in range(30):
        if chance.random() < 0.5:
            office.note(chance.choice(VISITS))
        else:
            phone.page(office.conn)

    phone.catch_up(office.conn)

    assert phone.rows == fresh(office.conn)


def test_a_phone_in_the_middle_of_an_older_servers_snapshot_gets_its_rest_whole(
    office: Office,
) -> None:
    phone = Phone()
    phone.page(office.conn)
    phone.cursor = f"{phone.cursor.rpartition('.')[0]}.s"  # as version 0 wrote it
    office.note(VISITS[4])

    phone.catch_up(office.conn)

    assert phone.rows == fresh(office.conn)
    cursor = parse_cursor(phone.cursor)
    assert cursor is not None
    assert cursor.since is None


def test_a_server_that_lost_what_it_told_between_two_pages_starts_the_phone_anew(
    office: Office,
) -> None:
    phone = Phone()
    lost = office.conn.begin_nested()
    office.note(VISITS[0])
    assert phone.page(office.conn)
    lost.rollback()

    changes = pull(office.conn, MARC, phone.cursor, PAGE).changes

    assert changes.reset
