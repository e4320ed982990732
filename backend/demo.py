"""`terrain demo`: backend, workers, simulated ERPNext and GenieACS in one process, to be tried."""

import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from backend import control, serving
from backend.app import create_app, site
from backend.installation import Installation, now_ms
from backend.settings import ErpNextSettings, GenieAcsSettings, Settings
from backend.store.commands import Asked, command
from backend.store.technicians import technician_key

# The demo's simulators live where no real device does (127.64.0.0/24, loopback), at the next ports.
ERPNEXT_HOST: Final = "127.64.0.10"
GENIEACS_HOST: Final = "127.64.0.11"
TECHNICIAN: Final = "TECH-001"
OFFICE_PHONE: Final = "450-555-0100"


class Served(Protocol):
    """A simulator with a server of its own."""

    def served(self, host: str, port: int) -> AbstractAsyncContextManager[str]:
        """Listen as long as the context is open."""


class Simulated(NamedTuple):
    """A simulated ERPNext, by its ASGI app and the token that opens it, and a GenieACS."""

    app: Any
    token: str
    genieacs: Served


def demo_settings(port: int, data: str, token: str) -> Settings:
    """The demo's installation, begun anew; writes the token file, as an operator would.

    Raises AlreadyRunning.
    """
    folder = Path(data)
    with control.lock(folder):
        _begin_anew(folder)
    token_file = folder / "erpnext.token"
    token_file.touch(mode=0o600)
    token_file.write_text(token, "utf-8")
    erpnext = ErpNextSettings(
        url=f"http://{ERPNEXT_HOST}:{port + 1}", token_file=str(token_file), poll_s=3.0
    )
    return Settings(
        data=data,
        port=port,
        profile="demo",
        erpnext=erpnext,
        genieacs=GenieAcsSettings(f"http://{GENIEACS_HOST}:{port + 2}"),
        office_phone=OFFICE_PHONE,
    )


async def demo(port: int, data: str, simulated: Simulated, say: Callable[[str], None]) -> None:
    """Serve everything until SIGINT or SIGTERM; `say` prints the links once they work."""
    settings = demo_settings(port, data, simulated.token)
    app = create_app(settings)
    sites = [
        serving.Site(simulated.app, ERPNEXT_HOST, port + 1),
        site(app),
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

    serving.check_port(GENIEACS_HOST, port + 2)
    async with simulated.genieacs.served(GENIEACS_HOST, port + 2):
        await serving.run(sites, ready, installation.pokes.close)


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
