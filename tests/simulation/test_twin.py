"""The twin and the shipped sync, played side by side: the same day gives the same screens."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.given import MARC, NOW_MS
from tests.simulation.drafts import draft, office_change
from tests.simulation.node.phone import NodeDriver
from tests.simulation.node.process import NodeProcess, build
from tests.simulation.phone import Driver, Page, Request, Response, Technician
from tests.simulation.server import Server
from tests.simulation.twin import TwinDriver

DEVICE: Final = "00000000-0000-7000-8000-0000000000d1"
WHO: Final = Technician(MARC, "Marc")
STEPS: Final = 40
_REQUESTS: Final = 9
# States that hang on time alone are one to a twin.
_SHOWN: Final = {"sending": "local", "retry": "local", "office_late": "received"}


class Side(NamedTuple):
    """One phone, its own server, the ids of its taps in order, and how often it was opened."""

    phone: Page
    server: Server
    taps: list[str]
    lives: list[bytes]

    def open(self, day: bytes = b"") -> None:
        """Open the app over what it kept; each life has random bytes of its own."""
        self.lives.append(day)
        self.phone.open(DEVICE, f"seed/{len(self.lives)}", day)

    def send(self, *, answered: bool = True, arrives: bool = True) -> Request | None:
        """One round trip, or what the network leaves of it."""
        request = self.phone.next()
        if request is None:
            return None
        answer = self.server.sync(WHO, request.body, request.encoding) if arrives else None
        if answer and answered:
            self.phone.answer(request, answer)
        else:
            self.phone.fail(request)
        return request

    def drain(self) -> None:
        """Answer until there is nothing more to say."""
        for _ in range(_REQUESTS):
            self.send()

    def screen(self) -> Any:
        """What the person sees, each tap by its place among the taps."""
        seen = self.phone.see()
        items = [[item["id"], _SHOWN.get(item["state"], item["state"])] for item in seen["items"]]
        conflicts = sorted(each["key"] for each in seen["conflicts"])
        text = json.dumps([items, seen["rows"], conflicts], sort_keys=True)
        for number, id_ in enumerate(self.taps):
            text = text.replace(id_, f"tap-{number:03}")
        return json.loads(text)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("node"))


@pytest.fixture
def sides(program: Path, tmp_path: Path) -> Iterator[list[Side]]:
    with NodeProcess(program) as node:
        drivers: dict[str, Driver] = {"twin": TwinDriver(), "node": NodeDriver(node)}
        both = [_side(driver, tmp_path / name) for name, driver in drivers.items()]
        yield both
    for side in both:
        side.server.close()


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_twin_shows_what_the_shipped_sync_shows(sides: list[Side], seed: int) -> None:
    chance = random.Random(seed)

    for step in range(STEPS):
        act = chance.choice(_ACTS)
        acting = chance.random()
        for side in sides:
            act(side, random.Random(f"{step}/{acting}"))

        first, second = (side.screen() for side in sides)
        assert first == second, (seed, step, act.__name__)


def _side(driver: Driver, folder: Path) -> Side:
    folder.mkdir()
    server = Server(folder)
    server.begin("epoch")
    server.back_up()
    side = Side(driver.page("p1", "first", WHO), server, [], [])
    side.phone.set_clock(NOW_MS)
    side.open()
    return side


def _tap(side: Side, chance: random.Random) -> None:
    side.taps.append(side.phone.tap(draft(chance)))


def _sync(side: Side, _chance: random.Random) -> None:
    side.drain()


def _answer_lost(side: Side, _chance: random.Random) -> None:
    side.send(arrives=False, answered=False)  # one may be out that is older than the last tap
    side.send(answered=False)


def _request_lost(side: Side, _chance: random.Random) -> None:
    side.send(answered=False, arrives=False)


def _office(side: Side, chance: random.Random) -> None:
    side.server.erpnext.edit(*office_change(chance))
    side.server.poll()


def _file(side: Side, _chance: random.Random) -> None:
    while side.server.deliver():
        pass


def _restore(side: Side, _chance: random.Random) -> None:
    side.server.restore()


def _crash(side: Side, chance: random.Random) -> None:
    side.phone.befall(1, "lost")
    side.phone.tap(draft(chance))
    side.open()


def _return(side: Side, _chance: random.Random) -> None:
    side.phone.kill()
    side.open(side.server.day(WHO))


def _evict(side: Side, _chance: random.Random) -> None:
    side.phone.evict()
    side.open(side.server.day(WHO))


def _set_back(side: Side, chance: random.Random) -> None:
    copy = side.phone.exported()
    side.taps.append(side.phone.tap(draft(chance)))
    side.drain()
    side.phone.import_(copy)
    side.open()


def _revoke(side: Side, _chance: random.Random) -> None:
    request = side.phone.next()
    if request:
        side.phone.answer(request, Response(401, b'{"error":"revoked"}'))
    side.phone.kill()
    side.open()


def _abandon(side: Side, _chance: random.Random) -> None:
    refused = [each for each in side.phone.see()["items"] if each["state"] == "rejected"]
    for item in refused[:1]:
        side.phone.abandon(item["id"])


_ACTS: Final[tuple[Callable[[Side, random.Random], None], ...]] = (
    *(_tap, _tap, _tap, _sync, _sync, _answer_lost, _request_lost, _office, _file, _crash),
    *(_restore, _return, _evict, _set_back, _revoke, _abandon),
)
