"""A terminal that starts is waited for, step by step; one that is there, or never comes, is not."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from backend.cpe.check.one import Patience
from backend.cpe.check.source import Target
from backend.cpe.readings import Summary
from backend.errors import Refused, Unavailable
from tests.given import NOW_MS
from tests.integrations.check_given import Said, good_acs, good_olt
from tests.integrations.check_world import World, opened


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A store with one visit, and workers that nobody runs yet."""
    async with opened(database_url) as world:
        yield world


def starting(state: str) -> Summary:
    """What an OLT says of a terminal that is not there yet."""
    there = good_olt(state=state)
    return msgspec.structs.replace(there, optical_status=(), gpon_sn=None)


class Booting(Said):
    """An OLT that sees a terminal come: unknown, dark, online."""

    async def read(self, target: Target) -> Summary:
        """One more step each time."""
        if self.asked == 0:
            self.asked += 1
            raise Refused("no-such-onu")
        self.summary = starting("los") if self.asked < 3 else good_olt()
        return await super().read(target)


async def test_terminal_that_starts_is_waited_for_and_then_read_whole(world: World) -> None:
    olt = Booting("olt", follows_start=True)
    cached = Said("acs_cached", summary=good_acs(), follows_start=True)
    live = Said("acs_live", summary=good_acs())
    await world.verify()

    await world.worker(olt, cached, live, patience=Patience(0.01, 30.0)).check_waiting()

    shown = await world.shown()
    assert (shown["state"], shown["verdict"]) == ("done", "pass")
    done = {each["id"]: each["done"] for each in shown["steps"]}
    assert done == dict.fromkeys(("light", "registered", "online", "inform"), True)
    assert (olt.asked, live.asked) == (5, 2)


async def test_terminal_that_never_starts_is_told_as_it_is(world: World) -> None:
    olt = Said("olt", summary=starting("los"), follows_start=True)
    cached = Said("acs_cached", fault=Refused("no-such-device"), follows_start=True)
    await world.verify()

    await world.worker(olt, cached).check_waiting()

    shown = await world.shown()
    assert (shown["state"], shown["verdict"]) == ("done", "fail")
    assert [each["id"] for each in shown["steps"] if each["done"]] == []


async def test_acs_that_is_away_is_not_waited_for(world: World) -> None:
    olt = Said("olt", summary=good_olt(), follows_start=True)
    cached = Said("acs_cached", fault=Unavailable("connection"), follows_start=True)
    await world.verify()

    await world.worker(olt, cached).check_waiting()

    assert olt.asked == 1
    assert "steps" not in await world.shown()


async def test_check_that_waits_for_a_terminal_stays_its_worker_s(world: World) -> None:
    olt = Said("olt", summary=starting("los"), follows_start=True)
    await world.verify()
    checking = asyncio.create_task(world.worker(olt).check_waiting())
    await world.until(lambda check: "steps" in check)
    world.time.pass_s(61)
    await world.until(lambda check: check["measured_at"] > NOW_MS or check["state"] != "running")
    other = Said("olt", summary=good_olt())

    await world.worker(other).check_waiting()

    assert other.asked == 0
    await checking
    assert (await world.shown())["verdict"] == "fail"


async def test_terminal_that_nobody_knows_is_waited_for_no_longer_than_any_check(
    world: World,
) -> None:
    stranger = {"action": "install", "serial": "23399B8000001", "type": "ONT", "source": "typed"}
    olt = Said("olt", fault=Refused("no-such-onu"), follows_start=True)
    cached = Said("acs_cached", fault=Refused("no-such-device"), follows_start=True)
    await world.push(1, "equipment", stranger)
    await world.verify(2)

    await world.worker(olt, cached, patience=Patience(0.01, 3600.0, 0.05)).check_waiting()

    shown = await world.shown(2)
    assert (shown["state"], shown["verdict"]) == ("done", "unverified")


async def test_terminal_that_nobody_knew_is_waited_for_once_its_olt_meets_it(world: World) -> None:
    stranger = {"action": "install", "serial": "23399B8000001", "type": "ONT", "source": "typed"}
    olt = Booting("olt", follows_start=True)
    cached = Said("acs_cached", summary=good_acs(), follows_start=True)
    await world.push(1, "equipment", stranger)
    await world.verify(2)

    await world.worker(olt, cached, patience=Patience(0.01, 5.0, 0.0)).check_waiting()

    done = {each["id"]: each["done"] for each in (await world.shown(2))["steps"]}
    assert done == dict.fromkeys(("light", "registered", "online", "inform"), True)
