"""The forward proxy of one page: it carries plain HTTP to one modem, and nothing else.

A page's redirects, frames, workers and beacons all come here, because the browser has no other way
out. CONNECT is refused, and with it every WebSocket.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

HEAD_BYTES: Final = 32 * 1024
BODY_BYTES: Final = 256 * 1024
ANSWER_BYTES: Final = 2 * 1024 * 1024
WHOLE_BYTES: Final = 16 * 1024 * 1024  # of one check
CONNECT_S: Final = 4.0
PART_BYTES: Final = 64 * 1024
REFUSED: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NO_MODEM: Final = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CUT: Final = (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
# Of this hop alone (RFC 9110 section 7.6.1).
_HOP: Final = frozenset(("connection", "proxy-connection", "proxy-authorization", "keep-alive"))


class Gate:
    """Carries to one origin (`http://10.20.0.5`); remembers what went wrong."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.led_elsewhere = False
        self.unreachable = False
        self.overflowed = False
        self._carried = 0
        self._carrying: set[asyncio.Task[None]] = set()
        self.url = ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Gate"]:
        """Listen on a free port of loopback as long as the context lasts."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD_BYTES)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            await self._end()

    async def _end(self) -> None:
        """A modem that says nothing more would hold its connection for ever."""
        for each in self._carrying:
            each.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying = asyncio.create_task(self._connection(reader, writer))
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(*_CUT):
                await self._carry(reader, writer)
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, if it is for the modem."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ", 2)
        length = _length(lines)
        if not self._is_modem(method, target) or length is None:
            # CONNECT comes of Chromium itself too, which likes to call its maker.
            self.led_elsewhere |= method != "CONNECT"
            writer.write(REFUSED)
            await writer.drain()
            return
        asked = _head(method, target, lines) + await reader.readexactly(length)
        await self._ask(asked, writer)

    async def _ask(self, asked: bytes, writer: asyncio.StreamWriter) -> None:
        """Send it to the modem, and the answer back."""
        try:
            async with asyncio.timeout(CONNECT_S):
                answering, modem = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError):
            self.unreachable = True
            writer.write(NO_MODEM)
            await writer.drain()
            return
        try:
            modem.write(asked)
            await modem.drain()
            await self._answer(answering, writer)
        finally:
            modem.close()

    def _is_modem(self, method: str, target: str) -> bool:
        parts = urlsplit(target)
        is_there = (parts.hostname, parts.port or 80) == (self._host, self._port)
        return method in ("GET", "POST") and parts.scheme == "http" and is_there

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay until the modem closes; past the bounds, cut."""
        left = ANSWER_BYTES
        while part := await reader.read(PART_BYTES):
            left -= len(part)
            self._carried += len(part)
            if left < 0 or self._carried > WHOLE_BYTES:
                self.overflowed = True
                return
            writer.write(part)
            await writer.drain()


def _length(lines: list[str]) -> int | None:
    """Of the body, None for one that is not taken."""
    headers = {name.lower(): value.strip() for name, _, value in (n.partition(":") for n in lines)}
    length = headers.get("content-length", "0")
    is_fit = length.isascii() and length.isdigit() and int(length) <= BODY_BYTES
    return int(length) if is_fit and "transfer-encoding" not in headers else None


def _head(method: str, target: str, lines: list[str]) -> bytes:
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [line for line in lines if line.partition(":")[0].lower() not in _HOP]
    head = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
    return "\r\n".join(head).encode("latin-1")
