"""The simulated ERPNext and the server as processes of their own, to be killed and started."""

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import msgspec

from backend.simulators.erpnext.request_log import Effect, Entry
from tests.e2e.built_app import built_app
from tests.e2e.command import REPOSITORY, TERRAIN, printed_apart, printed_here

HOST: Final = "127.0.0.1"
START_S: Final = 60.0
STOP_S: Final = 10.0
STEP_S: Final = 0.05

Result = TypeVar("Result")


def wait_for(
    what: str, look: Callable[[], Result | None], within_s: float, step_s: float = STEP_S
) -> Result:
    """What `look` finds, asked until it is true; fails after `within_s` with what it last gave."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what}; last: {found!r}")
        time.sleep(step_s)


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A program in a process group of its own, its output in a file."""

    def __init__(
        self, command: list[str], output: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.output = output
        with output.open("ab") as file:
            self._popen = subprocess.Popen(  # noqa: S603  (our own programs)
                command,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the program itself; its children have others."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    def kill(self) -> None:
        """SIGKILL to it and its children, and wait for the end; may be called twice."""
        if self.running:
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(STOP_S)

    def stop(self) -> None:
        """SIGTERM, as a service manager does; SIGKILL when it does not end."""
        if self.running:
            self._popen.terminate()
        try:
            self._popen.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class ErpNext:
    """The simulator's process with these options, its documents and its request log; `program` is
    the module that serves it."""

    def __init__(
        self, folder: Path, *options: str, program: str = "backend.simulators.erpnext"
    ) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        output = folder / "erpnext.log"
        port = ["--address", HOST, "--port", str(self.port)]
        command = [sys.executable, "-u", "-m", program, *port, *options]
        self._process = Process(command, output)
        self._http = httpx.Client(base_url=self.url, timeout=10.0)
        wait_for("the simulator's answer", self._answers, START_S)
        self.token = output.read_text("utf-8").splitlines()[0]

    def document(self, doctype: str, name: str) -> dict[str, Any]:
        """A document as the API gives it."""
        head = {"Authorization": f"token {self.token}"}
        answer = self._http.get(f"/api/resource/{doctype}/{name}", headers=head)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()["data"]
        return document

    def documents(self, doctype: str, filters: list[list[str]], *fields: str) -> list[Any]:
        """The documents that match, with these fields."""
        asked = {
            "filters": msgspec.json.encode(filters).decode(),
            "fields": msgspec.json.encode(["name", *fields]).decode(),
            "limit_page_length": "500",
        }
        head = {"Authorization": f"token {self.token}"}
        answer = self._http.get(f"/api/resource/{doctype}", params=asked, headers=head)
        answer.raise_for_status()
        found: list[Any] = answer.json()["data"]
        return found

    def log(self) -> list[Entry]:
        """Every request with its effects."""
        answer = self._http.get("/_control/log")
        return msgspec.json.decode(answer.content, type=list[Entry])

    def effects_on(self, doctype: str) -> list[Effect]:
        """Every effect of API requests on documents of a type, oldest first."""
        return [
            effect
            for entry in self.log()
            for effect in entry.effects
            if effect.doctype == doctype and entry.method != "OFFICE"
        ]

    def edit_as_office(self, doctype: str, name: str, **fields: Any) -> None:
        """Save a document as a dispatcher does in the desk."""
        edit = {"doctype": doctype, "name": name, "fields": fields}
        self._http.post("/_control/office", json=edit).raise_for_status()

    def ask(self, path: str) -> bytes:
        """What `program` answers at a path of its own."""
        return self._http.get(path, timeout=START_S).raise_for_status().content

    def tell(self, path: str) -> None:
        """Post nothing but the path to `program`."""
        self._http.post(path).raise_for_status()

    def be_away(self) -> None:
        """Answer 503 to everything from now on."""
        self._http.post("/_control/faults", json={"kind": "unavailable", "times": None})

    def be_slow(self, seconds: float) -> None:
        """Think so long about every write from now on."""
        fault = {"kind": "slow", "times": None, "method": "PUT", "seconds": seconds}
        self._http.post("/_control/faults", json=fault).raise_for_status()

    def lose_an_answer(self, path: str, after_s: float) -> None:
        """Do what the next POST to `path` (a part of it) says, and answer nothing for so long."""
        fault = {"kind": "lost-answer", "method": "POST", "path": path, "seconds": after_s}
        self._http.post("/_control/faults", json=fault).raise_for_status()

    def be_back(self) -> None:
        """Answer again."""
        self._http.delete("/_control/faults")

    def close(self) -> None:
        """End the process."""
        self._http.close()
        self._process.kill()

    def _answers(self) -> bool:
        assert self._process.running, "the simulator ended"
        try:
            return self._http.get("/_control/faults").status_code == 200
        except httpx.TransportError:
            return False


class Server:
    """One installation on a data folder and a port that stay the same over kills and starts.

    `program` is what serves, `settings` are further lines of its TOML file.
    """

    def __init__(
        self,
        folder: Path,
        erpnext: ErpNext | None = None,
        port: int = 0,
        public_url: str = "",
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = TERRAIN,
        settings: Sequence[str] = (),
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.data = folder / "data"
        self.output = folder / "server.log"
        self.proxy_secret = secrets.token_hex(32)
        self.program = program
        self._environment = environment
        self._settings = folder / "terrain.toml"
        lines = [*settings, *_settings(self, folder, erpnext, public_url)]
        self._settings.write_text("\n".join(lines) + "\n", "utf-8")
        self._process: Process | None = None

    @property
    def database(self) -> Path:
        """The file of the SQLite database."""
        return self.data / "terrain.db"

    @property
    def pid(self) -> int:
        """Of the process that serves."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it says that it is ready."""
        self._process = self.process("serve", self.output)
        wait_for("the server's readiness", self._ready, START_S)

    def process(self, command: str, output: Path) -> Process:
        """One more process of the installation."""
        asked = [*self.program, "--config", str(self._settings), command]
        return Process(asked, output, self._environment)

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """SIGTERM; fails when the server does not end by itself."""
        if self._process is not None:
            self._process.stop()

    def serve_app(self, folder: Path) -> None:
        """From the next start on, another build of the phone's app."""
        settings = self._settings.read_text("utf-8")
        self._settings.write_text(settings.replace(str(built_app()), str(folder)), "utf-8")

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read the database from outside, while the server runs."""
        uri = f"file:{self.database}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10.0)) as conn:
            return conn.execute(query, values).fetchall()

    def create_link(self, technician: str) -> tuple[str, str]:
        """A new link: its URL and its id, once ERPNext's technicians have arrived."""
        asked = ("link", "create", "--technician", technician)
        lines = wait_for(
            f"a link for {technician}", lambda: printed_here(self._settings, *asked), START_S
        )
        return lines[0], lines[1]

    def as_dispatcher(self) -> httpx.Client:
        """A dispatcher's page, as the ForwardAuth proxy lets it through."""
        identity = {
            "X-Terrain-Proxy": self.proxy_secret,
            "X-authentik-email": "sylvie@example.ca",
            "X-authentik-groups": "terrain-dispatch",
            "X-Terrain": "1",
        }
        return httpx.Client(base_url=self.url, headers=identity, timeout=10.0)

    def run(self, *arguments: str) -> list[str] | None:
        """Run a command of `terrain` in a process of its own; its lines, None when it fails."""
        return printed_apart(self._settings, *arguments)

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.running, self.output.read_text("utf-8")
        try:
            return httpx.get(f"{self.url}/ready", timeout=5.0).status_code == 200
        except httpx.TransportError:
            return False


def _settings(server: Server, folder: Path, erpnext: ErpNext | None, public_url: str) -> list[str]:
    proxy = folder / "proxy.secret"
    proxy.touch(mode=0o600)
    proxy.write_text(server.proxy_secret, "utf-8")
    lines = [
        f'data = "{server.data}"',
        f'host = "{HOST}"',
        f"port = {server.port}",
        'office_phone = "450-555-0100"',
        f'public_url = "{public_url}"',
        f'pwa = "{built_app()}"',
    ]
    lines += ["[staff]", f'proxy_secret_file = "{proxy}"', f'proxy_addresses = ["{HOST}"]']
    if erpnext is not None:
        token = folder / "erpnext.token"
        token.touch(mode=0o600)
        token.write_text(erpnext.token, "utf-8")
        lines += ["[erpnext]", f'url = "{erpnext.url}"', f'token_file = "{token}"', "poll_s = 1.0"]
    return lines
