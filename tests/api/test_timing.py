"""How long a refusal takes does not tell an unknown token from one that once opened."""

import random
import statistics
from time import perf_counter
from typing import Final

import httpx

from backend.store.links import revoke_link
from tests.api.installation import Installation

CALLS: Final = 2000
KINDS: Final = ("unknown", "control", "expired", "revoked")
MEDIAN_MS: Final = 0.5
# Few enough misses a minute that the limit does not answer instead.
SECONDS_APART: Final = 4.0


async def test_refusals_take_the_same_time(terrain: Installation) -> None:
    expired, revoked = await terrain.link(days=1), await terrain.link(days=3650)
    await terrain.write(lambda conn: revoke_link(conn, revoked.id, terrain.clock.now_ms))
    terrain.clock.move(days=2)
    # A control of the measurement itself: a second kind of unknown token.
    tokens = {
        "unknown": "A" * 43,
        "control": "B" * 43,
        "expired": expired.token,
        "revoked": revoked.token,
    }

    medians = await _medians(terrain, tokens)

    slowest = max(medians.values())
    assert slowest - min(medians.values()) < MEDIAN_MS, medians


async def _medians(terrain: Installation, tokens: dict[str, str]) -> dict[str, float]:
    """Median time of each kind in ms, interleaved in random order: noise falls on all alike."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    order = list(KINDS) * (CALLS // len(KINDS))
    random.Random(1).shuffle(order)  # noqa: S311
    async with terrain.phone() as phone:
        for kind in order:
            terrain.clock.move(seconds=SECONDS_APART)
            times[kind].append(await _timed(phone, tokens[kind]))
    return {kind: statistics.median(each) for kind, each in times.items()}


async def _timed(phone: httpx.AsyncClient, token: str) -> float:
    start = perf_counter()
    answer = await phone.get(f"/t/{token}")
    elapsed = perf_counter() - start
    assert answer.status_code == 404
    return elapsed * 1000
