"""A disk of three megabytes that fills: pushes are refused, the day stays open, nothing is lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.processes import ErpNext, Server
from tests.faults.phones import Phone, enrolled

BATCHES = 200  # many more than either disk holds


def test_a_full_disk_refuses_pushes_until_there_is_room_without_a_restart(tmp_path: Path) -> None:
    with installed(tmp_path, "3m", "reserve_mib = 0") as (server, phone):
        fill(phone)
        taken = set(phone.verdicts)
        day, pulled = phone.http.get("/t/"), phone.sync_nothing()
        mount(server.data, "remount,size=16m")
        phone.push()

        assert taken
        assert refusals(phone) == [(507, "disk-full", "SQLITE_FULL")]
        assert (day.status_code, pulled.status_code) == (200, 200)
        assert set(phone.verdicts) > taken
        assert kept(server) == set(phone.verdicts)


def test_phones_leave_the_reserve_of_the_disk_alone(tmp_path: Path) -> None:
    with installed(tmp_path, "8m", "reserve_mib = 3") as (server, phone):
        fill(phone)
        free = shutil.disk_usage(server.data).free
        mount(server.data, "remount,size=16m")
        phone.push()

        assert refusals(phone) == [(507, "disk-full", "reserve")]
        assert 2**20 < free < 3 * 2**20
        assert kept(server) == set(phone.verdicts)


@contextmanager
def installed(folder: Path, size: str, setting: str) -> Iterator[tuple[Server, Phone]]:
    """A running server whose data folder is a disk of its own, and one phone."""
    erpnext = ErpNext(folder, "--small")
    server = Server(folder, erpnext, settings=[setting])
    server.data.mkdir()
    with ExitStack() as ends:
        ends.callback(erpnext.close)
        mount(server.data, f"size={size}")
        ends.callback(unmount, server.data)
        ends.callback(server.kill)
        server.start()
        phones = ends.enter_context(enrolled(server, "TECH-001", patient=False))
        erpnext.be_away()
        yield server, phones[0]


def fill(phone: Phone) -> None:
    """Push until the first refusal."""
    for _ in range(BATCHES):
        if phone.refusals:
            return
        phone.push()


def refusals(phone: Phone) -> list[tuple[int, str, str]]:
    """Status, code and detail of each refusal."""
    return [(each.status, each.code, each.reason) for each in phone.refusals]


def kept(server: Server) -> set[str]:
    """The mutations in a whole database."""
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
    return {id_ for (id_,) in server.rows("SELECT id FROM mutation WHERE seq > 0")}


def mount(folder: Path, options: str) -> None:
    """A disk in memory, or another size for the one that is there."""
    if os.geteuid():
        pytest.skip("only root may mount a disk of three megabytes")
    done = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    if done.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr.strip()}")


def unmount(folder: Path) -> None:
    """Take the disk away."""
    assert run("umount", str(folder)).returncode == 0


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the system."""
    found = shutil.which(program)
    assert found is not None, program
    return subprocess.run(  # noqa: S603  (our own arguments)
        [found, *arguments], capture_output=True, text=True, check=False, timeout=30
    )
