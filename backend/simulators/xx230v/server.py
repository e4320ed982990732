"""Puts a simulated modem on a socket, with what goes wrong on the wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from backend.simulators.xx230v.modem import Answer, Modem, Request

BODY_BYTES: Final = 256 * 1024
FILLING: Final = b"<!-- " + b"x" * 65_536 + b" -->"


@asynccontextmanager
async def served(modem: Modem, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve a modem on an address; gives the port (a free one for 0)."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer(modem, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(carry, host, port, limit=BODY_BYTES)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _answer(modem: Modem, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await _request(reader)
    if modem.mood.slow_s:
        await asyncio.sleep(modem.mood.slow_s)
    if modem.mood.endless:
        await _never_end(writer)
    answer = modem.answer(request)
    writer.write(_head(answer) + answer.body.encode())
    await writer.drain()


async def _never_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(FILLING)
        await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = min(int(headers.get("content-length", "0")), BODY_BYTES)
    body = await reader.readexactly(length)
    return Request(method, path, headers, body.decode("latin-1"))


def _head(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body.encode())}",
        *(f"{name}: {value}" for name, value in answer.headers),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
