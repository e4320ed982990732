"""One installation as several processes: servers and workers on one PostgreSQL database."""

import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import psycopg
from psycopg import sql

from tests.e2e.processes import ErpNext, Process, Server
from tests.faults.phones import Phone

MEMBERS: Final = 2


class PostgresServer(Server):
    """A server whose database is elsewhere."""

    def __init__(
        self, folder: Path, erpnext: ErpNext, url: str, settings: Sequence[str] = ()
    ) -> None:
        self.database_url = url
        super().__init__(folder, erpnext, settings=[f'database = "{url}"', *settings])

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read the database from outside."""
        asked = query.replace("?", "%s") if values else query
        with psycopg.connect(self.database_url) as conn:
            return conn.execute(asked.encode(), values or None).fetchall()


class Cluster(NamedTuple):
    """Servers that share a database, and the processes that work beside them."""

    erpnext: ErpNext
    servers: list[PostgresServer]
    workers: list[Process]

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read the database from outside."""
        return self.servers[0].rows(query, *values)


class Replica:
    """What one phone holds: every record of its scope, from pulls alone."""

    def __init__(self, phone: Phone) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self._phone = phone
        self._cursor = ""

    def pull(self) -> None:
        """Take everything that changed since the last time, page by page."""
        more = True
        while more:
            changes = self._phone.pull(self._cursor)["changes"]
            self._apply(changes)
            more = changes.get("more", False)

    @property
    def hash(self) -> str:
        """Of every cell with a value."""
        cells = {
            key: {path: value for path, value in record.items() if value is not None}
            for key, record in self.records.items()
        }
        return hashlib.sha256(msgspec.json.encode(cells, order="sorted")).hexdigest()

    def _apply(self, changes: dict[str, Any]) -> None:
        if changes.get("reset"):
            self.records.clear()
        for put in changes.get("put", ()):
            held = {} if put.get("whole") else self.records.get(put["key"], {})
            self.records[put["key"]] = held | put["cells"]
        for key in (*changes.get("remove", ()), *changes.get("delete", ())):
            self.records.pop(key, None)
        self._cursor = changes["cursor"]


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Two servers and two workers on a database of their own, with a simulated ERPNext."""
    with ExitStack() as ends:
        url = ends.enter_context(database())
        erpnext = ErpNext(folder)
        ends.callback(erpnext.close)
        servers = [_server(folder / f"server-{n}", erpnext, url) for n in range(MEMBERS)]
        for server in servers:
            ends.callback(server.kill)
            server.start()
        workers = [_worker(server, folder / f"work-{n}.log") for n, server in enumerate(servers)]
        for worker in workers:
            ends.callback(worker.kill)
        yield Cluster(erpnext, servers, workers)


def _server(folder: Path, erpnext: ErpNext, url: str) -> PostgresServer:
    folder.mkdir()
    return PostgresServer(folder, erpnext, url)


def _worker(server: Server, output: Path) -> Process:
    return server.process("work", output)


@contextmanager
def database() -> Iterator[str]:
    """The URL of a new database on the server that PGHOST and the others name."""
    host, port = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGPORT", "5432")
    user, password = os.environ.get("PGUSER", "postgres"), os.environ.get("PGPASSWORD", "")
    name = f"terrain_{secrets.token_hex(4)}"
    server = f"postgresql://{user}:{password}@{host}:{port}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{server}/{name}"
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
