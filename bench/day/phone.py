"""A phone over the day: it taps, sends, is told, goes without network, and comes back."""

import asyncio
import base64
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Final, NamedTuple

import httpx
import msgspec

from bench.day.photos import photo_of, send
from bench.day.plan import Sending, Span, Tap
from bench.encoder import Body
from bench.outage.plan import MORNING_S
from bench.phones import Phone
from bench.wire import Answer, pokes

# pwa/src/sync/drain.ts: a poke reaches many phones at once.
_POKE_SPREAD_S: Final = 0.5
_AGAIN_S: Final = 1.0
_CUT: Final = (OSError, EOFError)


class Clock(NamedTuple):
    """The day on the event loop's clock: `began` is its morning there, `shift_ms` how long before
    the phones encoded what they will say, `speed` how many seconds of the day one second is."""

    began: float
    shift_ms: int
    speed: float

    def real(self, at_s: float) -> float:
        """The loop's time at that second of the day."""
        return self.began + (at_s - MORNING_S) / self.speed


class Book(NamedTuple):
    """What all phones saw: the statuses of answers, how often a connection ended under a request,
    and how long each tap with network waited for its verdict (s)."""

    statuses: Counter[int]
    cuts: Counter[str]
    waited_s: list[float]


class Server(NamedTuple):
    """Where phones go, the client that carries their photos, and what they see there."""

    url: str
    http: httpx.AsyncClient
    book: Book


class DayPhone:
    """One technician's phone. `bodies` are its requests as the morning encoded them; what it had
    pulled when it tapped, only the day can tell."""

    def __init__(self, phone: Phone, sendings: Sequence[Sending], bodies: Sequence[Body]) -> None:
        self.phone = phone
        self._turns = list(zip(sendings, bodies, strict=True))
        self._alone = asyncio.Lock()
        self._photos: list[asyncio.Task[None]] = []
        self._chance = Random(phone.handset.device)  # noqa: S311  (a bench, not a secret)

    async def live(self, server: Server, clock: Clock, absences: Sequence[Span]) -> None:
        """The whole day; ends when all is said and every photo has arrived."""
        for begin, end in (*absences, (float("inf"), float("inf"))):
            async with self._online(server):
                while self._turns and self._turns[0][0].at_s < begin:
                    await self._say(server, clock, *self._turns.pop(0))
                if self._turns:
                    await _until(clock.real(begin))
            if self._turns:
                await _until(clock.real(end))
        await asyncio.gather(*self._photos)

    @asynccontextmanager
    async def _online(self, server: Server) -> AsyncIterator[None]:
        """With a stream of pokes, each of which makes the phone pull."""
        await self.phone.wire.open()
        listening = asyncio.create_task(self._listen(server))
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            self.phone.wire.close()

    async def _listen(self, server: Server) -> None:
        poked = asyncio.Event()
        pulling = asyncio.create_task(self._pull(server, poked))
        try:
            while True:
                try:
                    async for _ in pokes(server.url, self.phone.handset.session):
                        poked.set()
                except _CUT:
                    server.book.cuts["stream"] += 1
                await asyncio.sleep(_AGAIN_S)
        finally:
            pulling.cancel()

    async def _pull(self, server: Server, poked: asyncio.Event) -> None:
        while True:
            await poked.wait()
            await asyncio.sleep(self._chance.random() * _POKE_SPREAD_S)
            poked.clear()
            answer = await self._ask(server, self.phone.pull_page)
            if answer.status != httpx.codes.OK or self.phone.has_more:
                poked.set()

    async def _say(self, server: Server, clock: Clock, sending: Sending, body: Body) -> None:
        due = clock.real(sending.at_s)
        await _until(due)
        said = spoken(body, self.phone.cursor, self.phone.sequence, clock.shift_ms)
        answer = await self._ask(server, lambda: self.phone.push(said))
        while answer.status != httpx.codes.OK:
            await asyncio.sleep(max(_AGAIN_S, answer.retry_after_s))
            answer = await self._ask(server, lambda: self.phone.push(said))
        if not sending.was_away:
            server.book.waited_s.append(asyncio.get_running_loop().time() - due)
        for tap in sending.taps:
            if tap.change.kind == "photo":
                self._photos.append(asyncio.create_task(self._upload(server, tap)))

    async def _ask(self, server: Server, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """One request at a time; a connection that ended meanwhile is opened again."""
        async with self._alone:
            while True:
                try:
                    answer = await ask()
                except _CUT:
                    server.book.cuts["sync"] += 1
                    await self.phone.wire.open()
                else:
                    server.book.statuses[answer.status] += 1
                    return answer

    async def _upload(self, server: Server, tap: Tap) -> None:
        content, session = photo_of(tap.visit.number), self.phone.handset.session
        while True:
            try:
                statuses = await send(server.http, session, content)
            except httpx.TransportError:
                server.book.cuts["photo"] += 1
            else:
                server.book.statuses.update(statuses)
                if statuses[-1] == httpx.codes.NO_CONTENT:
                    return
            await asyncio.sleep(_AGAIN_S)


def spoken(body: Body, cursor: str, sequence: int, shift_ms: int) -> Body:
    """A request with what its phone had pulled when it was made, `shift_ms` later than planned."""
    plain = gzip.decompress(body.content) if body.gzip else body.content
    request = msgspec.json.decode(plain)
    request["cursor"] = cursor
    for each in request["mutations"]:
        each["base"] = sequence
        each["made_at"] += shift_ms
    said = msgspec.json.encode(request)
    content = gzip.compress(said) if body.gzip else said
    return Body(body.ids, body.gzip, base64.b64encode(content).decode())


async def _until(at: float) -> None:
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
