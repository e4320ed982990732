"""The shipped sync as a phone of the seam."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.given import MARC, NOW_MS
from tests.simulation.node.phone import Technician
from tests.simulation.node.process import NodeProcess, build
from tests.simulation.node.server import Server
from tests.simulation.node.world import a_visit
from tests.simulation.node_phone import NodePhone
from tests.simulation.phone import CrashedError, Draft, Phone, Response, State

DEVICE = "00000000-0000-7000-8000-0000000000d1"
NOTE = Draft("note", "job/00000000-0000-7000-8000-0000000000a1", {"text": "une"})


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    with NodeProcess(build(tmp_path)) as node:
        phone = NodePhone(node, DEVICE, "Marc", "seed")
        phone.set_clock(NOW_MS)
        phone.start()
        yield phone


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.document(NOTE.key, a_visit(MARC, billable=False))
    yield server
    server.close()


def exchange(phone: Phone, server: Server) -> None:
    request = phone.ask()
    if request:
        encoding = request.headers.get("Content-Encoding", "")
        status, body, headers = server.sync(Technician(MARC, "Marc"), request.body, encoding)
        phone.hear(Response(status, headers, body))


def test_a_tap_is_here_until_the_server_has_answered_it(phone: Phone, server: Server) -> None:
    exchange(phone, server)
    mutation = phone.tap(NOTE)
    before = phone.see()

    phone.ask()
    phone.hear(None)
    exchange(phone, server)

    assert [(each.id, each.state) for each in before.mutations] == [(mutation, State.HERE)]
    assert [each.state for each in phone.see().mutations] == [State.RECEIVED]
    assert mutation in server.mutations()


def test_while_a_request_is_out_there_is_no_other(phone: Phone) -> None:
    assert phone.ask() is not None
    assert phone.ask() is None


@pytest.mark.parametrize("kept", [True, False])
def test_a_phone_that_died_at_a_commit_has_it_only_when_it_was_kept(
    phone: Phone, kept: bool
) -> None:
    phone.crash_at(1, kept=kept)
    with pytest.raises(CrashedError):
        phone.tap(NOTE)
    with pytest.raises(CrashedError):
        phone.see()

    phone.start()

    assert len(phone.see().mutations) == kept


def test_a_copy_holds_what_was_kept_when_it_was_made(phone: Phone) -> None:
    mutation = phone.tap(NOTE)
    copy = phone.export()
    phone.tap(NOTE)

    phone.import_(copy)

    assert [each.id for each in phone.see().mutations] == [mutation]
