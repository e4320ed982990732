"""Asks as a phone does that is told to come again: when it was told to, else backing off."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from bench.wire import Answer

# The phone's own back-off (pwa/src/sync/transport.ts).
SHORTEST_S: Final = 1.0
FIRST_S: Final = 2.0
LONGEST_S: Final = 45.0
REFUSALS: Final = frozenset({429, 503})


class Insisting:
    """Counts what phones were answered; `seed` draws their pauses."""

    def __init__(self, seed: Random) -> None:
        self.statuses: Counter[int] = Counter()
        self._seed = seed

    async def until_taken(self, ask: Callable[[], Awaitable[Answer]]) -> None:
        """Ask again until the answer is 200; anything else than a refusal for now is a fault."""
        failures = 0
        while True:
            answer = await ask()
            self.statuses[answer.status] += 1
            if answer.status == 200:
                return
            assert answer.status in REFUSALS, answer  # noqa: S101  (nothing else may be answered)
            await asyncio.sleep(self._pause_s(answer.retry_after_s, failures))
            failures += 1

    def _pause_s(self, asked_s: float, failures: int) -> float:
        if asked_s:
            return asked_s * self._seed.uniform(1, 1.25)
        top = min(FIRST_S * 2.0 ** min(failures, 10), LONGEST_S)
        return max(SHORTEST_S, self._seed.uniform(0, top))
