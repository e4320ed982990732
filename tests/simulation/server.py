"""The server of a run: the real writer and store functions over a database, called without HTTP."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, event, update

from backend.auth.roles import Role
from backend.auth.staff import Staff
from backend.board.decisions import OfficeDecision, apply_decision
from backend.errors import AppError
from backend.replication.inbox import inflate, read_batch, read_request
from backend.store import attachments
from backend.store.apply import Push, apply_mutations
from backend.store.backup import copy_database, note_backup, put_back
from backend.store.clock import Clock
from backend.store.engine import writing_engine
from backend.store.lanes import parked, unpark
from backend.store.pull import Pulled, pull
from backend.store.schema import upgrade
from backend.store.tables import counter
from sync.protocol import Kind, Mutation, SyncReply, spoken
from sync.pull import PAGE_RECORDS
from sync.push import Answer
from sync.state import Actor, ActorKind
from tests.given import ERP, NOW_MS, TODAY, uuid7
from tests.simulation import books
from tests.simulation.courier import Courier
from tests.simulation.erpnext import Erpnext, Mishap
from tests.simulation.morning import DOCUMENTS
from tests.simulation.phone import Response, Technician
from tests.simulation.stepped import SteppedWriter, at_once
from tests.simulation.uploads import Uploads

Result = TypeVar("Result")
# Records a page: a day of a run is short, and some runs have it in pieces.
_PAGES: Final = (PAGE_RECORDS, PAGE_RECORDS, 2, 1)


_STAFF: Final = Staff("office@terrain.example", role=Role.DISPATCHER)


class Server:
    """One database in `folder`, begun anew for every run."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.now_ms = folder, NOW_MS
        # The next commit fails: the disk does.
        self.disk_fails = False
        self._morning, self._database = folder / "morning.db", folder / "terrain.db"
        self._engine: Engine = writing_engine(f"sqlite:///{self._database}")
        self._written: Engine = writing_engine(f"sqlite:///{self._database}")
        event.listen(self._written, "commit", self._on_commit)
        self._writer = SteppedWriter(self._written, self._clock, lambda _: None)
        self.erpnext = Erpnext(lambda: datetime.fromtimestamp(self.now_ms / 1000, UTC))
        self.uploads = Uploads(self._write, self._clock)
        self.courier = Courier(self.erpnext, self._writer, self._clock, self.uploads)
        # What was read of a state that nobody has written to since.
        self._reads: dict[tuple[str, str, int], Pulled] = {}
        self._read_at = 0
        self._make_morning()
        self.begin("")

    def begin(self, run: str) -> None:
        """Forget everything; `run` names the server's epochs."""
        self.now_ms, self.backups = NOW_MS, 0
        self._run, self._epochs = run, 0
        self._page_records = Random(run).choice(_PAGES)
        # The next commit fails: the disk does.
        self.disk_fails = False
        self._decisions = 0
        # Visits that were billed with nothing to show for, and those that the office let go so.
        self.unproven: set[str] = set()
        self.answered_for: set[str] = set()
        self.erpnext.begin()
        self.uploads.begin()
        self.courier.begin(run)
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
            answer = at_once(self._writer.push(push)) if batch else Answer(())
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

    def _reply(self, who: Technician, cursor: str, answer: Answer, protocol: int) -> bytes:
        pulled = self.pulled(who, cursor, self._page_records)
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

    def decide(self, kind: str, key: str, behind: int, args: dict[str, Any]) -> str:
        """What becomes of a dispatcher's decision, made on a page `behind` the last change by so
        many: the outcome."""
        self._decisions += 1
        sequence = self.read(books.sequence)
        id_ = uuid7(800_000 + self._decisions)
        asked = OfficeDecision(id_, kind, key, max(0, sequence - behind), self.now_ms, args)
        made = self._write(lambda conn: apply_decision(conn, _STAFF, asked, self._clock()))
        return made.verdicts[0].outcome.value

    def poll(self, mishap: Mishap | None = None) -> bool:
        """Read what changed in ERPNext; whether anything did."""
        return self.courier.poll(mishap)

    def deliver(self, mishap: Mishap | None = None) -> bool:
        """Bring the lane that is due to ERPNext; whether there was one."""
        delivered = self.courier.deliver(mishap)
        self._look_at_bills()
        return delivered

    def attach(self, mishap: Mishap | None = None) -> bool:
        """Bring the photos that are due to ERPNext; whether there were any."""
        return self.courier.attach(mishap)

    def look_after(self) -> None:
        """Somebody looks at what ERPNext refused, and has it tried again."""
        self._write(lambda conn: [unpark(conn, each.key, self.now_ms) for each in parked(conn)])
        self._write(lambda conn: attachments.unpark(conn, "", "", self.now_ms))

    def _look_at_bills(self) -> None:
        """ERPNext bills a completed visit; here each one that can bill has to show a serial."""
        keys = {name: key for key, (_, name) in DOCUMENTS.items()}
        for key in (keys[name] for name in self.erpnext.billed):
            proven = self.read(partial(books.has_equipment, key=key))
            if self.erpnext.document(key)["billable"] and not proven:
                self.unproven |= {key} - self.answered_for
        self.erpnext.billed.clear()

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
        self.courier.restart()

    def roll_back(self) -> None:
        """The disk is as it was at the last backup, and nobody told the server."""
        self._replace(self._backup())
        self.courier.restart()

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """What a function of `books.py` reads."""
        with self._reading() as conn:
            return work(conn)

    def all_of(self, rule: Callable[[Connection], Iterator[str]]) -> list[str]:
        """Everything that breaks a rule of `history.py` or `disputes.py`."""
        return self.read(lambda conn: list(rule(conn)))

    def mutations(self) -> frozenset[str]:
        """The ids that it knows."""
        return self.read(books.mutations)

    def told_today(self) -> list[books.Said]:
        """What it took for edits of the office in ERPNext since the morning."""
        return self.read(lambda conn: list(books.told_by_erpnext(conn, self._began_at)))

    def pulled(self, who: Technician, cursor: str = "", records: int = PAGE_RECORDS) -> Pulled:
        """What a phone gets from there on, in pages of about `records`; one that starts anew has
        no cursor."""
        if self._read_at != self._writer.writes:
            self._read_at = self._writer.writes
            self._reads.clear()
        asked = who.key, cursor, records
        if asked not in self._reads:
            with self._reading() as conn:
                self._reads[asked] = pull(conn, *asked)
        return self._reads[asked]

    def close(self) -> None:
        """Leave the database."""
        self.courier.close()
        self._writer.stop()
        self._engine.dispose()

    def _make_morning(self) -> None:
        """The state in which every run begins: a day with a few visits."""
        upgrade(self._engine)
        made = [_made(number, *each) for number, each in enumerate(DOCUMENTS.items())]
        self._write(lambda conn: apply_mutations(conn, ERP, made, self._clock()))
        self.courier.poll()
        self._began_at = copy_database(self._database, self._morning).sequence

    def _name_epoch(self) -> None:
        self._epochs += 1
        with self._reading() as conn:
            conn.execute(update(counter).values(epoch=f"{self._run}-{self._epochs}"))

    def _write(self, work: Callable[[Connection], Result]) -> Result:
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


def _made(number: int, key: str, document: tuple[str, str]) -> Mutation:
    """A record without cells, for a document that is still to be read."""
    args: dict[str, Any] = {"upstream_name": document[1], "cells": {}}
    return Mutation(uuid7(900_000 + number), 0, Kind.UPSTREAM, key, 0, NOW_MS, args)
