"""The twin and the shipped sync, played side by side: the same day gives the same screens."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.given import MARC, NOW_MS
from tests.simulation.node.drafts import CONTACT, JOBS, draft, office_change
from tests.simulation.node.phone import Technician
from tests.simulation.node.process import NodeProcess, build
from tests.simulation.node.server import Server
from tests.simulation.node.world import a_visit
from tests.simulation.node_phone import NodePhone
from tests.simulation.phone import CrashedError, Draft, Phone, Request, Response
from tests.simulation.twin import TwinPhone

DEVICE: Final = "00000000-0000-7000-8000-0000000000d1"
WHO: Final = Technician(MARC, "Marc")
STEPS: Final = 40
_REQUESTS: Final = 9


class Side(NamedTuple):
    """One phone, its own server, and the ids of its taps in order."""

    phone: Phone
    server: Server
    taps: list[str]

    def send(self, *, answered: bool = True, arrives: bool = True) -> Request | None:
        """One round trip, or what the network leaves of it."""
        request = self.phone.ask()
        if request is None:
            return None
        answer = None
        if arrives:
            encoding = request.headers.get("Content-Encoding", "")
            status, body, headers = self.server.sync(WHO, request.body, encoding)
            answer = Response(status, headers, body)
        self.phone.hear(answer if answered else None)
        return request

    def drain(self) -> None:
        """Answer until everything is said."""
        for _ in range(_REQUESTS):
            if self.send() is None:
                return

    def screen(self) -> Any:
        """What the person sees, each tap by its place among the taps."""
        seen = self.phone.see()
        text = json.dumps([[each[:2] for each in seen.mutations], seen.rows], sort_keys=True)
        for number, id_ in enumerate(self.taps):
            text = text.replace(id_, f"tap-{number:03}")
        return json.loads(text)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("node"))


@pytest.fixture
def sides(program: Path, tmp_path: Path) -> Iterator[list[Side]]:
    servers = [_server(tmp_path / name) for name in ("twin", "node")]
    with NodeProcess(program) as node:
        phones: list[Phone] = [
            TwinPhone(DEVICE, "Marc", "seed"),
            NodePhone(node, DEVICE, "Marc", "seed"),
        ]
        for phone in phones:
            phone.set_clock(NOW_MS)
            phone.start()
        yield [Side(phone, server, []) for phone, server in zip(phones, servers, strict=True)]
    for server in servers:
        server.close()


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_twin_shows_what_the_shipped_sync_shows(sides: list[Side], seed: int) -> None:
    chance = random.Random(seed)

    for step in range(STEPS):
        act = chance.choice(_ACTS)
        acting = chance.random()
        for side in sides:
            act(side, random.Random(f"{step}/{acting}"))

        first, second = (side.screen() for side in sides)
        assert first == second, (seed, step, act.__name__)


def _server(folder: Path) -> Server:
    folder.mkdir()
    server = Server(folder)
    server.begin("epoch")
    server.document(CONTACT, {"full_name": "Anne", "phone": "450-555-0100"})
    for at, job in enumerate(JOBS):
        server.document(job, a_visit(MARC, billable=at == 0))
    server.back_up()
    return server


def _tap(side: Side, chance: random.Random) -> None:
    side.taps.append(side.phone.tap(Draft(**draft(chance))))


def _sync(side: Side, _chance: random.Random) -> None:
    side.drain()


def _answer_lost(side: Side, _chance: random.Random) -> None:
    side.send(answered=False)


def _request_lost(side: Side, _chance: random.Random) -> None:
    side.send(answered=False, arrives=False)


def _office(side: Side, chance: random.Random) -> None:
    side.server.document(*office_change(chance))


def _file(side: Side, _chance: random.Random) -> None:
    while side.server.deliver():
        pass


def _restore(side: Side, _chance: random.Random) -> None:
    side.server.restore()


def _crash(side: Side, chance: random.Random) -> None:
    side.phone.crash_at(1, kept=False)
    with pytest.raises(CrashedError):
        side.phone.tap(Draft(**draft(chance)))
    side.phone.start()


_ACTS: Final[tuple[Callable[[Side, random.Random], None], ...]] = (
    *(_tap, _tap, _tap, _sync, _sync, _answer_lost, _request_lost),
    *(_office, _file, _crash, _restore),
)
