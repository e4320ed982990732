"""A phone that is replaced at noon: the new one goes on, the old one's words count once."""

import msgspec
from sqlalchemy import Connection, Engine, select

from backend.store.apply import apply_pushes
from backend.store.pull import pull
from backend.store.tables import cell, outbox
from sync.protocol import Outcome
from sync.push import Verdict
from tests.given import CLOCK, JOB, MARC, a_visit, mutation, push

OLD = "00000000-0000-7000-8000-0000000000d1"
NEW = "00000000-0000-7000-8000-0000000000d2"
SERIAL = {"action": "install", "serial": "TPLG12345678", "type": "ont", "source": "typed"}


def says(
    conn: Connection, device: str, number: int, kind: str, args: dict[str, str], base: int = 1
) -> Verdict:
    """One mutation of one of Marc's phones; unless said, made before it knew of the other's."""
    seq = number % 100
    sent = push(mutation(number, kind, args, base=base, seq=seq), device=device)
    [answer] = apply_pushes(conn, [sent], CLOCK).answers
    return answer.verdicts[0]


def value(conn: Connection, path: str) -> str | None:
    """A cell of the visit, as JSON."""
    return conn.scalar(select(cell.c.value).where(cell.c.key == JOB, cell.c.path == path))


def test_the_new_phone_goes_on_from_what_the_server_has(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        says(conn, OLD, 101, "status", {"to": "on_site"})
        begins = pull(conn, MARC, "").changes
        done = says(conn, NEW, 201, "status", {"to": "completed"}, begins.sequence)

    [visit] = [each.cells for each in begins.put if each.key == JOB]
    assert (visit["status"], done.outcome) == ("on_site", Outcome.APPLIED)


def test_the_same_serial_of_the_revived_phone_is_a_noop(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        says(conn, OLD, 101, "status", {"to": "on_site"})
        says(conn, NEW, 201, "equipment", SERIAL)

        again = says(conn, OLD, 102, "equipment", SERIAL)

    assert again.outcome is Outcome.NOOP


def test_the_second_completion_of_the_revived_phone_is_evidence_alone(engine: Engine) -> None:
    with engine.begin() as conn:
        a_visit(conn)
        says(conn, OLD, 101, "status", {"to": "on_site"})
        says(conn, NEW, 201, "status", {"to": "completed"})
        before = value(conn, "completed_at")

        second = says(conn, OLD, 102, "status", {"to": "completed"})

        assert (value(conn, "status"), value(conn, "completed_at")) == ('"completed"', before)
        assert value(conn, f"marks/{second.id}") is not None
        told = conn.scalar(select(outbox.c.paths).where(outbox.c.mutation == second.id))
    assert second.outcome in (Outcome.APPLIED, Outcome.MERGED)
    assert msgspec.json.decode(told or "") == [f"marks/{second.id}"]
