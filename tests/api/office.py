"""The whole application, as it is served, with people of the office and a phone at its doors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx
from argon2 import PasswordHasher
from litestar import Litestar
from msgspec.structs import replace
from sqlalchemy import Connection

from backend.app import create_app
from backend.auth.roles import Role
from backend.settings import Settings
from backend.settings.staff import StaffSettings
from backend.store.staff import save_account
from backend.store.store import Store
from tests.api.installation import HOST, OFFICE_PHONE, PROXY, PROXY_SECRET, a_build, people
from tests.given import NOW_MS

PASSWORD: Final = "un mot de passe assez long"  # noqa: S105
GROUPS: Final = {
    Role.VIEWER: "terrain-view",
    Role.DISPATCHER: "terrain-dispatch",
    Role.ADMIN: "terrain-admin",
}
# As `backend.auth.passwords` makes it, but cheap: what a hash costs is not what these tests are of.
_CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


class Served(NamedTuple):
    """The running application and its store."""

    app: Litestar
    store: Store

    def client(self, address: str = "203.0.113.7") -> httpx.AsyncClient:
        """A browser, or a program, at an address."""
        transport = httpx.ASGITransport(cast(Any, self.app), client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=f"https://{HOST}")

    def person(self, role: Role) -> httpx.AsyncClient:
        """A person of the office, through the proxy."""
        client = self.client(PROXY)
        client.headers["X-authentik-email"] = f"{role}@example.ca"
        client.headers["X-authentik-groups"] = f"everyone|{GROUPS[role]}"
        client.headers["X-Terrain-Proxy"] = PROXY_SECRET.decode()
        return client


@asynccontextmanager
async def served(database_url: str, folder: Path, settings: Settings) -> AsyncIterator[Served]:
    """The application of `settings`, over a store with people and accounts; NOW_MS stands still."""
    whole = {"data": str(folder / "data"), "database": database_url, "office_phone": OFFICE_PHONE}
    whole["pwa"] = str(a_build(folder / "dist"))
    app = create_app(replace(settings, **whole), lambda: NOW_MS)
    installation = app.state.installation
    async with installation.lifespan(app):
        await installation.store.writer.run(people)
        await installation.store.writer.run(_accounts)
        yield Served(app, installation.store)


def behind_proxy(folder: Path) -> Settings:
    """An office with Authentik."""
    file = folder / "proxy.secret"
    file.touch(mode=0o600)
    file.write_bytes(PROXY_SECRET)
    staff = StaffSettings(
        proxy_secret_file=str(file),
        proxy_addresses=(PROXY,),
        viewer_groups=(GROUPS[Role.VIEWER],),
        admin_groups=(GROUPS[Role.ADMIN],),
    )
    return Settings(staff=staff)


def _accounts(conn: Connection) -> None:
    for role in Role:
        save_account(conn, f"{role}@example.ca", role, _CHEAP, NOW_MS)
