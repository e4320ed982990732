"""Serves the simulated ACS on a socket of its own: reason phrases and a worker that dies are of the
wire, and no web framework gives them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from backend.simulators.genieacs.acs import Acs
from backend.simulators.genieacs.nbi import Reply, WorkerDiedError, answer

RESPAWN_S: Final = 3.0
DRIP_S: Final = 1.0
LARGEST_BODY: Final = 1024 * 1024


class GenieAcsSimulator:
    """The northbound interface of an ACS. `asked` is every request, `METHOD /target`."""

    def __init__(self, acs: Acs) -> None:
        self.acs = acs
        self.asked: list[str] = []
        self.drips = False  # a space now and then, for ever
        self.rewrite: Callable[[Reply], Reply] = lambda reply: reply
        self._server: asyncio.Server | None = None
        self._place = ("127.0.0.1", 0)
        self._respawning: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def served(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Listen (on a free port unless one is named); gives the base URL."""
        self._place = (host, port)
        await self._listen()
        try:
            yield f"http://{self._place[0]}:{self._place[1]}"
        finally:
            if self._respawning:
                self._respawning.cancel()
            self._stop()
            await self.acs.close()

    async def _listen(self) -> None:
        host, port = self._place
        self._server = await asyncio.start_server(self._serve, host, port)
        self._place = (host, self._server.sockets[0].getsockname()[1])

    def _stop(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, target, body = await _request(reader)
            self.asked.append(f"{method} {target}")
            if self.drips:
                await _drip(writer)
            reply = self.rewrite(await answer(self.acs, method, target, body))
            writer.write(_wire(reply, is_head=method == "HEAD"))
            await writer.drain()
        except WorkerDiedError:
            self._stop()
            self._respawning = asyncio.create_task(self._respawn())
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _respawn(self) -> None:
        await self.acs.pause(RESPAWN_S)
        await self._listen()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {LARGEST_BODY}\r\n\r\n".encode())
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = min(int(headers.get("content-length", "0")), LARGEST_BODY)
    method, target, _ = first.split(" ")
    return method, target, await reader.readexactly(length)


def _wire(reply: Reply, *, is_head: bool) -> bytes:
    body = b"" if is_head else reply.body.encode()
    headers = {**reply.headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {reply.status} {reply.reason}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
