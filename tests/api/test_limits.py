"""A phone has the limits that this installation judges by, and hears when they change."""

from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.di import Provide

from backend.auth.session import provide_session
from backend.cpe.api import limits, limits_of_site
from backend.cpe.thresholds import load_thresholds
from tests.api.installation import Installation, enrolled

SITE = msgspec.structs.replace(load_thresholds(), default_class="B+")


@pytest.fixture
async def phone(terrain: Installation) -> AsyncIterator[AsyncClient]:
    """Marc's, at a server with limits of its own."""
    app = Litestar(
        [limits],
        logging_config=None,
        dependencies={
            **terrain.app.dependencies,
            "session": Provide(provide_session),
            "thresholds": Provide(lambda: SITE, sync_to_thread=False),
        },
        exception_handlers=terrain.app.exception_handlers,
    )
    enrolling = terrain.phone()
    await enrolled(enrolling, (await terrain.link()).token)
    transport = ASGITransport(cast(Any, app))
    base = str(enrolling.base_url)
    async with AsyncClient(transport=transport, base_url=base, cookies=enrolling.cookies) as client:
        yield client


async def test_limits_are_those_of_the_installation(phone: AsyncClient) -> None:
    told = (await phone.get("/api/limits")).json()

    assert told["thresholds"] == msgspec.json.decode(msgspec.json.encode(SITE))
    assert told["plausible_dbm"] == [-45.0, 10.0]


async def test_phone_that_has_them_is_sent_nothing(phone: AsyncClient) -> None:
    first = await phone.get("/api/limits")

    again = await phone.get("/api/limits", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_without_a_session_nothing_is_told(phone: AsyncClient) -> None:
    phone.cookies.clear()

    assert (await phone.get("/api/limits")).status_code == 401


def test_version_changes_with_any_limit_and_with_nothing_else() -> None:
    hotter = msgspec.structs.replace(SITE.checks, hot_c=71.0)

    assert limits_of_site(SITE) == limits_of_site(SITE)
    changed = msgspec.structs.replace(SITE, checks=hotter)
    assert limits_of_site(changed).version != limits_of_site(SITE).version
