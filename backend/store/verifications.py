"""The checks of lines that phones asked for: which wait, who makes them, what came of them."""

import uuid
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, insert, select

from backend.store import attachments, feed
from backend.store.apply import apply_mutations
from backend.store.blobs.received import SERVER
from backend.store.clock import DAY_MS, Clock
from backend.store.equipment import cells_of, equipment_at, find
from backend.store.tables import cell, evidence, mutation, record
from sync.identity import wanted
from sync.protocol import Kind, Mutation
from sync.push import Verdict
from sync.verification import ASKED, PREFIX, RETRY, RUNNING, is_ended, retry_at
from sync.visit import text_of

# A check takes 45 s at most. Who began one and is not heard of any more has died.
LEASE_MS: Final = 60_000
# So soon after a check of the same visit another one would see the same.
COOLDOWN_MS: Final = 20_000
EVIDENCE_BYTES: Final = 64 * 1024
# So far back a visit's last check is looked for; the last retry comes well within it.
RETRIED_MS: Final = 3 * DAY_MS


class Asked(NamedTuple):
    """One `verify` that waits: who asked when, and what his own meter said (dBm)."""

    id: str
    at: int
    by: str
    rx_dbm: float | None


class ToCheck(NamedTuple):
    """A visit whose checks wait, all answered by one; not to be begun before `due_at`.

    `begun_at` is the name of a check under way, 0 before.
    """

    key: str
    asked: tuple[Asked, ...]
    due_at: int
    begun_at: int = 0


class Filed(NamedTuple):
    """The verdicts on what a worker said, and which technicians to poke."""

    verdicts: tuple[Verdict, ...] = ()
    poked: frozenset[str] = frozenset()


class Begun(NamedTuple):
    """A check that was taken, or None, and which technicians to poke."""

    check: ToCheck | None
    poked: frozenset[str] = frozenset()


class Records(NamedTuple):
    """The cells that a visit's check follows from."""

    job: dict[str, Any]
    location: dict[str, Any]
    subscription: dict[str, Any]
    equipment: tuple[dict[str, Any], ...]


def checks_to_make(conn: Connection, since_ms: int = 0) -> tuple[ToCheck, ...]:
    """The visits with a `verify` received at or after `since_ms` that has not ended, each once,
    the one that has waited longest first."""
    path = (PREFIX + mutation.c.id).label("path")
    query = (
        select(mutation.c.key, cell.c.value)
        .join(cell, (cell.c.key == mutation.c.key) & (cell.c.path == path))
        .join(record, (record.c.key == mutation.c.key) & record.c.deleted.is_(None))
        .where(mutation.c.kind == Kind.VERIFY, mutation.c.received_at >= since_ms)
        .order_by(mutation.c.received_at, mutation.c.id)
    )
    waiting = [row.key for row in conn.execute(query) if not is_ended(_decoded(row.value))]
    keys = tuple(dict.fromkeys(waiting))
    cells = cells_of(conn, keys)
    return tuple(_to_check(key, cells[key]) for key in keys if key in cells)


def records_of(conn: Connection, key: str) -> Records:
    """What is on record of a visit's line."""
    job = cells_of(conn, [key]).get(key, {})
    named = {name: text_of(job, name) for name in ("location", "subscription")}
    cells = cells_of(conn, [*named.values(), *equipment_at(conn, named["location"])])
    lines = (each for path, each in job.items() if path.startswith("equipment/") and each)
    found = [find(conn, wanted(str(line.get("serial", "")))) for line in lines]
    on_file = {each.equipment: each.cells for each in found if each and each.equipment}
    on_file |= {name: each for name, each in cells.items() if name.startswith("equipment/")}
    location, subscription = (cells.get(key, {}) for key in named.values())
    return Records(job, location, subscription, tuple(on_file.values()))


def begin(conn: Connection, check: ToCheck, args: dict[str, Any], clock: Clock) -> Begun:
    """Take a check, and say that it goes on; None when another worker has it, or had it."""
    feed.take(conn)  # first, so that whoever was first is seen
    cells = cells_of(conn, [check.key]).get(check.key, {})
    now = _to_check(check.key, cells)
    ids = {each.id for each in check.asked}
    taken = now._replace(
        asked=tuple(each for each in now.asked if each.id in ids), begun_at=clock.now_ms
    )
    if not taken.asked or now.due_at > clock.now_ms:
        return Begun(None)
    filed = _say(conn, taken, args | {"measured_at": clock.now_ms}, "0", clock)
    return Begun(taken, filed.poked)


def tell(conn: Connection, check: ToCheck, args: dict[str, Any], step: str, clock: Clock) -> Filed:
    """Say what a check has found so far, or in the end; nothing when it is no longer ours."""
    feed.take(conn)
    cells = cells_of(conn, [check.key]).get(check.key, {})
    ours = tuple(each for each in check.asked if _is_ours(cells, each.id, check.begun_at))
    return _say(conn, check._replace(asked=ours), args, step, clock)


def ask_again(conn: Connection, clock: Clock) -> Filed:
    """Ask for the checks that are due once more of visits that were closed without a verdict: each
    is a check of its own, made like any other."""
    feed.take(conn)
    recent = clock.now_ms - RETRIED_MS
    query = select(mutation.c.key).where(
        mutation.c.kind == Kind.VERIFIED, mutation.c.received_at >= recent
    )
    closed = cells_of(conn, sorted(set(conn.scalars(query))))
    asked = [_retry(*each, clock) for each in closed.items() if _is_due(each[1], clock.now_ms)]
    verdicts, poked = apply_mutations(conn, SERVER, asked, clock) if asked else ((), frozenset())
    return Filed(tuple(verdicts), poked)


def earlier_checks(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The checks of a visit that have ended."""
    checks = (each for path, each in job.items() if path.startswith(PREFIX) and each)
    return [each for each in checks if is_ended(each)]


def keep_evidence(
    conn: Connection, check: ToCheck, body: bytes, version: int, clock: Clock
) -> None:
    """Keep what a verdict follows from, for ever, with each `verify` that it answers; ERPNext gets
    it as a file.

    Raises ValueError for more than EVIDENCE_BYTES.
    """
    if len(body) > EVIDENCE_BYTES:
        raise ValueError(f"evidence of {len(body)} bytes")
    row = {"key": check.key, "version": version, "at": clock.now_ms, "body": body.decode()}
    conn.execute(insert(evidence), [row | {"verification": each.id} for each in check.asked])
    attachments.enqueue_evidence(conn, check.key, [each.id for each in check.asked], clock.now_ms)


def evidence_of(conn: Connection, key: str) -> tuple[str, ...]:
    """The evidence of a visit's checks, JSON, the oldest first."""
    query = select(evidence.c.body).where(evidence.c.key == key).order_by(evidence.c.id)
    return tuple(conn.execute(query).scalars())


def _is_due(cells: dict[str, Any], now_ms: int) -> bool:
    at = retry_at(cells)
    return at is not None and at <= now_ms


def _retry(key: str, cells: dict[str, Any], clock: Clock) -> Mutation:
    """Its id says after which checks it comes: told by two workers, it is asked for once."""
    checks = sorted(path for path, each in cells.items() if path.startswith(PREFIX) and each)
    name = str(uuid.uuid5(uuid.UUID(key.partition("/")[2]), " ".join((RETRY, *checks))))
    return Mutation(name, 0, Kind.VERIFY, key, 0, clock.now_ms, {"reason": RETRY})


def _to_check(key: str, cells: dict[str, Any]) -> ToCheck:
    checks = {path: each for path, each in cells.items() if path.startswith(PREFIX) and each}
    asked = tuple(
        Asked(path.removeprefix(PREFIX), each["at"], each["by"], each.get("rx_dbm"))
        for path, each in sorted(checks.items())
        if not is_ended(each)
    )
    due = (_free_at(each) for each in checks.values())
    return ToCheck(key, asked, max(due, default=0))


def _free_at(check: dict[str, Any]) -> int:
    """When the visit may be looked at again, for all that this check of it says."""
    looked_at = int(check.get("measured_at") or 0)
    if check.get("state") == ASKED or not looked_at:
        return 0
    return looked_at + (LEASE_MS if check.get("state") == RUNNING else COOLDOWN_MS)


def _is_ours(cells: dict[str, Any], check_id: str, begun_at: int) -> bool:
    check = cells.get(PREFIX + check_id) or {}
    return check.get("state") == RUNNING and check.get("measured_at") == begun_at


def _say(conn: Connection, check: ToCheck, args: dict[str, Any], step: str, clock: Clock) -> Filed:
    said = [_mutation(check, each, args, step, clock) for each in check.asked]
    if not said:
        return Filed()
    verdicts, poked = apply_mutations(conn, SERVER, said, clock)
    return Filed(tuple(verdicts), poked)


def _mutation(
    check: ToCheck, asked: Asked, args: dict[str, Any], step: str, clock: Clock
) -> Mutation:
    """Its id says what it tells of: the same step, told twice, is told once."""
    name = str(uuid.uuid5(uuid.UUID(asked.id), f"{check.begun_at} {step}"))
    told = args | {"verification": asked.id}
    return Mutation(name, 0, Kind.VERIFIED, check.key, 0, clock.now_ms, told)


def _decoded(value: str) -> dict[str, Any]:
    return msgspec.json.decode(value, type=dict[str, Any])
