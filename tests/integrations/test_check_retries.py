"""A visit that was closed before its line had a verdict is looked at again, not for ever."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from backend.errors import Unavailable
from sync.verification import RETRIES_MS
from tests.integrations.check_given import Said, good_acs, good_olt
from tests.integrations.check_world import World, opened

ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MINUTE_S: Final = 60.0


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A store with one visit."""
    async with opened(database_url) as world:
        yield world


def away() -> list[Said]:
    """Nobody answers."""
    return [Said("olt", fault=Unavailable("timeout")), Said("acs_live", fault=Unavailable("away"))]


async def close(world: World, verdict: str = "") -> None:
    """Marc asks, nobody knows, and he leaves; a `verdict` of his own is an acceptance."""
    await world.verify(1)
    await world.worker(*away()).check_waiting()
    if verdict:
        await world.push(2, "accept", {"verification": (await names(world))[0], "reason": verdict})
    left = await world.push(3 if verdict else 2, "status", {"to": "completed"})
    assert left in (["applied"], ["merged"])


async def checks(world: World) -> list[dict[str, Any]]:
    """The checks of the visit, in order of asking."""
    cells = await world.cells()
    found = (each for path, each in cells.items() if path.startswith("verifications/"))
    return sorted(found, key=lambda each: each["at"])


async def names(world: World) -> list[str]:
    """Their ids."""
    cells = await world.cells()
    return [path.partition("/")[2] for path in cells if path.startswith("verifications/")]


@ON_SQLITE
async def test_closed_visit_without_a_verdict_is_looked_at_again_on_its_own_record(
    world: World,
) -> None:
    await close(world)
    world.time.pass_s(14 * MINUTE_S)
    await world.worker(*away()).check_waiting()
    early = len(await checks(world))
    world.time.pass_s(2 * MINUTE_S)

    at_ms = world.time().now_ms
    olt = Said("olt", summary=good_olt(at_ms=at_ms))
    await world.worker(olt, Said("acs_live", summary=good_acs(at_ms=at_ms))).check_waiting()

    first, again = await checks(world)
    assert early == 1
    assert (first["verdict"], again["verdict"]) == ("unverified", "pass")
    assert (again["reason"], again["by"]) == ("retry", "Terrain")


@ON_SQLITE
async def test_retries_end(world: World) -> None:
    await close(world)

    for _ in range(len(RETRIES_MS) + 3):
        world.time.pass_s(25 * 60 * MINUTE_S)
        await world.worker(*away()).check_waiting()

    assert len(await checks(world)) == 1 + len(RETRIES_MS)


@ON_SQLITE
async def test_visit_that_is_not_closed_is_left_to_the_technician(world: World) -> None:
    await world.verify(1)
    await world.worker(*away()).check_waiting()
    world.time.pass_s(60 * MINUTE_S)

    await world.worker(*away()).check_waiting()

    assert len(await checks(world)) == 1


@ON_SQLITE
async def test_check_that_somebody_answers_for_is_not_made_again(world: World) -> None:
    await close(world, "Client absent demain")
    world.time.pass_s(60 * MINUTE_S)

    await world.worker(*away()).check_waiting()

    assert len(await checks(world)) == 1
