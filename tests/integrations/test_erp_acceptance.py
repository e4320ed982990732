"""Acceptance of `terrain erp install` and `check`: against the simulator, or unchanged against a
real site when TERRAIN_TEST_ERPNEXT_ADMIN_TOKEN names a System Manager of it.

On a real site a user of its own is made and deleted again. What the site lacks of Terrain stays.
"""

import uuid
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest
import pytest_asyncio

from backend.erp.check.findings import Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import open_http
from backend.erp.console import Installed, install_site
from backend.erp.install.plan import Wish
from backend.erp.site import SiteClient
from tests.integrations.erp_given import MAPPING
from tests.integrations.erpnext_site import ErpnextSite

pytest_plugins = ["tests.integrations.erpnext_site"]


class Admin(NamedTuple):
    """A System Manager's connection, the methods it used so far, and the user to be installed."""

    http: httpx.AsyncClient
    methods: list[str]
    user: str

    async def install(self, *, dry_run: bool = False) -> Installed:
        wish = Wish(MAPPING, self.user, needs_key=True)
        return await install_site(SiteClient(self.http), wish, dry_run=dry_run)


@pytest_asyncio.fixture
async def admin(erpnext_site: ErpnextSite) -> AsyncIterator[Admin]:
    if not erpnext_site.admin_token:
        pytest.skip("TERRAIN_TEST_ERPNEXT_ADMIN_TOKEN is not set")
    user = f"terrain-test-{uuid.uuid4().hex[:12]}@example.test"
    async with open_http(
        erpnext_site.base_url, erpnext_site.admin_token, erpnext_site.transport
    ) as http:
        methods: list[str] = []

        async def note(request: httpx.Request) -> None:
            methods.append(request.method)

        http.event_hooks = {"request": [note], "response": []}
        yield Admin(http, methods, user)
        await http.delete(f"/api/resource/User/{user}")


async def test_what_is_installed_passes_the_check_and_is_written_once(
    admin: Admin, erpnext_site: ErpnextSite
) -> None:
    dry = await admin.install(dry_run=True)
    assert set(admin.methods) == {"GET"}
    real = await admin.install()
    assert (dry.told.sound, real.told.sound) == (True, True)
    assert dry.told.lines[:-1] == real.told.lines

    admin.methods.clear()
    again = await admin.install()
    assert set(admin.methods) == {"GET"}
    assert again.told.lines == ("Rien à changer. / Nothing to change.",)

    async with open_http(erpnext_site.base_url, real.key, erpnext_site.transport) as http:
        seen = await survey(SiteClient(http), MAPPING, erpnext_site.now())
    assert seen.user == admin.user
    wrong = [line for line in findings(MAPPING, seen) if line.level is Level.MISSING]
    assert wrong == []
