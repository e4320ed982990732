"""Opens the sources that an installation names."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from backend.cpe.bridge.client import ModemBridge, open_bridge
from backend.cpe.check.acs import acs_sources
from backend.cpe.check.engine import Engine
from backend.cpe.check.modem import ModemWeb
from backend.cpe.check.olt import OltNow
from backend.cpe.check.source import Source
from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.olt.source import opened_olts
from backend.settings import Settings, read_secret


@asynccontextmanager
async def opened_engine(settings: Settings) -> AsyncIterator[Engine]:
    """The engine of checks; what is under way ends with the context. Without any source checks
    end at once, with what the technician measured himself."""
    sources: list[Source] = []
    async with AsyncExitStack() as stack:
        if settings.genieacs.url:
            http = await stack.enter_async_context(open_http(settings.genieacs.url))
            acs = GenieAcs(Nbi(http))
            stack.push_async_callback(acs.close)
            sources += acs_sources(acs)
            if settings.bridge.url:
                secret = read_secret(settings.bridge.secret_file)
                bridge = open_bridge(settings.bridge.url, secret)
                await stack.enter_async_context(bridge)
                sources.append(ModemWeb(ModemBridge(bridge), acs))
        if settings.olt:
            sources.append(OltNow(await stack.enter_async_context(opened_olts(settings))))
        engine = Engine(sources)
        stack.push_async_callback(engine.close)
        yield engine
