"""`terrain doctor` names what is wrong with a deployment, and says how to mend it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backend.cli import main
from backend.operations.doctor.findings import (
    Level,
    backup_line,
    clock_line,
    disk_line,
    has_wal_reset_bug,
    schema_line,
)

HOUR_MS = 3_600_000
MIB = 1024**2


class Careless(BaseHTTPRequestHandler):
    """A proxy and board that believe `X.authentik.email`, and an ERPNext that refuses our key."""

    def do_GET(self) -> None:
        """Answer."""
        believes = "X.authentik.email" in self.headers
        is_board = self.path.startswith("/board")
        self.send_response(200 if believes else 403 if is_board else 401)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def careless() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_deployment_with_faults_is_told_line_by_line(
    tmp_path: Path, careless: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token, secret, shared = (tmp_path / name for name in ("token", "proxy", "shared"))
    for each, mode in ((token, 0o600), (shared, 0o644)):
        each.write_text("key:very-secret", "utf-8")
        each.chmod(mode)
    config = tmp_path / "terrain.toml"
    config.write_text(
        f'data = "{tmp_path / "var"}"\npublic_url = "{careless}"\n'
        f'[erpnext]\nurl = "{careless}"\ntoken_file = "{token}"\n'
        f'[staff]\nproxy_secret_file = "{secret}"\n[monitor]\nsecret_file = "{shared}"\n',
        "utf-8",
    )

    status = main(["--config", str(config), "doctor"])

    said = capsys.readouterr().out
    faults = [line for line in said.splitlines() if line.startswith(Level.FAULT.value)]
    assert status == 1
    assert [line.split("  ")[1] for line in faults] == [
        str(tmp_path / "var"),
        str(secret),
        str(shared),
        "ERPNext",
        "/board/ + X.authentik.email",
    ]
    assert "others may read this secret: chmod 600" in said
    assert "very-secret" not in said


def test_a_new_installation_without_faults_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terrain.toml"
    config.write_text(f'data = "{tmp_path / "var"}"\npublic_url = "https://127.0.0.1:1"\n', "utf-8")
    assert main(["--config", str(config), "upgrade"]) == 0

    assert main(["--config", str(config), "doctor"]) == 0
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ("3.40.1", True),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.52.0", False),
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.50.7", False),
        ("3.45.0", True),
    ],
)
def test_the_versions_of_sqlite_with_the_wal_reset_bug_are_known(
    version: str, has_it: bool
) -> None:
    assert has_wal_reset_bug(version) is has_it


def test_each_limit_is_a_fault_only_beyond_it() -> None:
    limit, now = 3 * HOUR_MS, 100 * HOUR_MS
    found = [
        disk_line(1024 * MIB, 1024 * MIB, 256 * MIB),
        disk_line(1023 * MIB, 1024 * MIB, 256 * MIB),
        disk_line(255 * MIB, 1024 * MIB, 256 * MIB),
        clock_line(60.0, "ERPNext"),
        clock_line(-61.0, "ERPNext"),
        backup_line(now - limit, now, limit),
        backup_line(now - limit - 1, now, limit),
        backup_line(0, now, limit),
        schema_line("0011", "0012"),
    ]

    faults = [each.level is Level.FAULT for each in found]
    assert faults == [False, True, True, False, True, False, True, True, True]
    assert "phones keep their work" in found[2].en
