"""Opens what is left of a database with the store's own code and looks for what was promised."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine

from backend.store import feed
from backend.store.apply import Push, apply_pushes, submitted
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.place import BlobName
from backend.store.clock import Clock
from backend.store.engine import writing_engine
from backend.store.schema import upgrade
from sync.protocol import Mutation
from sync.state import Actor, ActorKind
from tests.faults.phones import now_ms


class Promised(NamedTuple):
    """What clients were told: verdicts by mutation id, in order, and the sizes of photos that are
    whole. `sent` are the mutations, `device` is whose they are."""

    verdicts: dict[str, list[Any]]
    photos: set[int]
    sent: dict[str, dict[str, Any]]
    device: dict[str, str]


class Findings(NamedTuple):
    """What an audit found: promised mutations (and photos) that are missing or not as promised,
    transactions that are there in part, and why the database cannot be used."""

    lost: frozenset[str]
    partial: tuple[str, ...] = ()
    corrupt: str = ""

    @property
    def any(self) -> bool:
        """Whether something was found at all."""
        return bool(self.lost or self.partial or self.corrupt)


def audit(data: Path, promised: Promised) -> Findings:
    """Start on a data folder as the server would, repeat the last push as the phone would, and
    compare all of it with what was promised."""
    engine = writing_engine(f"sqlite:///{data / 'terrain.db'}")
    try:
        upgrade(engine)
        folder = BlobFolder(data / "blobs")
        with engine.begin() as conn:
            forgotten = _pushed_again(conn, promised)
            feed.next_sequence(conn, "after the cut", now_ms())
        return _compared(engine, folder, promised, forgotten)
    except Exception as error:  # noqa: BLE001  (whatever damage makes of our code)
        everything = frozenset({*promised.verdicts, *map(str, promised.photos)})
        return Findings(everything, corrupt=f"{type(error).__name__}: {error}"[:300])
    finally:
        engine.dispose()


def _compared(
    engine: Engine, folder: BlobFolder, promised: Promised, forgotten: set[str]
) -> Findings:
    with engine.begin() as conn:
        check = conn.exec_driver_sql("PRAGMA integrity_check").scalars().first()
        foreign = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
        whole, stored = _effects(conn), _stored(conn)
        photos, broken = _photos(conn, folder)
        partial = (*_partial(conn, stored, whole), *broken)
    lost = forgotten | {
        id_
        for id_, verdict in promised.verdicts.items()
        if stored.get(id_) != (promised.sent[id_], verdict) or id_ not in whole
    }
    lost |= {str(size) for size in promised.photos - photos}
    corrupt = "" if check == "ok" and not foreign else str(check)[:300]
    return Findings(frozenset(lost), partial, corrupt)


def _pushed_again(conn: Connection, promised: Promised) -> set[str]:
    """The last promise, if the same push does not bring the same verdict."""
    if not promised.verdicts:
        return set()
    last, verdict = next(reversed(promised.verdicts.items()))
    device = promised.device[last]
    actor = Actor(ActorKind.TECHNICIAN, "technician/again", "Again", f"{device}:1")
    mutation = msgspec.convert(promised.sent[last], Mutation)
    applied = apply_pushes(
        conn,
        [Push(actor, device, 1, (submitted(mutation),))],
        Clock(now_ms(), datetime.now(UTC).date()),
    )
    again = json.loads(msgspec.json.encode(applied.answers[0].verdicts))
    return set() if again == [[last, *verdict]] else {last}


def _stored(conn: Connection) -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """The phones' mutations as they came, and their verdicts as they are told."""
    query = "SELECT id, payload, outcome, detail FROM mutation WHERE seq > 0"
    rows = conn.exec_driver_sql(query)
    return {
        id_: (json.loads(sent), [verdict, json.loads(detail)])
        for id_, sent, verdict, detail in rows
    }


def _effects(conn: Connection) -> set[str]:
    """The phones' mutations that are whole: the outbox's row and, if they changed something, the
    feed's at their sequence and their changes, each in a cell that is no older."""
    told = set(conn.exec_driver_sql("SELECT mutation FROM outbox").scalars())
    query = "SELECT m.id FROM mutation m JOIN feed f USING (sequence) WHERE f.mutation = m.id"
    fed = set(conn.exec_driver_sql(query).scalars())
    query = """
        SELECT c.mutation FROM change c LEFT JOIN cell USING (key, path) GROUP BY c.mutation
        HAVING min(coalesce(
          cell.sequence > c.sequence OR cell.sequence = c.sequence AND cell.value = c.value, 0))
    """
    changed = set(conn.exec_driver_sql(query).scalars())
    rows = conn.exec_driver_sql("SELECT id, outcome FROM mutation WHERE seq > 0")
    effective = {id_ for id_, outcome in rows if outcome in ("applied", "merged")}
    return told - effective | told & fed & changed


def _partial(conn: Connection, stored: dict[str, Any], whole: set[str]) -> Iterator[str]:
    """What one transaction wrote together and is not there together."""
    yield from (f"mutation {id_} without its effect" for id_ in stored.keys() - whole)
    query = (
        "SELECT mutation FROM outbox UNION SELECT mutation FROM change EXCEPT"
        " SELECT id FROM mutation"
    )
    yield from (f"effect of no mutation {id_}" for id_ in conn.exec_driver_sql(query).scalars())
    query = (
        "SELECT device, count(*), max(seq), (SELECT last_seq FROM replica r"
        " WHERE r.device = m.device AND r.epoch = m.epoch)"
        " FROM mutation m WHERE seq > 0 GROUP BY device, epoch"
    )
    for device, count, highest, last in conn.exec_driver_sql(query):
        if not count == highest == last:
            yield f"numbers of {device}: {count} up to {highest}, {last} known"
    yield from _chain(conn)


def _chain(conn: Connection) -> Iterator[str]:
    """The feed from 1 on without a hole, each hash out of the one before."""
    chained = ""
    rows = conn.exec_driver_sql("SELECT sequence, hash, mutation FROM feed ORDER BY sequence")
    for expected, (sequence, stored, mutation) in enumerate(rows, 1):
        chained = hashlib.sha256(f"{chained}{sequence}{mutation}".encode()).hexdigest()
        if (sequence, stored) != (expected, chained):
            yield f"feed breaks at {expected}"
            return
    if conn.exec_driver_sql("SELECT hash FROM counter").scalar() not in (None, chained):
        yield "counter apart from the feed"


def _photos(conn: Connection, folder: BlobFolder) -> tuple[set[int], list[str]]:
    """The sizes of the photos that are whole, and those that are only said to be."""
    query = "SELECT size, sha256, upload FROM blob WHERE complete_at IS NOT NULL"
    whole, broken = set(), []
    for size, sha256, upload in conn.exec_driver_sql(query):
        name = BlobName(sha256, upload)
        places = (folder.sealed(name), folder.root / name.path)
        content = next((each.read_bytes() for each in places if each.exists()), b"")
        if hashlib.sha256(content).hexdigest() == sha256:
            whole.add(size)
        else:
            broken.append(f"photo {sha256} is not whole")
    return whole, broken
