"""Writes and syncs of the running server that fail: what it says while they do is true."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.processes import ErpNext, Server
from tests.faults.phones import Phone, Refusal, enrolled, push_all
from tests.faults.strace import failing

pytestmark = pytest.mark.xdist_group("disk errors")

IO_ERROR = (503, "storage-failed")
NO_SPACE = (507, "disk-full")


class World(NamedTuple):
    """A running installation, and phones that do not send again what was refused."""

    server: Server
    phones: list[Phone]
    log: Path

    @property
    def refusals(self) -> set[Refusal]:
        """Every refusal so far."""
        return {each for phone in self.phones for each in phone.refusals}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all of it: each fault finds it as the one before left it."""
    folder = tmp_path_factory.mktemp("errors")
    erpnext = ErpNext(folder)
    server = Server(folder, erpnext)
    with ExitStack() as ends:
        ends.callback(erpnext.close)
        ends.callback(server.kill)
        server.start()
        phones = ends.enter_context(enrolled(server, "TECH-001", patient=False))
        erpnext.be_away()
        yield World(server, phones, folder / "injected")
        server.stop()


@pytest.mark.parametrize(
    ("injection", "answer"),
    [
        ("fdatasync:error=EIO:when=2+3", IO_ERROR),
        ("pwrite64:error=EIO:when=20+301", IO_ERROR),
        ("pwrite64:error=ENOSPC:when=20+301", NO_SPACE),
        ("fdatasync:error=EIO", IO_ERROR),
        ("pwrite64:error=ENOSPC", NO_SPACE),
    ],
)
def test_what_the_disk_did_not_take_is_refused_and_not_there(
    injection: str, answer: tuple[int, str], world: World
) -> None:
    before = world.refusals

    with failing(world.server.pid, injection, files(world), world.log):
        push_all(world.phones, 6)
        pulled = world.phones[0].sync_nothing()
    refused = world.refusals - before
    push_all(world.phones, 1)

    assert {(each.status, each.code) for each in refused} == {answer}
    assert pulled.status_code == 200
    assert world.refusals == before | refused
    check_promises(world)


def test_a_checkpoint_that_fails_refuses_nobody(world: World) -> None:
    before = world.refusals

    with failing(world.server.pid, "pwrite64:error=EIO", [world.server.database], world.log):
        push_all(world.phones, 10)

    assert "INJECTED" in world.log.read_text("utf-8")
    assert world.refusals == before
    check_promises(world)


def check_promises(world: World) -> None:
    """What was acknowledged is there, what was refused is not, and the database is whole."""
    kept = {id_ for (id_,) in world.server.rows("SELECT id FROM mutation WHERE seq > 0")}
    refused = {id_ for each in world.refusals for id_ in each.ids}

    assert kept == {id_ for phone in world.phones for id_ in phone.verdicts}
    assert not kept & refused
    assert world.server.rows("PRAGMA integrity_check") == [("ok",)]


def files(world: World) -> list[Path]:
    """The database and its log."""
    return [world.server.database, Path(f"{world.server.database}-wal")]
