"""A TCP proxy between the phone and the server that can go dark, refuse, slow down and cut."""

import asyncio
import gzip
import math
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import StrEnum
from random import Random
from typing import Any, Final, NamedTuple, TypeVar

CHUNK_BYTES: Final = 16 * 1024
START_S: Final = 10.0
HOST: Final = "127.0.0.1"
SYNC: Final = "POST /api/sync"
_GZIP: Final = b"\x1f\x8b"

Result = TypeVar("Result")


class Signal(StrEnum):
    """What the network does. DARK lets connections be made and carries not one byte: a dead
    zone, not an unplugged cable. REFUSE resets every connection at once.
    """

    LIGHT = "light"
    DARK = "dark"
    REFUSE = "refuse"


class Shape(NamedTuple):
    """Delay of each direction (s), and bytes a second of each (None: as fast as it goes)."""

    delay_s: float = 0.0
    down_bytes_s: float | None = None
    up_bytes_s: float | None = None


# 150 ms round trip, 1,638 kbit/s down, 750 kbit/s up.
SLOW_4G: Final = Shape(0.075, 1_638_000 / 8, 750_000 / 8)
# One bar of signal: 400 ms round trip, 400 kbit/s both ways.
POOR: Final = Shape(0.2, 400_000 / 8, 400_000 / 8)


class Exchange:
    """One request that was carried to the server; instants are UTC ms, None: not (yet)."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.asked_at = _now_ms()
        self.answered_at: int | None = None
        self.cut_at: int | None = None
        self.body = bytearray()

    @property
    def is_push(self) -> bool:
        """Whether it is a sync that brings mutations."""
        if not self.line.startswith(SYNC):
            return False
        text = gzip.decompress(self.body) if self.body.startswith(_GZIP) else self.body
        return b'"mutations":[{' in text


class Proxy:
    """Carries one port to another, in a thread of its own; call it from any other thread."""

    def __init__(self, upstream_port: int) -> None:
        self.connections: list[int] = []
        self.exchanges: list[Exchange] = []
        self.shape = Shape()
        # The share of exchanges that do not end well: of the requests, and of the answers to the
        # rest, alike many. An answer is cut in its middle.
        self.loss = 0.0
        self._chance = Random(7)  # noqa: S311  (which exchanges: the same in every run)
        self._upstream_port = upstream_port
        self._signal = Signal.LIGHT
        self._lit = asyncio.Event()
        self._cut: Callable[[], None] | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """What the phone opens."""
        return f"http://{HOST}:{self.port}"

    def set(self, signal: Signal) -> None:
        """Change what the network does; connections of the former kind end, and what the dark
        swallowed never arrives.
        """
        self._call(self._set(signal))

    def cut_next(self, before: Callable[[], None] = lambda: None) -> None:
        """Throw away the answer to the next push, connection included.

        The server has begun to answer by then, so it has committed; `before` runs at that moment.
        """
        self._cut = before

    def asked(self, line: str = "") -> list[Exchange]:
        """The requests that were carried to the server, oldest first."""
        return [each for each in self.exchanges if each.line.startswith(line)]

    def close(self) -> None:
        """End every connection and the thread."""
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, HOST, 0)

    async def _set(self, signal: Signal) -> None:
        if signal is self._signal:
            return
        self._signal = signal
        # Going dark keeps connections open and silent; every other change resets them.
        if signal is Signal.DARK:
            self._lit = asyncio.Event()
            return
        self._lit.set()
        self._reset_all()

    async def _close(self) -> None:
        self._server.close()
        await self._set(Signal.REFUSE)
        carried = asyncio.all_tasks() - {asyncio.current_task()}
        if carried:
            await asyncio.wait(carried, timeout=START_S)

    def _reset_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(_now_ms())
        if self._signal is Signal.REFUSE:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            await _Carried(self, reader, writer).carry()
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the server. Raises OSError when it is down."""
        return await asyncio.open_connection(HOST, self._upstream_port)

    async def light(self) -> None:
        """At once while there is light; in the dark until it ends, and then ConnectionResetError:
        what was on its way in the dark is lost.
        """
        if self._signal is Signal.DARK:
            await self._lit.wait()
            raise ConnectionResetError

    def is_lost(self) -> bool:
        """Whether a lossy link loses what begins on it now, a request or an answer."""
        return self._chance.random() < 1 - math.sqrt(1 - self.loss)

    def is_cut(self, exchange: Exchange) -> bool:
        """Whether the answer to this exchange, which begins now, is to be thrown away."""
        if self._cut is None or not exchange.is_push:
            return False
        before, self._cut = self._cut, None
        exchange.cut_at = _now_ms()
        before()
        return True


class _Carried:
    """One connection of the phone, and the one to the server behind it."""

    def __init__(
        self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._current: Exchange | None = None

    async def carry(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._proxy.light()
            up_reader, up_writer = await self._proxy.connect()
            both = [
                asyncio.ensure_future(self._ask(up_writer)),
                asyncio.ensure_future(self._answer(up_reader)),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in both:
                    each.cancel()
                await asyncio.gather(*both, return_exceptions=True)
                up_writer.transport.abort()

    async def _ask(self, up: asyncio.StreamWriter) -> None:
        """HTTP/1.1 requests one after the other; browsers do not pipeline."""
        while True:
            head = await self._reader.readuntil(b"\r\n\r\n")
            await self._proxy.light()
            if self._proxy.is_lost():
                return
            self._current = Exchange(head.partition(b"\r\n")[0].decode("latin-1"))
            self._proxy.exchanges.append(self._current)
            await self._send(up, head, self._proxy.shape.up_bytes_s)
            left = _content_length(head)
            while left > 0:
                part = await self._reader.readexactly(min(left, CHUNK_BYTES))
                await self._proxy.light()
                self._current.body += part
                await self._send(up, part, self._proxy.shape.up_bytes_s)
                left -= len(part)

    async def _answer(self, up: asyncio.StreamReader) -> None:
        while part := await up.read(CHUNK_BYTES):
            await self._proxy.light()
            exchange = self._current
            if exchange is not None and exchange.answered_at is None:
                if self._proxy.is_cut(exchange):
                    return
                if self._proxy.is_lost():
                    await self._send(self._writer, part[: len(part) // 2], None)
                    return
                exchange.answered_at = _now_ms()
            await self._send(self._writer, part, self._proxy.shape.down_bytes_s)

    async def _send(self, to: asyncio.StreamWriter, part: bytes, bytes_s: float | None) -> None:
        shape = self._proxy.shape
        wait_s = shape.delay_s + (len(part) / bytes_s if bytes_s else 0.0)
        if wait_s:
            await asyncio.sleep(wait_s)
            await self._proxy.light()
        to.write(part)
        await to.drain()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
