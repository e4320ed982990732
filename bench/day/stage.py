"""The processes of a day: Terrain as an operator starts it, the upstreams, every phone enrolled."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from backend.simulators.olt.agent import COMMUNITY
from bench.day.plan import Day
from bench.day.upstream import OLT
from bench.installation import Handset, Installation
from tests.e2e import processes
from tests.e2e.processes import HOST, ErpNext, Process, free_port, wait_for
from tests.faults.cluster import PostgresServer, database
from tests.faults.phones import enrol

ARRIVES_S: Final = 300.0


class Stage(NamedTuple):
    """The processes of a day, and the log of each of ours."""

    server: processes.Server
    erpnext: ErpNext
    installation: Installation
    logs: tuple[Path, ...]
    worker: Process | None = None

    def stop(self) -> None:
        """As an operator stops it."""
        self.server.stop()
        if self.worker is not None:
            self.worker.stop()

    def database_bytes(self) -> int:
        """What the database takes on disk, its log included."""
        if self.installation.database.startswith("sqlite"):
            return sum(each.stat().st_size for each in self.server.data.glob("terrain.db*"))
        [(size,)] = self.server.rows("SELECT pg_database_size(current_database())")
        return int(size)

    def keys(self) -> dict[tuple[str, str], str]:
        """Terrain's key of each document, by collection and name."""
        rows = self.server.rows("SELECT collection, upstream_name, key FROM record")
        return {(collection, name): key for collection, name, key in rows}


@contextmanager
def stage(day: Day, seconds: float, engine: str) -> Iterator[Stage]:
    """Terrain as an operator starts it, on "sqlite" or "postgres", with every visit taken in and
    every technician's phone enrolled."""
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        ports = free_port(), free_port()
        erpnext = ErpNext(folder, *_options(day, seconds, *ports), program="bench.day.upstream")
        ends.callback(erpnext.close)
        elsewhere = ends.enter_context(database()) if engine == "postgres" else ""
        settings = _settings(folder, *ports)
        server = (
            PostgresServer(folder, erpnext, elsewhere, settings)
            if elsewhere
            else processes.Server(folder, erpnext, settings=settings)
        )
        ends.callback(server.kill)
        server.start()
        leaders, logs, worker = [server.pid], [server.output], None
        if elsewhere:
            logs.append(folder / "work.log")
            worker = server.process("work", logs[-1])
            ends.callback(worker.kill)
            leaders.append(worker.pid)
        handsets = _enrolled(server, day)
        url = elsewhere or f"sqlite:///{server.database}"
        installation = Installation(server.url, handsets, url, tuple(leaders))
        yield Stage(server, erpnext, installation, tuple(logs), worker)


def _options(day: Day, seconds: float, genieacs: int, olt: int) -> list[str]:
    of_day = ["--technicians", str(day.technicians), "--seconds", str(seconds)]
    return [*of_day, "--genieacs", str(genieacs), "--olt", str(olt)]


def _settings(folder: Path, genieacs: int, olt: int) -> list[str]:
    community = folder / "community"
    community.touch(mode=0o600)
    community.write_text(COMMUNITY, "utf-8")
    place = f'name = "{OLT}", host = "{HOST}", port = {olt}, community_file = "{community}"'
    return [f'genieacs.url = "http://{HOST}:{genieacs}"', f"olt = [{{ {place} }}]"]


def _enrolled(server: processes.Server, day: Day) -> list[Handset]:
    query = "SELECT count(*) FROM record WHERE collection = 'job'"
    wanted = [(len(day.plan.visits),)]
    wait_for("visits", lambda: server.rows(query) == wanted, ARRIVES_S)
    query = "SELECT upstream_name, key FROM record WHERE collection = 'technician'"
    keys = dict(server.rows(query))
    handsets = []
    for number in range(1, day.technicians + 1):
        name = f"TECH-{number:03}"
        token = server.create_link(name)[0].rpartition("/")[2]
        cookie, device = enrol(server, token)
        handsets.append(Handset(False, device, cookie.partition("=")[2], keys[name], []))
    return handsets
