"""`terrain demo`: backend, workers, bridge and every simulator in one process, to be tried."""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from backend import control, serving
from backend.app import create_app, site
from backend.cpe.report.sheet import sheet_page
from backend.installation import Installation, now_ms
from backend.modem_bridge.api import create_bridge_app
from backend.settings import (
    BridgeSettings,
    CheckSettings,
    ErpNextSettings,
    GenieAcsSettings,
    OltSettings,
    Settings,
)
from backend.store.commands import Asked, command
from backend.store.technicians import technician_key

# The demo's simulators live where no real device does (127.64.0.0/24, loopback), at the next ports.
ERPNEXT_HOST: Final = "127.64.0.10"
GENIEACS_HOST: Final = "127.64.0.11"
MODEMS: Final = "127.64.0.0/24"
TECHNICIAN: Final = "TECH-001"
OFFICE_PHONE: Final = "450-555-0100"


class Served(Protocol):
    """A simulator with a server of its own."""

    def served(self, host: str, port: int) -> AbstractAsyncContextManager[str]:
        """Listen as long as the context is open."""


class ServedModem(Protocol):
    """A simulated modem with a server and an address of its own."""

    @property
    def host(self) -> str:
        """Its address."""

    def served(self, port: int) -> AbstractAsyncContextManager[int]:
        """Listen as long as the context is open."""


class ServedOlt(Protocol):
    """A simulated OLT with an agent and an address of its own; `name` is ERPNext's."""

    @property
    def name(self) -> str: ...
    @property
    def host(self) -> str: ...

    def served(self, port: int) -> AbstractAsyncContextManager[str]:
        """Listen as long as the context is open."""


class Simulated(NamedTuple):
    """A simulated ERPNext, by its ASGI app and the token that opens it, a GenieACS, modems with
    the password that opens them, and OLTs with their community."""

    app: Any
    token: str
    genieacs: Served
    modems: Sequence[ServedModem]
    modem_password: str
    olts: Sequence[ServedOlt] = ()
    community: str = ""


def demo_settings(port: int, data: str, simulated: Simulated) -> Settings:
    """The demo's installation, begun anew; writes the secret files, as an operator would.

    Raises AlreadyRunning.
    """
    folder = Path(data)
    with control.lock(folder):
        _begin_anew(folder)
    token_file = _secret_file(folder / "erpnext.token", simulated.token)
    erpnext = ErpNextSettings(
        url=f"http://{ERPNEXT_HOST}:{port + 1}", token_file=token_file, poll_s=3.0
    )
    return Settings(
        data=data,
        port=port,
        profile="demo",
        erpnext=erpnext,
        genieacs=GenieAcsSettings(f"http://{GENIEACS_HOST}:{port + 2}"),
        bridge=_bridge_settings(folder, port, simulated.modem_password),
        olt=_olt_settings(folder, port, simulated),
        checks=CheckSettings(_thresholds_file(folder / "thresholds.toml")),
        office_phone=OFFICE_PHONE,
    )


def _bridge_settings(folder: Path, port: int, modem_password: str) -> BridgeSettings:
    entry = f'name = "demo"\nnetworks = ["{MODEMS}"]\npassword = "{modem_password}"\n'
    return BridgeSettings(
        url=f"http://127.0.0.1:{port + 3}",
        secret_file=_secret_file(folder / "bridge.secret", secrets.token_hex(32)),
        port=port + 3,
        networks=(MODEMS,),
        credentials_file=_secret_file(folder / "modems.toml", f"[[credential]]\n{entry}"),
        modem_port=port + 4,
        sandbox=os.geteuid() != 0,  # Chromium has none for root
    )


def _olt_settings(folder: Path, port: int, simulated: Simulated) -> tuple[OltSettings, ...]:
    file = _secret_file(folder / "olt.community", simulated.community)
    olts = simulated.olts
    return tuple(OltSettings(each.name, each.host, port + 5, community_file=file) for each in olts)


def _thresholds_file(file: Path) -> str:
    """Terrain's own limits, with a class for all lines: no plan or OLT of the demo names one."""
    said = (resources.files("backend.cpe") / "thresholds.toml").read_text("utf-8")
    file.write_text(said.replace('default_class = ""', 'default_class = "B+"'), "utf-8")
    return str(file)


def _secret_file(file: Path, content: str) -> str:
    file.touch(mode=0o600)
    file.write_text(content, "utf-8")
    return str(file)


async def demo(port: int, data: str, simulated: Simulated, say: Callable[[str], None]) -> None:
    """Serve everything until SIGINT or SIGTERM; `say` prints the links once they work."""
    settings = demo_settings(port, data, simulated)
    app, bridge = create_app(settings), create_bridge_app(settings, sheet_page)
    sites = [
        serving.Site(simulated.app, ERPNEXT_HOST, port + 1),
        site(app),
        serving.Site(bridge, settings.bridge.host, settings.bridge.port),
    ]
    installation: Installation = app.state.installation

    async def ready() -> None:
        asked = Asked({"technician": TECHNICIAN}, settings, now_ms())
        with installation.pokes.listen() as committed:
            while not await _has_technician(installation):
                committed.clear()
                await committed.wait()
        lines = await installation.store.writer.run(command("link create", asked))
        say(_welcome(settings, lines[0]))

    def stopping() -> None:
        installation.pokes.close()
        bridge.state.bridge.stop()

    async with AsyncExitStack() as stack:
        serving.check_port(GENIEACS_HOST, port + 2)
        await stack.enter_async_context(simulated.genieacs.served(GENIEACS_HOST, port + 2))
        for modem in simulated.modems:
            serving.check_port(modem.host, port + 4)
            await stack.enter_async_context(modem.served(port + 4))
        for olt in simulated.olts:
            await stack.enter_async_context(olt.served(port + 5))
        await serving.run(sites, ready, stopping)


def _begin_anew(folder: Path) -> None:
    """The simulated ERPNext forgets everything when it stops; so does the demo's database."""
    for file in folder.glob("terrain.db*"):
        file.unlink()
    shutil.rmtree(folder / "blobs", ignore_errors=True)


async def _has_technician(installation: Installation) -> bool:
    await installation.opened.wait()
    found = await installation.store.read(lambda conn: technician_key(conn, TECHNICIAN))
    return found is not None


def _welcome(settings: Settings, link: str) -> str:
    return (
        f"\n  Technicien / Technician   {link}"
        f"\n  Bureau / Board            {settings.base_url}/board/"
        "\n\n  Ctrl-C pour arrêter / to stop\n"
    )
