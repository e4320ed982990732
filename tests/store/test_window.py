"""The window of days on the phones moves with the site's day, and opens in an outage."""

from datetime import timedelta

from sqlalchemy import Connection, Engine

from backend.store.pull import pull
from backend.store.scopes import move_window
from backend.store.shadows import ERPNEXT, UpstreamState, write_state
from sync.scope import OUTAGE_AFTER_MS, is_outage
from tests.given import JOB, MARC, NOW_MS, OTHER_JOB, TODAY, a_visit
from tests.rows import row


def held(conn: Connection) -> set[str]:
    """The visits on Marc's phone."""
    keys = {put.key for put in pull(conn, MARC, "").changes.put}
    return {key for key in keys if key.startswith("job/")}


def in_days(days: int) -> str:
    """A local date."""
    return (TODAY + timedelta(days=days)).isoformat()


@row(12, without={"sync.scope._is_inside": lambda *_: True})
def test_at_midnight_the_next_days_visit_enters_and_the_oldest_leaves(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, date=in_days(-7))
        a_visit(conn, key=OTHER_JOB, date=in_days(3))
        before = held(conn)
        cursor = pull(conn, MARC, "").changes.cursor

        moved = move_window(conn, TODAY + timedelta(days=1), NOW_MS)

        assert before == {JOB}
        assert held(conn) == {OTHER_JOB}
        assert JOB in pull(conn, MARC, cursor).changes.remove
        assert moved.poked == {MARC}


def test_an_outage_opens_the_window_and_its_end_closes_it(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, date=in_days(10))

        move_window(conn, TODAY, NOW_MS, outage=True)
        during = held(conn)
        move_window(conn, TODAY, NOW_MS, outage=False)

        assert during == {JOB}
        assert held(conn) == set()


def test_a_visit_that_comes_in_an_outage_is_held_by_the_open_window(engine: Engine) -> None:
    with engine.begin() as conn:
        away = UpstreamState(NOW_MS - OUTAGE_AFTER_MS, "http-503", NOW_MS)
        write_state(conn, ERPNEXT, away)

        a_visit(conn, date=in_days(10))

        assert held(conn) == {JOB}


def test_a_short_break_of_erpnext_is_no_outage() -> None:
    assert not is_outage(None, NOW_MS)
    assert not is_outage(NOW_MS - OUTAGE_AFTER_MS + 1, NOW_MS)
    assert is_outage(NOW_MS - OUTAGE_AFTER_MS, NOW_MS)
