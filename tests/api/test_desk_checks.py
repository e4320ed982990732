"""Checks of lines, asked for and answered for from the board."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from backend.board.checks.feed import check_feed
from backend.store.apply import apply_mutations
from backend.store.check_feed import read_checks
from sync.state import Actor, ActorKind
from tests.api.board import a_decision
from tests.api.desk import Office, sqlite_only
from tests.given import (
    CLOCK,
    NOW_MS,
    mutation,
    uuid7,
)

SYSTEM = Actor(ActorKind.SYSTEM, "check", "Vérification", "check")


@sqlite_only
async def test_the_office_asks_for_a_check_and_sees_it_in_the_feed(office: Office) -> None:
    asked = await office.post("mutations", a_decision("verify", {"reason": "rerun"}))

    [check] = await office.get("checks")

    assert asked.json()["outcome"] == "applied"
    assert (check["state"], check["by"]) == ("asked", "julie@example.test")
    assert check["isPrinted"] is False


async def test_the_feed_says_where_a_report_can_be_had_as_a_pdf(office: Office) -> None:
    await office.post("mutations", a_decision("verify", {"reason": "rerun"}))

    rows = await office.store.read(lambda conn: read_checks(conn, 0, 1))

    assert [each.is_printed for each in check_feed(rows, {}, is_printed=True)] == [True]


def checked(asked: str, verdict: str, *lines: dict[str, Any]) -> Callable[[Connection], Any]:
    """What the server says of a check that was asked for, once it is over."""
    said = {"verification": asked, "state": "done", "verdict": verdict, "checks": list(lines)}
    done = mutation(60, "verified", said | {"measured_at": NOW_MS, "version": 2})
    return lambda conn: apply_mutations(conn, SYSTEM, [done], CLOCK)


@sqlite_only
async def test_the_office_answers_for_a_failed_check_with_a_reason(office: Office) -> None:
    asked = a_decision("verify", {"reason": "install"})
    await office.post("mutations", asked)
    weak = {"id": "rx_ont", "result": "fail", "reason": "light-too-low"}
    await office.given(checked(asked["id"], "fail", weak))

    args = {"verification": asked["id"], "reason": "Câble long, mesuré"}
    answer = await office.post("mutations", a_decision("accept", args, id=uuid7(701), base=6))

    [check] = await office.get("checks")
    assert answer.json()["outcome"] == "applied", answer.text
    assert (check["verdict"], check["accepted"]) == ("fail", "Câble long, mesuré")


@sqlite_only
async def test_the_feed_names_what_nobody_could_see_where_the_verdict_needs_it(
    office: Office,
) -> None:
    asked = a_decision("verify", {"reason": "install"})
    await office.post("mutations", asked)
    unseen = {"id": "serial_match", "result": "unverified", "reason": "serial-unassigned"}
    extra = {"id": "mesh", "result": "unverified", "reason": "not-expected"}
    needed = {**unseen, "required": True}
    await office.given(checked(asked["id"], "unverified", needed, extra))

    [check] = await office.get("checks")

    assert check["remarks"] == [unseen]
