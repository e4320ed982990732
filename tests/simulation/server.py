"""The server of a run: the real writer and store functions over a database, called without HTTP.

What the office and ERPNext do reaches it as mutations of their own; a delivery is claimed and
recorded as the outbound worker does, however it ends.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, event, exists, select, update

from backend.errors import AppError
from backend.replication.inbox import inflate, read_batch, read_request
from backend.store.apply import Push, apply_mutations
from backend.store.backup import copy_database, note_backup, put_back
from backend.store.clock import Clock
from backend.store.engine import writing_engine
from backend.store.lanes import claim, parked, record_failure, record_success, unpark
from backend.store.outbox import Claimed, settled
from backend.store.pull import Pulled, pull
from backend.store.schema import upgrade
from backend.store.tables import change, counter, mutation, outbox
from sync.lane import Answer as Unanswered
from sync.lane import after_refused, after_unavailable
from sync.protocol import Kind, Mutation, SyncReply, spoken
from sync.push import Answer
from sync.state import Actor, ActorKind
from tests.given import ERP, JULIE, MARC, NOW_MS, TODAY, uuid7
from tests.simulation.drafts import CONTACT, JOBS, a_visit
from tests.simulation.phone import Response, Technician
from tests.simulation.stepped import SteppedWriter, at_once

_UPSTREAM_IDS: Final = 900_000
# Verdicts after which ERPNext hears of what a technician did.
_TAKEN: Final = ("applied", "merged", "noop", "superseded", "conflict")

Result = TypeVar("Result")
# How a delivery ends: the worker that died leaves its claim to run out.
End = Literal["taken", "taken and died", "died", "away", "refused"]


class Server:
    """One database in `folder`, begun anew for every run."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.now_ms, self._documents = folder, NOW_MS, 0
        # The next commit fails: the disk does.
        self.disk_fails = False
        self._morning, self._database = folder / "morning.db", folder / "terrain.db"
        self._engine: Engine = writing_engine(f"sqlite:///{self._database}")
        self._written: Engine = writing_engine(f"sqlite:///{self._database}")
        event.listen(self._written, "commit", self._on_commit)
        self._writer = SteppedWriter(self._written, self._clock, lambda _: None)
        # What was read of a state that nobody has written to since.
        self._reads: dict[tuple[str, str], Pulled] = {}
        self._make_morning()
        self.begin("")

    def begin(self, run: str) -> None:
        """Forget everything; `run` names the server's epochs."""
        self.now_ms, self.backups = NOW_MS, 0
        self._run, self._epochs, self._documents = run, 0, len(JOBS) + 1
        # The next commit fails: the disk does.
        self.disk_fails = False
        # What ERPNext has taken: no backup of ours takes it back. Of that, the visits that it
        # billed with nothing to show for.
        self.filed: set[str] = set()
        self.unproven: set[str] = set()
        self._replace(self._morning)
        self._name_epoch()

    def sync(self, who: Technician, body: bytes, encoding: str) -> Response:
        """What POST /api/sync answers."""
        try:
            asked = read_request(inflate(body, encoding))
            batch = read_batch(asked)
        except AppError as error:
            return Response(error.status, msgspec.json.encode({"error": error.code}))
        actor = Actor(ActorKind.TECHNICIAN, who.key, who.name, f"{asked.device}:{asked.epoch}")
        push = Push(actor, asked.device, asked.epoch, batch)
        try:
            answer = self._push(push) if batch else Answer(())
        except AppError as error:
            return Response(error.status, msgspec.json.encode({"error": error.code}))
        except Exception:  # noqa: BLE001  (the application answers so, whatever it was)
            return Response(HTTPStatus.INTERNAL_SERVER_ERROR, b'{"error":"error"}')
        return Response(HTTPStatus.OK, self._reply(who, asked.cursor, answer, asked.protocol))

    def day(self, who: Technician) -> bytes:
        """What the page that the server renders has in it (`backend/tech/page.py`)."""
        pulled = self.pulled(who)
        day = SyncReply(self.now_ms, pulled.changes, conflicts=pulled.conflicts)
        return msgspec.json.encode(day)

    def _push(self, push: Push) -> Answer:
        self._reads.clear()
        return at_once(self._writer.push(push))

    def _reply(self, who: Technician, cursor: str, answer: Answer, protocol: int) -> bytes:
        pulled = self.pulled(who, cursor)
        reply = SyncReply(
            now=self.now_ms,
            changes=pulled.changes,
            verdicts=tuple((each.id, each.outcome, each.detail) for each in answer.verdicts),
            refusal=answer.refusal,
            expect=answer.expect,
            receipts=pulled.receipts,
            backed_up=pulled.backed_up,
            conflicts=pulled.conflicts,
        )
        return msgspec.json.encode(spoken(reply, protocol))

    def document(self, key: str, cells: Mapping[str, Any]) -> None:
        """What ERPNext says of one document."""
        self._documents += 1
        args = {"upstream_name": f"DOC-{key[-2:]}", "cells": dict(cells)}
        id_ = uuid7(_UPSTREAM_IDS + self._documents)
        said = Mutation(id_, 0, Kind.UPSTREAM, key, 0, self.now_ms, args)
        self._write(lambda conn: apply_mutations(conn, ERP, [said], self._clock()))

    def deliver(self, end: End = "taken") -> bool:
        """Bring the lane that is due to ERPNext; False when none is."""
        claimed = self._write(lambda conn: claim(conn, self.now_ms))
        if claimed is None:
            return False
        if end in ("taken", "taken and died"):
            self._take(claimed)
        if not end.endswith("died"):
            self._write(lambda conn: self._record(conn, claimed, end))
        return True

    def look_after(self) -> None:
        """Somebody looks at what ERPNext refused, and has it tried again."""
        self._write(lambda conn: [unpark(conn, each.key, self.now_ms) for each in parked(conn)])

    def _record(self, conn: Connection, claimed: Claimed, end: End) -> None:
        if end == "taken":
            record_success(conn, claimed.key, claimed.entries, self.now_ms)
            return
        away = after_unavailable(claimed.lane, Unanswered("connection"), self.now_ms, 0.0)
        after = away if end == "away" else after_refused(claimed.lane, "refused", self.now_ms)
        record_failure(conn, claimed.key, after, claimed.entries, self.now_ms)

    def _take(self, claimed: Claimed) -> None:
        """ERPNext has it now, and with a decision what was decided about."""
        with self._reading() as conn:
            decided = {each.mutation for each, *_ in settled(conn, claimed.entries)}
        self.filed |= decided | {each.mutation for each in claimed.entries}
        self._bill(claimed)

    def _bill(self, claimed: Claimed) -> None:
        """ERPNext bills a completed visit; here each one that can bill has to show a serial."""
        if claimed.cells.get("status") == "completed" and claimed.cells.get("billable"):
            line = change.c.key == claimed.key, change.c.path.startswith("equipment/")
            with self._reading() as conn:
                if not conn.execute(select(change.c.path).where(*line)).first():
                    self.unproven.add(claimed.key)

    def back_up(self) -> None:
        """Copy the database, and tell the phones how far."""
        self.backups += 1
        copied = copy_database(self._database, self._backup())
        self._write(lambda conn: note_backup(conn, copied))

    def restore(self) -> None:
        """Put the last backup back, as `terrain restore` does."""
        self._replace(self._morning)
        put_back(self._backup(), self._database)
        self._name_epoch()

    def roll_back(self) -> None:
        """The disk is as it was at the last backup, and nobody told the server."""
        self._replace(self._backup())

    def mutations(self) -> frozenset[str]:
        """The ids that it knows."""
        with self._reading() as conn:
            return frozenset(conn.scalars(select(mutation.c.id)))

    def unqueued(self) -> list[str]:
        """What technicians did and the server took, but has not put down for ERPNext."""
        queued = exists().where(outbox.c.mutation == mutation.c.id)
        theirs = mutation.c.actor_kind == ActorKind.TECHNICIAN.value, mutation.c.kind != Kind.VOID
        taken = select(mutation.c.id).where(*theirs, mutation.c.outcome.in_(_TAKEN), ~queued)
        with self._reading() as conn:
            return sorted(conn.scalars(taken))

    def unfiled(self) -> list[str]:
        """What still waits for ERPNext."""
        with self._reading() as conn:
            return sorted(conn.scalars(select(outbox.c.mutation).where(outbox.c.fate.is_(None))))

    def pulled(self, who: Technician, cursor: str = "") -> Pulled:
        """What a phone gets from there on; one that starts anew has no cursor."""
        if (who.key, cursor) not in self._reads:
            with self._reading() as conn:
                self._reads[who.key, cursor] = pull(conn, who.key, cursor)
        return self._reads[who.key, cursor]

    def close(self) -> None:
        """Leave the database."""
        self._writer.stop()
        self._engine.dispose()

    def _make_morning(self) -> None:
        """The state in which every run begins: a day with a few visits."""
        upgrade(self._engine)
        self.document(CONTACT, {"full_name": "Anne", "phone": "450-555-0100"})
        for job, who in zip(JOBS, (MARC, MARC, JULIE), strict=True):
            self.document(job, a_visit(who, billable=job != JOBS[0]))
        copy_database(self._database, self._morning)

    def _name_epoch(self) -> None:
        self._epochs += 1
        with self._reading() as conn:
            conn.execute(update(counter).values(epoch=f"{self._run}-{self._epochs}"))

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        self._reads.clear()
        return at_once(self._writer.run(work))

    def _on_commit(self, _conn: Connection) -> None:
        if self.disk_fails:
            self.disk_fails = False
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
            raise error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.begin() as conn:
            yield conn

    def _clock(self) -> Clock:
        return Clock(self.now_ms, TODAY)

    def _backup(self) -> Path:
        return self._folder / f"backup-{self.backups}.db"

    def _replace(self, file: Path) -> None:
        self._reads.clear()
        self._engine.dispose()
        self._written.dispose()
        for suffix in ("", "-wal", "-shm"):
            self._database.with_name(f"{self._database.name}{suffix}").unlink(missing_ok=True)
        shutil.copy(file, self._database)
