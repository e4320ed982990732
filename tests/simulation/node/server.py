"""The server of a run: the real store functions over a database, called without HTTP.

What the office and ERPNext do reaches it as mutations of their own; a delivery is claimed and
recorded as the outbound worker does, by an ERPNext that takes everything.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, insert, select, update

from backend.errors import AppError
from backend.replication.inbox import inflate, read_batch, read_request
from backend.store.apply import Push, apply_mutations, apply_pushes
from backend.store.backup import copy_database, note_backup, put_back
from backend.store.clock import Clock
from backend.store.engine import writing_engine
from backend.store.lanes import claim, record_success
from backend.store.pull import Pulled, pull
from backend.store.schema import upgrade
from backend.store.tables import counter, mutation, receipt
from sync.protocol import Fate, Kind, Mutation, SyncReply, spoken
from sync.push import Answer
from sync.state import Actor, ActorKind
from tests.given import ERP, NOW_MS, TODAY, uuid7
from tests.simulation.node.phone import Response, Technician

_UPSTREAM_IDS: Final = 900_000


class Server:
    """One database in `folder`, begun anew for every run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._empty, self._database = folder / "empty.db", folder / "terrain.db"
        upgrade(made := writing_engine(f"sqlite:///{self._empty}"))
        made.dispose()
        self._engine: Engine = writing_engine(f"sqlite:///{self._database}")
        self.begin("")

    def begin(self, run: str) -> None:
        """Forget everything; `run` names the server's epochs."""
        self.now_ms, self.backups = NOW_MS, 0
        self._run, self._epochs, self._documents = run, 0, 0
        # What ERPNext has taken: no backup of ours takes it back.
        self.filed: set[str] = set()
        self._replace(self._empty)
        first = {"id": 1, "epoch": self._next_epoch(), "sequence": 0, "hash": ""}
        with self._writing() as conn:
            conn.execute(insert(counter).values(first))

    def sync(self, who: Technician, body: bytes, encoding: str) -> Response:
        """What POST /api/sync answers."""
        try:
            asked = read_request(inflate(body, encoding))
            batch = read_batch(asked)
        except AppError as error:
            return Response(error.status, msgspec.json.encode({"error": error.code}))
        actor = Actor(ActorKind.TECHNICIAN, who.key, who.name, f"{asked.device}:{asked.epoch}")
        answer = Answer(())
        with self._writing() as conn:
            if batch:
                push = Push(actor, asked.device, asked.epoch, batch)
                answer = apply_pushes(conn, [push], self._clock()).answers[0]
        return Response(HTTPStatus.OK, self._reply(who, asked.cursor, answer, asked.protocol))

    def day(self, who: Technician) -> bytes:
        """What the page that the server renders has in it (`backend/tech/page.py`)."""
        with self._writing() as conn:
            pulled = pull(conn, who.key, "")
        return msgspec.json.encode(
            SyncReply(self.now_ms, pulled.changes, conflicts=pulled.conflicts)
        )

    def _reply(self, who: Technician, cursor: str, answer: Answer, protocol: int) -> bytes:
        with self._writing() as conn:
            pulled = pull(conn, who.key, cursor)
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
        with self._writing() as conn:
            apply_mutations(conn, ERP, [said], self._clock())

    def deliver(self) -> bool:
        """Bring the lane that is due to ERPNext; False when none is."""
        with self._writing() as conn:
            claimed = claim(conn, self.now_ms)
            if claimed:
                record_success(conn, claimed.key, claimed.entries, self.now_ms)
            told = select(receipt.c.mutation).where(receipt.c.fate == Fate.FILED.value)
            self.filed.update(conn.scalars(told))
        return claimed is not None

    def back_up(self) -> None:
        """Copy the database, and tell the phones how far."""
        self.backups += 1
        copied = copy_database(self._database, self._backup())
        with self._writing() as conn:
            note_backup(conn, copied)

    def restore(self) -> None:
        """Put the last backup back, as `terrain restore` does."""
        self._replace(self._empty)
        put_back(self._backup(), self._database)
        with self._writing() as conn:
            conn.execute(update(counter).values(epoch=self._next_epoch()))

    def roll_back(self) -> None:
        """The disk is as it was at the last backup, and nobody told the server."""
        self._replace(self._backup())

    def mutations(self) -> frozenset[str]:
        """The ids that it knows."""
        with self._writing() as conn:
            return frozenset(conn.scalars(select(mutation.c.id)))

    def pulled(self, who: Technician) -> Pulled:
        """What a phone that starts anew would get."""
        with self._writing() as conn:
            return pull(conn, who.key, "")

    def close(self) -> None:
        """Leave the database."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.begin() as conn:
            yield conn

    def _clock(self) -> Clock:
        return Clock(self.now_ms, TODAY)

    def _next_epoch(self) -> str:
        self._epochs += 1
        return f"{self._run}-{self._epochs}"

    def _backup(self) -> Path:
        return self._folder / f"backup-{self.backups}.db"

    def _replace(self, file: Path) -> None:
        self._engine.dispose()
        for suffix in ("", "-wal", "-shm"):
            self._database.with_name(f"{self._database.name}{suffix}").unlink(missing_ok=True)
        shutil.copy(file, self._database)
