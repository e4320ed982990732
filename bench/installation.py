"""A real installation for a bench: its database filled beforehand, its processes measured."""

import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import psycopg
from sqlalchemy import Connection

from backend.settings import Settings
from backend.store.apply import apply_mutations
from backend.store.clock import Clock
from backend.store.devices import Enrolled, enrol
from backend.store.engine import writing_engine
from backend.store.links import create_link
from backend.store.schema import upgrade
from bench.corpus import JOBS, JOBS_A_CONTACT, Document, contact, job, record_id
from sync.protocol import Kind, Mutation
from sync.state import Actor, ActorKind
from tests.e2e.processes import Process, Server
from tests.faults.cluster import database
from tests.faults.phones import now_ms

OFFICE: Final = Actor(ActorKind.ERP, "erpnext", "Bureau", "erp")
DEVICES_A_LINK: Final = 3
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_RECORDS_A_COMMIT: Final = 100


class Scope(NamedTuple):
    """How many devices of one technician are used, and how many lie in the drawer meanwhile."""

    used: int
    stale: int = 0


class Handset(NamedTuple):
    """An enrolled device, its session, and the visits of the technician who carries it; a
    `stale` one stays in the drawer."""

    stale: bool
    device: str
    session: str
    technician: str
    jobs: list[Document]


class Installation(NamedTuple):
    """Running processes, and the handsets that they know. Processes lead sessions of their own."""

    url: str
    handsets: list[Handset]
    database: str
    leaders: tuple[int, ...]

    @property
    def cpu_s(self) -> float:
        """Processor time that all processes have used."""
        ticks = (int(fields[11]) + int(fields[12]) for _, fields in self._processes())
        return sum(ticks) / TICKS_A_SECOND

    @property
    def core_wait_s(self) -> float:
        """How long their threads were ready to run and had no core: what others cost them."""
        return sum(_run_delay_ns(pid) for pid, _ in self._processes()) / 1e9

    @property
    def rss_mb(self) -> float:
        """The most memory that each process has held, added up."""
        return sum(_peak_kb(pid) for pid, _ in self._processes()) / 1024

    @property
    def engine(self) -> str:
        """The database's name and version."""
        if self.database.startswith("sqlite"):
            return f"sqlite {sqlite3.sqlite_version}"
        with psycopg.connect(self.database) as conn:
            return f"postgresql {conn.info.parameter_status('server_version')}"

    def commits(self) -> int:
        """How many transactions the phones' mutations shared: each reads the clock once."""
        query = "SELECT count(DISTINCT received_at) FROM mutation WHERE seq > 0"
        if self.database.startswith("sqlite"):
            conn = sqlite3.connect(self.database.removeprefix("sqlite:///"))
            found = conn.execute(query).fetchone()
            conn.close()
        else:
            with psycopg.connect(self.database) as session:
                found = session.execute(query.encode()).fetchone()
        return int(found[0]) if found else 0

    def _processes(self) -> Iterator[tuple[int, list[str]]]:
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) in self.leaders:
                yield int(entry.name), fields


@contextmanager
def running(engine: str, scopes: list[Scope], seed: Random) -> Iterator[Installation]:
    """An installation on `engine` ("sqlite" or "postgres") with a technician for each of
    `scopes`, who share JOBS visits between them."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        elsewhere = ends.enter_context(database()) if engine == "postgres" else ""
        server = Server(folder, settings=[f'database = "{elsewhere}"'])
        server.data.mkdir()
        url = elsewhere or f"sqlite:///{server.database}"
        handsets = _filled(url, scopes, seed)
        server.start()
        ends.callback(server.kill)
        leaders = [server.pid]
        if elsewhere:
            worker: Process = server.process("work", folder / "work.log")
            ends.callback(worker.kill)
            leaders.append(worker.pid)
        yield Installation(server.url, handsets, url, tuple(leaders))


def _filled(url: str, scopes: list[Scope], seed: Random) -> list[Handset]:
    engine = writing_engine(url)
    upgrade(engine)
    at = now_ms()
    clock = Clock(at, datetime.now(Settings().site_zone).date())
    handsets: list[Handset] = []
    try:
        for scope in scopes:
            technician = Document(
                f"technician/{record_id(seed)}", {"full_name": "Marc Tremblay", "active": True}
            )
            contacts, jobs = _visits(seed, technician.key, max(1, JOBS // len(scopes)), clock)
            documents = [technician, *contacts, *jobs]
            for start in range(0, len(documents), _RECORDS_A_COMMIT):
                with engine.begin() as conn:
                    _take(conn, documents[start : start + _RECORDS_A_COMMIT], clock, seed)
            with engine.begin() as conn:
                enrolled = _enrolled(conn, technician.key, sum(scope), at)
            handsets += [
                Handset(n >= scope.used, each.device.id, each.session, technician.key, jobs)
                for n, each in enumerate(enrolled)
            ]
    finally:
        engine.dispose()
    return handsets


def _visits(
    seed: Random, technician: str, count: int, clock: Clock
) -> tuple[list[Document], list[Document]]:
    contacts = [contact(seed) for _ in range(-(-count // JOBS_A_CONTACT))]
    day = clock.today.isoformat()
    jobs = [job(seed, technician, contacts[n // JOBS_A_CONTACT].key, day) for n in range(count)]
    return contacts, jobs


def _take(conn: Connection, documents: list[Document], clock: Clock, seed: Random) -> None:
    """As the poll of ERPNext brings them."""
    told = [
        Mutation(
            record_id(seed),
            0,
            Kind.UPSTREAM,
            each.key,
            0,
            clock.now_ms,
            {"upstream_name": each.key[-36:], "cells": each.cells},
        )
        for each in documents
    ]
    apply_mutations(conn, OFFICE, told, clock)


def _enrolled(conn: Connection, technician: str, devices: int, at: int) -> Iterator[Enrolled]:
    made = []
    for start in range(0, devices, DEVICES_A_LINK):
        link = create_link(conn, technician, at, 14, DEVICES_A_LINK)
        for _ in range(min(DEVICES_A_LINK, devices - start)):
            enrolled = enrol(conn, link.token, secrets.token_hex(8), at, "bench")
            assert isinstance(enrolled, Enrolled)  # noqa: S101  (a fresh link takes three)
            made.append(enrolled)
    return iter(made)


def _run_delay_ns(pid: int) -> int:
    """Of all threads that live: https://docs.kernel.org/scheduler/sched-stats.html."""
    delay = 0
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            delay += int(file.read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return delay


def _peak_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
