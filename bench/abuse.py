"""Abuse: sockets that stall, and five times more requests than the server gets done.

    python -m bench.abuse [--stalled 500] [--seconds 10] [--db sqlite|postgres]

One half of the stalled sockets stops in the headers, the other in the body of a push; meanwhile
other phones push now and then. Then some phones push as fast as they are answered, which is the
peak, and all of them offer five times as much, without heed of what they are told. The last line
printed is one JSON object; the exit status is 1 when a goal of it is missed.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final, NamedTuple

import msgspec

from backend.admission import MOST
from backend.auth.session import COOKIE
from backend.erp.ids import uuid7
from bench.corpus import SEED
from bench.installation import Handset, Installation, Scope, running
from bench.wire import Connection
from sync.protocol import PROTOCOL
from tests.faults.phones import now_ms

PHONES: Final = 200
STEADY: Final = 20
NOTES: Final = 5
OVERLOAD: Final = 5
P99_MS: Final = 250.0
GOODPUT: Final = 0.8
REFUSAL_MS: Final = 50.0
PAUSE_S: Final = 0.1
_LINE: Final = "POST /api/sync HTTP/1.1\r\nHost: terrain\r\n"
_HEAD: Final = (
    f"{_LINE}Content-Type: application/json\r\nX-Terrain: 1\r\n"
    "Cookie: {cookie}={session}\r\nContent-Length: 1000\r\n\r\n{{"
)


class Seen(NamedTuple):
    """One answer: its status, how long it took (ms), whether it said when to come again."""

    status: int
    ms: float
    says_when: bool


class Pusher:
    """A phone that pushes notes; what is refused goes again."""

    def __init__(self, url: str, handset: Handset, seed: Random) -> None:
        self._handset, self._seed, self._seq = handset, seed, 0
        self.wire = Connection(url, handset.session)

    async def push(self) -> Seen:
        """One batch, on a connection that is opened again when it has ended."""
        body, began = self._body(), time.perf_counter()
        try:
            answer = await self.wire.post(body, gzip=False)
        except (OSError, EOFError):
            await self.wire.open()
            answer = await self.wire.post(body, gzip=False)
        if answer.status == 200:
            self._seq += NOTES
        took_ms = (time.perf_counter() - began) * 1000
        return Seen(answer.status, took_ms, answer.retry_after_s > 0)

    def _body(self) -> bytes:
        held, at = self._handset, now_ms()
        notes = [
            {
                "id": uuid7(at, self._seed.randbytes(10)),
                "seq": self._seq + number,
                "kind": "note",
                "key": held.jobs[0].key,
                "base": 0,
                "made_at": at,
                "args": {"text": f"note {self._seq + number}"},
            }
            for number in range(1, NOTES + 1)
        ]
        said = {"protocol": PROTOCOL, "device": held.device, "epoch": 1, "mutations": notes}
        return msgspec.json.encode(said)


@asynccontextmanager
async def stalled(installation: Installation, count: int) -> AsyncIterator[None]:
    """So many sockets that never say the rest."""
    host, _, port = installation.url.removeprefix("http://").partition(":")
    session = installation.handsets[0].session
    writers = []
    for number in range(count):
        _, writer = await asyncio.open_connection(host, int(port))
        said = _LINE if number % 2 else _HEAD.format(cookie=COOKIE, session=session)
        writer.write(said.encode())
        writers.append(writer)
    try:
        yield
    finally:
        for writer in writers:
            writer.close()


async def steadily(pushers: list[Pusher], seconds: float, pause_s: float) -> list[Seen]:
    """Each pushes, waits a little, and pushes again."""
    until, seen = time.perf_counter() + seconds, list[Seen]()

    async def go(pusher: Pusher) -> None:
        while time.perf_counter() < until:
            seen.append(await pusher.push())
            await asyncio.sleep(pause_s)

    await asyncio.gather(*(go(each) for each in pushers))
    return seen


async def overloaded(pushers: list[Pusher], seconds: float, a_second: float) -> list[Seen]:
    """So many pushes begin each second, as long as there is a phone that waits for nothing."""
    idle, seen, offered = list(pushers), list[Seen](), 0
    began = time.perf_counter()

    async def go(pusher: Pusher) -> None:
        seen.append(await pusher.push())
        idle.append(pusher)

    async with asyncio.TaskGroup() as group:
        while (passed := time.perf_counter() - began) < seconds:
            while offered < passed * a_second and idle:
                offered += 1
                group.create_task(go(idle.pop(0)))
            offered = max(offered, int(passed * a_second))
            await asyncio.sleep(0.005)
    return seen


async def measure(installation: Installation, count: int, seconds: float) -> dict[str, Any]:
    """All parts on a running installation."""
    seed = Random(SEED)  # noqa: S311  (a bench, not a secret)
    pushers = [Pusher(installation.url, each, seed) for each in installation.handsets]
    for each in pushers:
        await each.wire.open()
    alone = await steadily(pushers[:STEADY], seconds, PAUSE_S)
    async with stalled(installation, count):
        beside = await steadily(pushers[:STEADY], seconds, PAUSE_S)
    peak = len(await steadily(pushers[:MOST], seconds, 0.0)) / seconds
    flood = await overloaded(pushers, seconds, OVERLOAD * peak)
    refused = [each for each in flood if each.status == 503]
    good = sum(each.status == 200 for each in flood) / seconds
    return {
        "stalled": count,
        "p99_alone_ms": _share([each.ms for each in alone], 0.99),
        "p99_ms": _share([each.ms for each in beside], 0.99),
        "peak_per_s": round(peak, 1),
        "offered_per_s": round(len(flood) / seconds, 1),
        "goodput": round(good / peak, 2),
        "refused": len(refused),
        "refusal_p95_ms": _share([each.ms for each in refused], 0.95),
        "without_retry_after": sum(not each.says_when for each in refused),
        "statuses": dict(Counter(str(each.status) for each in (*alone, *beside, *flood))),
        "engine": installation.engine,
    }


def _share(values: list[float], share: float) -> float:
    return round(sorted(values)[int(len(values) * share)], 1) if values else 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.abuse", description=__doc__)
    parser.add_argument("--stalled", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    args = parser.parse_args()
    seed = Random(SEED)  # noqa: S311  (a corpus, not a secret)
    with running(args.db, [Scope(1)] * PHONES, seed) as installation:
        figures = asyncio.run(measure(installation, args.stalled, args.seconds))
    print(json.dumps(figures))
    kept = figures["p99_ms"] <= P99_MS and figures["goodput"] >= GOODPUT
    told = figures["refusal_p95_ms"] <= REFUSAL_MS and not figures["without_retry_after"]
    sys.exit(0 if kept and told else 1)


if __name__ == "__main__":
    main()
