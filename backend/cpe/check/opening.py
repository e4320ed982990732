"""Opens the sources that an installation names."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from backend.cpe.bridge.client import ModemBridge, open_bridge
from backend.cpe.check.acs import acs_sources
from backend.cpe.check.engine import Engine
from backend.cpe.check.modem import ModemWeb
from backend.cpe.check.olt import OltNow
from backend.cpe.check.source import Source
from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.oktopus import client as oktopus
from backend.cpe.oktopus.source import Oktopus
from backend.cpe.olt.source import open_olts
from backend.settings import Settings, read_secret


class Opened(NamedTuple):
    """The engine of checks, what its sources must have running, by name, for ever, and the bridge
    where there is one."""

    engine: Engine
    loops: dict[str, Callable[[], Awaitable[None]]]
    bridge: ModemBridge | None = None


@asynccontextmanager
async def opened_engine(settings: Settings) -> AsyncIterator[Opened]:
    """What is under way ends with the context. Without any source checks end at once, with what
    the technician measured himself. Raises ValueError for a secret that is not there."""
    loops: dict[str, Callable[[], Awaitable[None]]] = {}
    async with AsyncExitStack() as stack:
        bridge = await _bridge(settings, stack)
        sources = await _acs(settings, bridge, stack)
        if settings.olt:
            olts = open_olts(settings)
            stack.push_async_callback(olts.close)
            sources.append(OltNow(olts))
            loops["olt-index"] = olts.keep_indexed
        sources.append(await _oktopus(settings, stack))
        engine = Engine(sources)
        stack.push_async_callback(engine.close)
        yield Opened(engine, loops, bridge)


async def _bridge(settings: Settings, stack: AsyncExitStack) -> ModemBridge | None:
    if not settings.bridge.url:
        return None
    secret = read_secret(settings.bridge.secret_file)
    return ModemBridge(await stack.enter_async_context(open_bridge(settings.bridge.url, secret)))


async def _oktopus(settings: Settings, stack: AsyncExitStack) -> Oktopus:
    asked, now = settings.oktopus, partial(datetime.now, UTC)
    if not asked.is_on:
        return Oktopus(None, asked.endpoint, now)
    credentials = oktopus.Credentials(asked.email, read_secret(asked.password_file))
    http = await stack.enter_async_context(oktopus.open_http(asked.url))
    return Oktopus(oktopus.Controller(http, credentials), asked.endpoint, now)


async def _acs(
    settings: Settings, bridge: ModemBridge | None, stack: AsyncExitStack
) -> list[Source]:
    """The ACS; and the modems' own pages, where it calls them."""
    if not settings.genieacs.url:
        return []
    http = await stack.enter_async_context(open_http(settings.genieacs.url))
    acs = GenieAcs(Nbi(http))
    stack.push_async_callback(acs.close)
    sources: list[Source] = [*acs_sources(acs)]
    if bridge is not None:
        sources.append(ModemWeb(bridge, acs))
    return sources
