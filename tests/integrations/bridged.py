"""A bridge in front of simulated modems, each on a loopback address of its own."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx

from backend.cpe.report.sheet import sheet_page
from backend.modem_bridge.api import create_bridge_app
from backend.modem_bridge.bridge import Bridge, Drivers
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.protocol import Workers
from backend.settings import BridgeSettings, Settings
from backend.simulators.xx230v import Modem, Mood, served

NETWORK: Final = "127.64.0.0/24"
SECRET: Final = "simulated-secret"  # noqa: S105
PASSWORD: Final = "simulated-password"  # noqa: S105


class Bridged(NamedTuple):
    """The bridge's client, and the modems by address."""

    client: httpx.AsyncClient
    transport: httpx.ASGITransport
    bridge: Bridge
    modems: dict[str, Modem]
    port: int

    async def status(self, host: str) -> Any:
        """The answer to one check, with its HTTP status."""
        answer = await self.client.get(f"/modems/{host}/status")
        return answer.json() | {"http": answer.status_code}


def address(number: int) -> str:
    """Of the modem with this number, from 0 on."""
    return f"127.64.0.{20 + number}"


@asynccontextmanager
async def protocol_drivers() -> AsyncIterator[Drivers]:
    """Workers that are begun once for many bridges, and no browser."""
    drivers = Drivers(Workers(2), Chromium("", sandbox=False))
    yield drivers
    await drivers.workers.close()


@asynccontextmanager
async def bridged(
    folder: Path,
    moods: Sequence[Mood],
    *,
    drivers: Drivers,
    password: str = PASSWORD,
    port: int = 0,
) -> AsyncIterator[Bridged]:
    """Serve a modem for each mood, and a bridge that asks them all with one `password`."""
    async with AsyncExitStack() as stack:
        modems = {}
        for number, mood in enumerate(moods):
            modems[address(number)] = modem = Modem(mood=mood, clock=time.monotonic)
            port = await stack.enter_async_context(served(modem, address(number), port))
        app = create_bridge_app(_settings(folder, port, password), sheet_page, drivers)
        bridge: Bridge = app.state.bridge
        stack.callback(bridge.stop)
        transport = httpx.ASGITransport(cast("Any", app))
        client = httpx.AsyncClient(
            transport=transport,
            base_url="http://bridge",
            headers={"Authorization": f"Bearer {SECRET}"},
            timeout=60.0,
        )
        yield Bridged(await stack.enter_async_context(client), transport, bridge, modems, port)


def _settings(folder: Path, port: int, password: str) -> Settings:
    credentials = folder / "credentials.toml"
    credentials.write_text(
        f'[[credential]]\nname = "xx230v"\npassword = "{password}"\nnetworks = ["{NETWORK}"]\n',
        "utf-8",
    )
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET, "utf-8")
    asked = BridgeSettings(
        secret_file=str(secret),
        networks=(NETWORK,),
        credentials_file=str(credentials),
        modem_port=port,
    )
    return Settings(profile="demo", bridge=asked)
