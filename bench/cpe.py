"""How soon a technician sees the first value and the verdict of a check of his line, and what
happens to checks whose sources fail.

    python -m bench.cpe [--runs N] [--modems N]
    python -m bench.cpe --burst N [--modems N]

The first part is in real time: a phone's `verify` over a SQLite store, the worker, a simulated
GenieACS with the delays that were measured on a real one, simulated modems behind the bridge, and a
simulated OLT that takes 20 ms an answer. The second, of faults, is in virtual time. A burst is N
checks at once, of which those of the modems need the bridge's Chromium. The last line printed is
one JSON object.
"""

import argparse
import asyncio
import json
import logging
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from backend.cpe.bridge.client import ModemBridge
from backend.cpe.check.acs import acs_sources
from backend.cpe.check.engine import HARD_S, SOFT_S, Engine
from backend.cpe.check.modem import ModemWeb
from backend.cpe.check.olt import OltNow
from backend.cpe.check.one import Room
from backend.cpe.check.worker import CheckWorker
from backend.cpe.genieacs.client import Nbi, open_http
from backend.cpe.genieacs.source import GenieAcs
from backend.cpe.olt.source import Olts
from backend.cpe.thresholds import load_thresholds
from backend.cpe.verdict.model import State
from backend.modem_bridge.api import WORKERS
from backend.modem_bridge.bridge import Drivers
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.protocol import Workers
from backend.simulators.genieacs import Acs, GenieAcsSimulator, Reach, xx230v
from backend.simulators.olt import Chassis, Huawei
from backend.simulators.xx230v import Cipher, Mood
from backend.store.clock import Clock
from backend.store.equipment import cells_of
from backend.store.store import Store, open_store
from backend.store.verifications import evidence_of
from bench.cpe_burst import at_once
from sync.protocol import Mutation
from tests.given import TODAY, a_visit, push, upstream, uuid7
from tests.integrations.bridged import address, bridged, protocol_drivers
from tests.integrations.check_faults import cases, may_pass, outcome
from tests.integrations.olts import served
from tests.integrations.virtual_time import VirtualLoop

GET_S: Final = 0.02  # a GET of six values took 12 to 23 ms of a real agent
INDEXED_S: Final = 2.0
SLACK_S: Final = 0.01
CHROMIUM: Final = "/usr/bin/chromium"
CALL_URL: Final = "Device.ManagementServer.ConnectionRequestURL"


class Times(NamedTuple):
    """Seconds from the phone's wish, taken in, until something stands in the feed; inf: never."""

    first_value: float
    olt: float
    verdict: float
    by_modem: bool


class Bench:
    """One store, one worker, one visit for each terminal."""

    def __init__(
        self, store: Store, acs: Acs, olts: Olts, olt: Chassis, committed: asyncio.Event
    ) -> None:
        self._store, self._acs, self._olts = store, acs, olts
        self._olt, self._committed = olt, committed

    async def add(self, number: int, host: str = "") -> str:
        """A visit at a terminal; one with a `host` does not answer its ACS, and has a page there.
        Gives the visit's key."""
        serial, key = f"2227{number:09d}", f"job/00000000-0000-7000-8000-0000000{number:05x}"
        terminal = xx230v(serial)
        terminal.set(CALL_URL, f"http://{host or '127.0.0.1'}:7547/")
        known = self._acs.add(terminal, informed=datetime.now(UTC))
        known.learn(terminal.below(""), known.last_inform)
        if host:
            self._acs.reach[terminal.id] = Reach.REFUSED
        self._olt.add(_gpon(number), 5, 2, number)
        await self._store.writer.run(lambda conn: _visit(conn, number, key, serial))
        return key

    @asynccontextmanager
    async def indexed(self) -> AsyncIterator[None]:
        """The OLTs know their terminals, as they do every ten minutes."""
        indexing = asyncio.create_task(self._olts.keep_indexed())
        await asyncio.sleep(INDEXED_S)
        yield
        indexing.cancel()

    async def ask(self, number: int, key: str) -> None:
        """A phone's wish, taken in."""
        wish = Mutation(uuid7(number), number, "verify", key, 2, _now_ms(), {"reason": "install"})
        await self._store.writer.push(push(wish))

    async def ended(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """The checks of these visits that have their last word."""
        cells = await self._store.read(lambda conn: cells_of(conn, keys))
        checks = (cells[key][f"verifications/{uuid7(n)}"] for n, key in enumerate(keys, start=1))
        return [each for each in checks if each["state"] in ("done", "timeout")]

    async def longest_s(self, keys: Sequence[str]) -> float:
        """From when it was a check's turn until its verdict, by its evidence: the longest."""
        bodies = await self._store.read(lambda conn: [evidence_of(conn, key) for key in keys])
        kept = [msgspec.json.decode(each) for of_one in bodies for each in of_one]
        return max(float(each["ended_at"] - each["begun_at"]) / 1000 for each in kept)

    async def check(self, worker: CheckWorker, number: int, key: str) -> Times:
        """Ask for one check, and watch it."""
        await self.ask(number, key)
        begun, seen = time.monotonic(), dict[str, float]()
        worker.wake()
        async with asyncio.timeout(HARD_S + 5):
            while True:
                self._committed.clear()
                cells = await self._store.read(lambda conn: cells_of(conn, [key])[key])
                check = cells[f"verifications/{uuid7(number)}"]
                for name in _stands(check):
                    seen.setdefault(name, time.monotonic() - begun)
                if check["state"] in ("done", "timeout"):
                    break
                await self._committed.wait()
        by_modem = any(s["name"] == "modem" and s["state"] == "ok" for s in check["sources"])
        never = float("inf")
        return Times(seen.get("value", never), seen.get("olt", never), seen["verdict"], by_modem)


def _stands(check: dict[str, Any]) -> set[str]:
    lines = check.get("checks") or ()
    stands = {"value"} if any("value" in line for line in lines) else set()
    stands |= {"olt"} if any(line.get("source") == "olt" for line in lines) else set()
    return stands | ({"verdict"} if check["state"] in ("done", "timeout") else set())


def _visit(conn: Connection, number: int, key: str, serial: str) -> None:
    place = f"location/00000000-0000-7000-8000-0000000{number:05x}"
    upstream(conn, 1000 + number, place, f"LOC-{number}", olt="OLT-EST", pon_port="0/5/2")
    names = {"serial_number": serial, "barcode": _gpon(number)}
    fields = names | {"equipment_type": "ONT", "location": place}
    upstream(conn, 2000 + number, place.replace("location", "equipment"), f"EQ-{number}", **fields)
    a_visit(conn, key, location=place)


def _gpon(number: int) -> str:
    return f"TPLG{number:08X}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def _opened(
    folder: Path, moods: Sequence[Mood], drivers: Drivers
) -> AsyncIterator[tuple[Bench, CheckWorker]]:
    async with AsyncExitStack() as stack:
        acs = Acs()
        url = await stack.enter_async_context(GenieAcsSimulator(acs).served())
        genieacs = GenieAcs(Nbi(await stack.enter_async_context(open_http(url))))
        behind = await stack.enter_async_context(bridged(folder, moods, drivers=drivers))
        huawei = Huawei()
        olts = await stack.enter_async_context(served(huawei))
        olts.agents[0].delay_s = GET_S
        loop, committed = asyncio.get_running_loop(), asyncio.Event()

        def on_commit(_: frozenset[str]) -> None:
            loop.call_soon_threadsafe(committed.set)

        store = open_store(
            f"sqlite:///{folder / 'terrain.db'}",
            lambda: Clock(_now_ms(), TODAY),
            on_commit,
        )
        stack.push_async_callback(store.close)
        modem = ModemWeb(ModemBridge(behind.client), genieacs)
        engine = Engine([*acs_sources(genieacs), OltNow(olts.olts), modem])
        stack.push_async_callback(engine.close)
        room = Room(store, engine, load_thresholds(), lambda: Clock(_now_ms(), TODAY))
        worker = CheckWorker(room)
        serving = asyncio.create_task(worker.run())
        stack.callback(serving.cancel)
        yield Bench(store, acs, olts.olts, huawei, committed), worker


async def _timed(runs: int, modems: int) -> list[Times]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            protocol_drivers() as drivers,
            _opened(Path(folder), [Mood()] * modems, drivers) as (bench, worker),
        ):
            hosts = [""] * runs + [address(number) for number in range(modems)]
            keys = [await bench.add(n, host) for n, host in enumerate(hosts, start=1)]
            async with bench.indexed():
                return [await bench.check(worker, n, key) for n, key in enumerate(keys, start=1)]


async def _burst(checks: int, modems: int) -> dict[str, Any]:
    """So many checks at once, one in so many of a modem that only its page can read."""
    drivers = Drivers(Workers(WORKERS), Chromium(CHROMIUM, sandbox=False))
    moods = [Mood(cipher=Cipher.GCM)] * modems
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with _opened(Path(folder), moods, drivers) as (bench, worker):
                apart = checks // modems
                hosts = [
                    address(n // apart) if n % apart == 0 and n // apart < modems else ""
                    for n in range(checks)
                ]
                keys = [await bench.add(n, host) for n, host in enumerate(hosts, start=1)]
                async with bench.indexed():
                    for number, key in enumerate(keys, start=1):
                        await bench.ask(number, key)
                    told = await at_once(partial(bench.ended, keys), worker, len(keys))
                    longest_s = {"longest_s": await bench.longest_s(keys)}
                    return told | longest_s | {"most_contexts": drivers.chromium.most_contexts}
    finally:
        await asyncio.gather(drivers.workers.close(), drivers.chromium.close())


async def _faulted() -> dict[str, int]:
    count, in_time, ended, false = 0, 0, 0, 0
    for faults in cases():
        found = await outcome(faults)
        count += 1
        in_time += found.first_s <= SOFT_S + SLACK_S
        ended += found.ended_s <= HARD_S + SLACK_S
        false += found.state is State.PASS and not may_pass(faults)
    names = ("faulted", "verdicts_by_15s", "ended_by_45s", "false_passes")
    return dict(zip(names, (count, in_time, ended, false), strict=True))


def _p95(seconds: Sequence[float]) -> float:
    return round(statistics.quantiles(seconds, n=20, method="inclusive")[-1], 3)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--modems", type=int, default=8)
    parser.add_argument("--burst", type=int, default=0)
    options = parser.parse_args()
    if options.burst:
        print(json.dumps(asyncio.run(_burst(options.burst, options.modems))))
        return
    times = asyncio.run(_timed(options.runs, options.modems))
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    called = [each for each in times if not each.by_modem]
    paged = [each for each in times if each.by_modem]
    logging.disable(logging.ERROR)  # sources that break are what it is about
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        faulted = runner.run(_faulted())
    result = {
        "runs": len(times),
        "with_modem": len(paged),
        "first_value_p95_s": _p95([each.first_value for each in times]),
        "olt_verdict_p95_s": _p95([each.olt for each in times]),
        "verdict_p95_s": _p95([each.verdict for each in called]),
        "verdict_with_modem_p95_s": _p95([each.verdict for each in paged]),
        "cpu_ms_a_check": round((cpu.ru_utime + cpu.ru_stime) * 1000 / len(times)),
    }
    print(json.dumps(result | faulted))


if __name__ == "__main__":
    main()
