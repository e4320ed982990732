"""Runs ASGI apps in this process's event loop on granian, and stops them within two seconds."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from backend.errors import AppError

# Streams count against it: one for every phone that is awake, and as many again.
BACKPRESSURE: Final = 2048
HEADER_MS: Final = 15_000


class Site(NamedTuple):
    """One ASGI app and where it listens."""

    app: Any
    host: str
    port: int


class PortBusy(AppError):
    """Somebody else listens there."""

    code = "port-busy"
    status = 409


def check_port(host: str, port: int) -> None:
    """Raise PortBusy when the address cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortBusy(f"{host}:{port}") from error


def stopped_by_signal() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def run(
    sites: Sequence[Site], ready: Callable[[], Awaitable[None]], stopping: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM. `ready` runs once all listen; `stopping` ends open streams,
    without which granian waits for them (https://github.com/emmett-framework/granian).
    """
    for site in sites:
        check_port(site.host, site.port)
    stop = stopped_by_signal()
    servers = [_server(site) for site in sites]
    serving = [asyncio.create_task(server.serve()) for server in servers]
    opening = asyncio.create_task(_opening(ready))
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *serving], return_when=asyncio.FIRST_COMPLETED)
    stopping()
    opening.cancel()
    waiting.cancel()
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    await asyncio.gather(*serving, opening, return_exceptions=True)


async def _opening(ready: Callable[[], Awaitable[None]]) -> None:
    await ready()


def _server(site: Site) -> Server:
    return Server(
        site.app,
        address=site.host,
        port=site.port,
        interface=Interfaces.ASGI,
        backpressure=BACKPRESSURE,
        websockets=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS),
    )
