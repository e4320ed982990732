"""An OLT with 1,000 terminals behind net-snmp's agent: reads of one terminal, walks of all.

`python -m bench.olt [--reads N]`; the same walk by pysnmp beside it.
"""

import argparse
import asyncio
import json
import socket
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any, Final

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_walk_cmd,
)

from backend.cpe.olt.client import REPETITIONS, Agent, Credentials, Snmp
from backend.cpe.olt.olt import Olt
from backend.cpe.olt.source import Olts
from backend.cpe.readings import Identity
from backend.simulators.olt.agent import COMMUNITY
from backend.simulators.olt.snmpd import AUTH_KEY, PRIV_KEY, USER, program, snmpd

TERMINALS: Final = 1000
_XPON: Final = "1.3.6.1.4.1.2011.6.128.1.1.2"
SERIALS: Final = f"{_XPON}.43.1.3"
SIX: Final = tuple(
    f"{_XPON}.{each}" for each in ("43.1.3", "46.1.15", "46.1.20", "51.1.3", "51.1.4", "51.1.6")
)
CREDENTIALS: Final = {
    "v2c": Credentials(COMMUNITY),
    "v3": Credentials(user=USER, auth_key=AUTH_KEY, priv_key=PRIV_KEY),
}


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench.olt")
    parser.add_argument("--reads", type=int, default=300)
    options = parser.parse_args()
    if not program():
        print(json.dumps({"skipped": True}))
        return
    print(json.dumps(asyncio.run(_measured(options.reads))))


async def _measured(reads: int) -> dict[str, Any]:
    port = _free_port()
    async with snmpd("huawei", TERMINALS, port):
        await Snmp(Agent("127.0.0.1", port, CREDENTIALS["v2c"], 10.0)).get([f"{SERIALS}.1.1"])
        figures: dict[str, Any] = {"terminals": TERMINALS, "reads": reads}
        for name, credentials in CREDENTIALS.items():
            agent = Agent("127.0.0.1", port, credentials)
            figures |= {f"{name}_{key}": each for key, each in (await _of(agent, reads)).items()}
        figures |= await _timed("pysnmp_walk_6000", lambda: _by_pysnmp(port))
    return figures


async def _of(agent: Agent, reads: int) -> dict[str, float]:
    snmp = Snmp(agent)
    olts = Olts([Olt("BENCH", snmp, None, UTC)])
    figures = await _timed("first_read", lambda: _read(olts, 0))
    spent: list[float] = []
    begun = time.process_time()
    for number in range(reads):
        at = time.perf_counter()
        await _read(olts, number * 7 % TERMINALS)
        spent.append((time.perf_counter() - at) * 1000)
    ninety_five = statistics.quantiles(spent, n=20)[-1]
    figures |= {"read_p50_ms": round(statistics.median(spent), 2)}
    figures |= {"read_p95_ms": round(ninety_five, 2)}
    figures |= {"read_cpu_ms": round((time.process_time() - begun) * 1000 / reads, 2)}
    figures |= await _timed("walk_serials", lambda: snmp.walk(SERIALS))
    return figures | await _timed("walk_6000", lambda: _six(snmp))


async def _read(olts: Olts, number: int) -> None:
    said = await olts.read(Identity(gpon_serial=f"TPLG{number:08X}"))
    if not said.pon:
        raise ValueError(number)


async def _six(snmp: Snmp) -> None:
    found = [await snmp.walk(column) for column in SIX]
    if sum(map(len, found)) != len(SIX) * TERMINALS:
        raise ValueError(len(found))


async def _by_pysnmp(port: int) -> None:
    engine = SnmpEngine()
    target = await UdpTransportTarget.create(("127.0.0.1", port))
    count = 0
    for column in SIX:
        rows = bulk_walk_cmd(
            engine,
            CommunityData(COMMUNITY),
            target,
            ContextData(),
            0,
            REPETITIONS,
            ObjectType(ObjectIdentity(column)),
            lookupMib=False,
            lexicographicMode=False,
        )
        async for fault, _, _, values in rows:
            if fault:
                raise ValueError(fault)
            count += len(values)
    engine.close_dispatcher()
    if count != len(SIX) * TERMINALS:
        raise ValueError(count)


async def _timed(name: str, work: Callable[[], Awaitable[object]]) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    await work()
    return {
        f"{name}_cpu_s": round(time.process_time() - cpu, 3),
        f"{name}_s": round(time.perf_counter() - wall, 3),
    }


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
