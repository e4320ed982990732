"""A crowd at the bridge: each is answered, and what runs and waits has a bound."""

import asyncio
from collections import Counter
from pathlib import Path

from backend.modem_bridge.bridge import WAITING
from backend.simulators.xx230v import Mood
from tests.integrations.bridged import bridged, protocol_drivers

ONE = {"objects": ["DEV2_OPTC_GPON_CFG"]}


async def test_two_hundred_checks_at_once_are_each_answered_in_bounds(tmp_path: Path) -> None:
    moods = [Mood(taken=True)] * 40  # the shortest check that there is
    async with protocol_drivers() as drivers, bridged(tmp_path, moods, drivers=drivers) as asked:

        async def check(host: str) -> str:
            answer = await asked.client.post(f"/modems/{host}/objects", json=ONE)
            return str(answer.json()["error"])

        checks = asyncio.gather(*(check(host) for host in list(asked.modems) * 5))
        children = await _children_until(checks)
        answers = Counter(await checks)

    assert answers == {"session-taken": WAITING, "busy": 200 - WAITING}
    assert children <= 2


async def _children_until(checks: "asyncio.Future[list[str]]") -> int:
    """How many worker processes there ever were, looked at every little while."""
    most = 0
    while not checks.done():
        most = max(most, _children())
        await asyncio.wait([checks], timeout=0.05)
    return most


def _children() -> int:
    listed = Path("/proc/self/task").glob("*/children")
    return sum(len(each.read_text("utf-8").split()) for each in listed)
