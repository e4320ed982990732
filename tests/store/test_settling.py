"""What settles later: conflicts that are closed, tombstones, serials set free, held completions."""

from typing import Any

from sqlalchemy import Connection, Engine, select

from backend.store.apply import apply_mutations, apply_pushes
from backend.store.devices import Enrolled, enrol, find_session
from backend.store.lanes import record_success
from backend.store.links import create_link, list_links
from backend.store.outbox import open_entries
from backend.store.pull import pull
from backend.store.tables import outbox
from sync.protocol import Fate, Kind, Mutation, Outcome, SyncReply, spoken
from sync.state import Actor, ActorKind
from tests.given import (
    CLOCK,
    JOB,
    JULIE,
    MARC,
    NOW_MS,
    OTHER_JOB,
    a_visit,
    mutation,
    push,
    technician,
    upstream,
    uuid7,
)

OFFICE = Actor(ActorKind.OFFICE, "sylvie@example.ca", "Sylvie", "office:sylvie@example.ca")
SYSTEM = Actor(ActorKind.SYSTEM, "terrain", "Terrain", "terrain")
BLOB = "a" * 64


def by(conn: Connection, actor: Actor, number: int, kind: Kind, args: dict[str, Any]) -> Any:
    """One mutation without a replica, and its verdict."""
    made = Mutation(uuid7(number), 0, kind, JOB, 10**6, NOW_MS, args)
    [verdict], _ = apply_mutations(conn, actor, [made], CLOCK)
    return verdict


def cancelled_under_work(conn: Connection) -> str:
    """A visit that the office cancelled while Marc finished it; gives the conflict's id."""
    a_visit(conn, status="on_site")
    before = pull(conn, MARC, "").changes.sequence
    upstream(conn, 1, JOB, "DJ-00161", status="cancelled")
    done = mutation(1, "status", {"to": "completed"}, base=before)
    [answer] = apply_pushes(conn, [push(done)], CLOCK).answers
    return answer.verdicts[0].detail.conflict


def test_a_choice_that_is_taken_back_leaves_a_conflict_to_whoever_had_lost(engine: Engine) -> None:
    with engine.begin() as conn:
        conflict = cancelled_under_work(conn)
        for number, choice in ((2, "theirs"), (3, "undo")):
            by(conn, OFFICE, number, Kind.RESOLVE, {"conflict": conflict, "choice": choice})
            record_success(conn, JOB, open_entries(conn, JOB), NOW_MS)

        told = [each for each in pull(conn, MARC, "").receipts if each[0] == uuid7(1)]

    assert told == [
        (uuid7(1), Fate.FILED, "theirs"),
        (uuid7(1), Fate.CONFLICT, conflict),
    ]


def test_a_conflict_that_is_closed_travels_once_more_and_not_in_a_snapshot(engine: Engine) -> None:
    with engine.begin() as conn:
        conflict = cancelled_under_work(conn)
        seen = pull(conn, MARC, "")

        verdict = by(conn, OFFICE, 2, Kind.RESOLVE, {"conflict": conflict, "choice": "mine"})

        assert verdict.outcome is Outcome.APPLIED
        [closed] = pull(conn, MARC, seen.changes.cursor).conflicts
        assert (closed.id, closed.closed_by, closed.choice) == (conflict, "Sylvie", "mine")
        assert (closed.base, closed.mine, closed.theirs) == ("on_site", "completed", "cancelled")
        assert pull(conn, MARC, "").conflicts == ()


def test_a_phone_of_the_first_protocol_is_not_told_of_closed_conflicts(engine: Engine) -> None:
    with engine.begin() as conn:
        conflict = cancelled_under_work(conn)
        seen = pull(conn, MARC, "").changes.cursor
        by(conn, OFFICE, 2, Kind.RESOLVE, {"conflict": conflict, "choice": "theirs"})
        changes, _, conflicts, _ = pull(conn, MARC, seen)

        reply = SyncReply(NOW_MS, changes, conflicts=conflicts)

        assert spoken(reply, 1).conflicts == ()
        assert spoken(reply, 2).conflicts == conflicts


def test_a_deleted_visit_is_a_tombstone_and_late_work_brings_it_back_whole(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        before = pull(conn, MARC, "").changes
        by(conn, OFFICE, 8, Kind.DELETE, {})
        gone = pull(conn, MARC, before.cursor).changes
        assert gone.delete == (JOB,)
        assert JOB not in gone.remove

        note = mutation(1, "note", {"text": "Posé"}, base=before.sequence)
        [answer] = apply_pushes(conn, [push(note)], CLOCK).answers

        assert answer.verdicts[0].outcome is Outcome.CONFLICT
        back = pull(conn, MARC, gone.cursor)
        [row] = [put for put in back.changes.put if put.key == JOB]
        assert row.whole
        assert row.cells["subject"] == "Réparation"
        assert back.conflicts[0].path == "deleted"


def test_a_serial_that_was_taken_out_can_go_to_another_visit(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        a_visit(conn, OTHER_JOB, technician=JULIE)
        out = {"serial": "SN1", "action": "remove"}
        marc = push(mutation(1, "equipment", {"serial": "SN1"}), mutation(2, "equipment", out))
        apply_pushes(conn, [marc], CLOCK)

        phone = "00000000-0000-7000-8000-0000000000d2"
        hers = mutation(3, "equipment", {"serial": "SN1"}, key=OTHER_JOB, base=9, seq=1)
        julies = push(hers, actor=technician(JULIE, phone, name="Julie"), device=phone)
        [answer] = apply_pushes(conn, [julies], CLOCK).answers

        assert answer.verdicts[0].outcome is Outcome.APPLIED


def test_a_held_completion_enters_the_outbox_with_its_evidence(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn, billable=True, evidence=["photos"], required_photos=1, status="on_site")
        done = mutation(1, "status", {"to": "completed"}, base=9)
        photo = mutation(2, "photo", {"blob": BLOB}, base=9)
        apply_pushes(conn, [push(done, photo)], CLOCK)
        assert conn.scalars(select(outbox.c.mutation)).all() == [photo.id]

        by(conn, SYSTEM, 3, Kind.RECEIVED, {"photo": photo.id})

        told = conn.scalars(select(outbox.c.mutation).order_by(outbox.c.id)).all()
        assert told == [photo.id, uuid7(3), done.id]


def test_a_technician_disabled_in_erpnext_has_no_link_and_no_session_left(engine: Engine) -> None:
    with engine.begin() as conn:
        upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
        token = create_link(conn, MARC, NOW_MS, 14, 3).token
        opened = enrol(conn, token, "nonce", NOW_MS, "")
        assert isinstance(opened, Enrolled)

        upstream(conn, 2, MARC, "TECH-1", active=False)

        phone = find_session(conn, opened.session)
        assert phone is not None
        assert phone.is_revoked()
        [known] = list_links(conn)
        assert (known.is_open(NOW_MS), known.technician.name) == (False, "Marc Tremblay")


def test_a_cursor_beyond_the_tombstones_starts_anew(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        old = pull(conn, MARC, "").changes.cursor
        later = CLOCK._replace(now_ms=NOW_MS + 91 * 86_400_000)
        apply_pushes(conn, [push(mutation(1, "note", {"text": "x"}, base=9))], later)

        assert pull(conn, MARC, old).changes.reset
        assert not pull(conn, MARC, pull(conn, MARC, "").changes.cursor).changes.reset
