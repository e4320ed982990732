"""Many checks at once: whether each ends with a verdict, and what memory that takes."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from backend.cpe.check.worker import CheckWorker

POLL_S: Final = 1.0  # a look at all of them costs as much as a check
WHOLE_S: Final = 600.0  # what has not ended by then is missing from the verdicts

Checks = Sequence[dict[str, Any]]


async def at_once(
    ended: Callable[[], Awaitable[Checks]], worker: CheckWorker, count: int
) -> dict[str, Any]:
    """Let a worker make `count` checks that wait; `ended` gives those that have their last word."""
    before, begun, peak, told = _memory_mib(), time.monotonic(), 0.0, list[dict[str, Any]]()
    worker.wake()
    while len(told) < count and time.monotonic() - begun < WHOLE_S:
        await asyncio.sleep(POLL_S)
        peak, told = max(peak, _memory_mib()), [*await ended()]
    return {
        "burst": count,
        "verdicts": sum(bool(each["verdict"]) for each in told),
        "took_s": round(time.monotonic() - begun, 1),
        "modems": dict(Counter(filter(None, map(_modem, told)))),
        "grown_mib": round(peak - before, 1),
        "peak_mib": round(peak, 1),
    }


def _modem(check: dict[str, Any]) -> str:
    """How asking the modem's own interface ended, "" where nobody needed to."""
    of_modem = (each for each in check["sources"] if each["name"] == "modem")
    said: dict[str, Any] = next(of_modem, {})
    told = f"{said.get('state')} {said.get('detail', '')}".strip()
    return "" if told == "skipped not-needed" else told


def _memory_mib() -> float:
    """What this process has in memory now: bridge, simulators and server in one."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / 1024**2
