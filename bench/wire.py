"""A phone's connection, as lean as can be: the bench must not be what it measures."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import brotli
import msgspec

from backend.auth.session import COOKIE

# As a browser sends them; a proxy in front adds its own.
_HEAD: Final = (
    "POST /api/sync HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{gzip}"
    "X-Terrain: 1\r\nAccept-Encoding: gzip, deflate, br\r\nCookie: {cookie}={session}\r\n"
    "Content-Length: {length}\r\n\r\n"
)

_STREAM: Final = (
    "GET /api/events HTTP/1.1\r\nHost: {host}\r\nX-Terrain: 1\r\nCookie: {cookie}={session}\r\n\r\n"
)
_BEGINNING: Final = 2**17
_PLAIN: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "": bytes,
}


class Answer(NamedTuple):
    """What came back: the status, `Retry-After` in seconds, the body as it travelled."""

    status: int
    retry_after_s: float
    body: bytes
    encoding: str

    @property
    def beginning(self) -> bytes:
        """Enough of the body to see where the phone stands after it."""
        if self.encoding == "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(self.body, _BEGINNING)
        return _PLAIN[self.encoding](self.body)

    @property
    def reply(self) -> dict[str, Any]:
        """The body, read."""
        plain = _PLAIN[self.encoding](self.body)
        reply: dict[str, Any] = msgspec.json.decode(plain)
        return reply


class Connection:
    """One connection that is kept; `sent` counts every byte that went to the server's socket."""

    def __init__(self, url: str, session: str) -> None:
        self._host = urlsplit(url).netloc
        self._session = session
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.sent = 0

    async def open(self) -> None:
        """Connect anew: the server hangs up on whoever is silent for long."""
        self.close()
        host, _, port = self._host.partition(":")
        self._streams = await asyncio.open_connection(host, int(port), limit=2**22)

    async def post(self, body: bytes, *, gzip: bool) -> Answer:
        """Send a sync request's body, wait for the whole answer."""
        assert self._streams is not None  # noqa: S101  (opened)
        reader, writer = self._streams
        head = _HEAD.format(
            host=self._host,
            gzip="Content-Encoding: gzip\r\n" if gzip else "",
            cookie=COOKIE,
            session=self._session,
            length=len(body),
        ).encode()
        self.sent += len(head) + len(body)
        writer.write(head + body)
        return await _read(reader)

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def pokes(url: str, session: str) -> AsyncIterator[None]:
    """One for each poke that the server sends, until it ends the stream."""
    host = urlsplit(url).netloc
    reader, writer = await asyncio.open_connection(*host.split(":"))
    try:
        writer.write(_STREAM.format(host=host, cookie=COOKIE, session=session).encode())
        while line := await reader.readline():
            if line.startswith(b"event: poke"):
                yield
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:]) if k}
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        body = await _read_chunks(reader)
    wait_s = float(headers.get("retry-after", 0))
    return Answer(int(head[0].split()[1]), wait_s, body, headers.get("content-encoding", ""))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
