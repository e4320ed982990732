"""What a check of a modem by its web interface costs, and what 200 at once do to the bridge.

    python -m bench.bridge [--checks N] [--modems M] [--pages P]

P of the M simulated modems are read by their page, in Chromium. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from backend.modem_bridge.bridge import Drivers
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.protocol import Workers
from backend.simulators.xx230v import Cipher, Mood
from tests.e2e.phone import CHROMIUM
from tests.integrations.bridged import Bridged, bridged

WORKERS: Final = 4
ALONE: Final = 10


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=200)
    parser.add_argument("--modems", type=int, default=40)
    parser.add_argument("--pages", type=int, default=4)
    options = parser.parse_args()
    measured = asyncio.run(_measured(options))
    measured |= {"cpu_s": round(_cpu_s(resource.RUSAGE_SELF), 2)}
    measured |= {"worker_cpu_s": round(_cpu_s(resource.RUSAGE_CHILDREN), 2)}
    print(json.dumps(measured))


async def _measured(options: argparse.Namespace) -> dict[str, Any]:
    drivers = Drivers(Workers(WORKERS), Chromium(CHROMIUM, sandbox=False))
    by_page = [Mood(cipher=Cipher.GCM) for _ in range(options.pages)]
    moods = by_page + [Mood() for _ in range(options.modems - options.pages)]
    with tempfile.TemporaryDirectory() as folder:
        async with bridged(Path(folder), moods, drivers=drivers) as asked:
            hosts = list(asked.modems)
            measured = {"page_p50_ms": await _alone(asked, hosts[0])}
            measured |= {"protocol_p50_ms": await _alone(asked, hosts[-1])}
            measured |= await _crowd(asked, [hosts[n % len(hosts)] for n in range(options.checks)])
            measured["evicted"] = sum(modem.evictions for modem in asked.modems.values())
            measured["most_contexts"] = drivers.chromium.most_contexts
            await asked.bridge.close()
    return measured


async def _alone(asked: Bridged, host: str) -> float:
    """The median of checks one after the other, in ms, once everything is warm."""
    took = []
    await asked.status(host)
    for _ in range(ALONE):
        begun = time.monotonic()
        told = await asked.status(host)
        if told["http"] != 200:
            raise SystemExit(f"{host}: {told['error']}")
        took.append(1000 * (time.monotonic() - begun))
    return round(statistics.median(took))


async def _crowd(asked: Bridged, hosts: list[str]) -> dict[str, Any]:
    before, begun = _resident_mib(), time.monotonic()
    told = await asyncio.gather(*(asked.status(host) for host in hosts))
    ended = Counter(each.get("error", each.get("driver")) for each in told)
    return {
        "checks": len(hosts),
        "ended": dict(ended),
        "seconds": round(time.monotonic() - begun, 1),
        "grew_mib": round(_resident_mib() - before, 1),
        "largest_child_mib": _largest_child_mib(),
    }


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1024**2


def _largest_child_mib() -> int:
    """The most that one of the children (workers, Playwright's own) ever had in memory."""
    listed = Path("/proc/self/task").glob("*/children")
    pids = [pid for each in listed for pid in each.read_text("ascii").split()]
    lines = [line for pid in pids for line in _status(pid) if line.startswith("VmHWM")]
    return max((int(line.split()[1]) // 1024 for line in lines), default=0)


def _status(pid: str) -> list[str]:
    try:
        return Path("/proc", pid, "status").read_text("ascii").splitlines()
    except FileNotFoundError:
        return []


def _cpu_s(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
