"""The worker of a run, towards an ERPNext with which things go wrong."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.given import MARC, NOW_MS, cells_of
from tests.simulation import books
from tests.simulation.drafts import JOBS
from tests.simulation.erpnext import LONGEST, Ill, Mishap
from tests.simulation.phone import Technician
from tests.simulation.server import Server
from tests.simulation.twin import TwinPage

DEVICE = "00000000-0000-7000-8000-0000000000d1"
WHO = Technician(MARC, "Marc")
LATER_MS = 300_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture
def server(made: Server) -> Server:
    made.begin("run")
    return made


def note(server: Server) -> None:
    page = TwinPage("p1", WHO)
    page.set_clock(NOW_MS)
    page.open(DEVICE, "seed")
    page.tap({"kind": "note", "key": JOBS[0], "args": {"text": "une"}})
    request = page.next()
    assert request
    page.answer(request, server.sync(WHO, request.body, request.encoding))


@pytest.mark.parametrize("ill", [Ill.UNANSWERED, Ill.DIED, Ill.DIES])
@pytest.mark.parametrize("step", range(0, 6, 2))
def test_whatever_is_cut_off_a_note_comes_to_stand_once(
    server: Server, step: int, ill: Ill
) -> None:
    note(server)

    server.deliver(Mishap(step, ill))
    server.now_ms += LATER_MS
    server.deliver()

    assert server.erpnext.document(JOBS[0])["tech_notes"].count("une") == 1
    assert server.read(books.unfiled) == []


def test_what_the_site_drops_in_silence_is_not_on_file(server: Server) -> None:
    note(server)

    server.deliver(Mishap(0, Ill.NOT_KEPT))

    assert len(server.read(books.unfiled)) == 1


def test_an_edit_that_is_committed_late_is_read_though_a_newer_one_was(server: Server) -> None:
    server.erpnext.edit(JOBS[0], {"subject": "ancien"}, late=True)
    server.now_ms += LONGEST // timedelta(milliseconds=1)
    server.erpnext.edit(JOBS[1], {"subject": "nouveau"})
    server.poll()

    server.erpnext.commit_all()
    server.poll()

    assert server.read(lambda conn: cells_of(conn, JOBS[0]))["subject"] == "ancien"
