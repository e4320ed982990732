"""Runs a day: phones live it, then everything arrives, then the books are opened."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

import httpx
import msgspec

from bench.corpus import Edit
from bench.day.phone import Book, Clock, DayPhone, Server
from bench.day.plan import DAY_S, Day, Sending
from bench.day.stage import ARRIVES_S, Stage
from bench.day.upstream import Books
from bench.encoder import Body, Offline, encode
from bench.outage.audit import Made
from bench.outage.plan import MORNING_S, SEED
from bench.phones import Phone, Told, told
from tests.e2e.processes import wait_for
from tests.faults.phones import now_ms

_FULL: Final = 100
_CONNECTIONS: Final = 20
# A check that ends has something to say to ERPNext, too: all three at once.
_WAITING: Final = """
    SELECT 1 FROM outbox WHERE fate IS NULL
    UNION ALL SELECT 1 FROM attachment
    UNION ALL SELECT 1 FROM cell WHERE path LIKE 'verifications/%'
    AND value NOT LIKE '%"state":"done"%' AND value NOT LIKE '%"state":"timeout"%'
"""


class Script(NamedTuple):
    """What one phone will do: its sendings, the edits in them, and the requests that say them."""

    phone: Phone
    sendings: list[Sending]
    edits: list[Edit]
    taps_ms: tuple[int, ...]
    bodies: list[Body]

    def told(self) -> list[Told]:
        """What it was told of each edit."""
        return told(self.phone, self.edits, self.bodies)

    def made(self, began_ms: int) -> Iterator[Made]:
        """Each change as it was sent."""
        ids = [id_ for body in self.bodies for id_ in body.ids]
        taps = [tap for each in self.sendings for tap in each.taps]
        for id_, tap, at_ms in zip(ids, taps, self.taps_ms, strict=True):
            yield Made(tap.visit, tap.change, id_, began_ms + at_ms)


class Lived(NamedTuple):
    """A day that is over: what was done, what the phones saw, what the site holds; `began_ms` is
    its morning, `drain_s` what it took after the evening until everything was on file."""

    scripts: list[Script]
    book: Book
    books: Books
    began_ms: int
    drain_s: float


async def live(stage: Stage, day: Day, seconds: float) -> Lived:
    """The day, and what it takes until ERPNext has all of it."""
    encoded_ms, speed = now_ms(), DAY_S / seconds
    scripts = await _scripts(stage, day, speed, encoded_ms)
    shift_ms, book = now_ms() - encoded_ms, Book(Counter(), Counter(), [])
    limits = httpx.Limits(max_connections=_CONNECTIONS)
    async with httpx.AsyncClient(base_url=stage.installation.url, limits=limits) as http:
        server = Server(stage.installation.url, http, book)
        stage.erpnext.tell("/_day/begin")
        clock = Clock(asyncio.get_running_loop().time(), shift_ms, speed)
        async with asyncio.TaskGroup() as group:
            for one, away in zip(scripts, day.absences, strict=True):
                phone = DayPhone(one.phone, one.sendings, one.bodies)
                group.create_task(phone.live(server, clock, away))
    began = time.monotonic()
    await asyncio.to_thread(_wait_until_filed, stage)
    drain_s = time.monotonic() - began
    for one in scripts:
        await _pull(one.phone)
    books = msgspec.json.decode(stage.erpnext.ask("/_day/books"), type=Books)
    return Lived(scripts, book, books, encoded_ms + shift_ms, drain_s)


async def _scripts(stage: Stage, day: Day, speed: float, encoded_ms: int) -> list[Script]:
    phones = [Phone(stage.installation.url, each) for each in stage.installation.handsets]
    for phone in phones:
        await _pull(phone)
    keys, chance = stage.keys(), Random(SEED)  # noqa: S311  (a bench, not a secret)
    scripts = []
    for number, phone in enumerate(phones):
        sendings = day.sendings(number)
        edits = list(_edits(sendings, keys, chance))
        scripts.append(Script(phone, sendings, edits, _taps_ms(sendings, speed), []))
    offline = [_offline(each, encoded_ms) for each in scripts]
    bodies = encode(offline, _FULL, [[len(s.taps) for s in one.sendings] for one in scripts])
    return [one._replace(bodies=each) for one, each in zip(scripts, bodies, strict=True)]


async def _pull(phone: Phone) -> None:
    await phone.wire.open()
    await phone.pull()
    phone.read()
    phone.wire.close()


def _edits(
    sendings: list[Sending], keys: dict[tuple[str, str], str], chance: Random
) -> Iterator[Edit]:
    for sending in sendings:
        for visit, change in sending.taps:
            name = visit.job if change.on == "job" else visit.location
            drawn = f"{chance.getrandbits(128):032x}"
            yield Edit(change.kind, keys[change.on, name], change.args, drawn)


def _taps_ms(sendings: list[Sending], speed: float) -> tuple[int, ...]:
    taps = (tap.change.at_s for each in sendings for tap in each.taps)
    return tuple(int((at_s - MORNING_S) * 1000 / speed) for at_s in taps)


def _offline(one: Script, encoded_ms: int) -> Offline:
    held = one.phone.handset
    return Offline(
        held.device, held.technician, one.phone.changes, one.edits, encoded_ms, one.taps_ms
    )


def _wait_until_filed(stage: Stage) -> None:
    wait_for("everything on file", lambda: not stage.server.rows(_WAITING), ARRIVES_S)
