"""How long a refusal takes does not tell an unknown token from one that once opened."""

import random
import statistics
from time import process_time
from typing import Final

import httpx

from backend.store.links import revoke_link
from tests.api.installation import Installation

CALLS: Final = 2000
KINDS: Final = ("unknown", "control", "expired", "revoked")
APART_MS: Final = 0.5
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

    fast = await _first_deciles(terrain, tokens)

    assert max(fast.values()) - min(fast.values()) < APART_MS, fast


async def _first_deciles(terrain: Installation, tokens: dict[str, str]) -> dict[str, float]:
    """The CPU time in ms that a tenth of each kind stays below, interleaved in random order.

    What else the machine does must not count, so it is not the clock's time; noise only adds, so
    the low end tells paths apart that it hides in the median: Crosby, Wallach and Riedi,
    "Opportunities and Limits of Remote Timing Attacks", ACM TISSEC 12(3), 2009.
    """
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    order = list(KINDS) * (CALLS // len(KINDS))
    random.Random(1).shuffle(order)  # noqa: S311
    async with terrain.phone() as phone:
        for kind in order:
            terrain.clock.move(seconds=SECONDS_APART)
            times[kind].append(await _timed(phone, tokens[kind]))
    return {kind: statistics.quantiles(each, n=10)[0] for kind, each in times.items()}


async def _timed(phone: httpx.AsyncClient, token: str) -> float:
    start = process_time()
    answer = await phone.get(f"/t/{token}")
    elapsed = process_time() - start
    assert answer.status_code == 404
    return elapsed * 1000
