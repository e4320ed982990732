"""A herd: 200 phones come back within one second, each with 500 mutations of days offline.

Each phone has a technician and visits of its own.

    python -m bench.herd [--db sqlite|postgres]

Each sends batches of 100 as its outbox does, waits as long as it is told after 429 or 503, and
backs off with jitter. The last line printed is one JSON object.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from functools import partial
from random import Random
from typing import Any, Final

from bench.corpus import SEED, edit
from bench.encoder import Body, encode
from bench.insisting import Insisting
from bench.installation import Installation, Scope, running
from bench.phones import Phone, lost_cells, told
from bench.sync import offline

PHONES: Final = 200
EDITS: Final = 500
BATCH: Final = 100
WITHIN_S: Final = 1.0


class Herd:
    """What the phones were answered, and when the last of each was acknowledged."""

    def __init__(self, seed: Random) -> None:
        self.asking = Insisting(seed)
        self.acked_s: list[float] = []
        self._seed = seed
        self._began = time.perf_counter()

    async def come_back(self, phone: Phone, bodies: list[Body]) -> None:
        """One phone, from its first contact until it has nothing left."""
        await asyncio.sleep(self._seed.uniform(0, WITHIN_S))
        for body in bodies:
            await self.asking.until_taken(partial(phone.push, body))
        self.acked_s.append(time.perf_counter() - self._began)


async def measure(installation: Installation, seed: Random) -> dict[str, Any]:
    """The herd on a running installation."""
    phones = [Phone(installation.url, each) for each in installation.handsets]
    for phone in phones:
        await phone.wire.open()
        await phone.pull()
        phone.read()
    edits = [[edit(seed, phone.handset.jobs) for _ in range(EDITS)] for phone in phones]
    bodies = encode([offline(p, e) for p, e in zip(phones, edits, strict=True)], BATCH)
    for phone in phones:
        await phone.wire.open()
    cpu_s, herd = installation.cpu_s, Herd(seed)
    await asyncio.gather(
        *(herd.come_back(phone, each) for phone, each in zip(phones, bodies, strict=True))
    )
    cpu_s, rss_mb = installation.cpu_s - cpu_s, installation.rss_mb
    for phone in phones:
        await phone.wire.open()
        await phone.pull()
        phone.read()
    answers = [told(p, e, b) for p, e, b in zip(phones, edits, bodies, strict=True)]
    outcomes = Counter(each.outcome for mine in answers for each in mine)
    print(f"verdicts: {dict(outcomes)}")
    return {
        "mutations": outcomes.total(),
        "acked": outcomes.total() - outcomes["unanswered"],
        "all_acked_s": round(max(herd.acked_s), 1),
        "statuses": {str(status): count for status, count in sorted(herd.asking.statuses.items())},
        "push_per_s": round(outcomes.total() / max(herd.acked_s)),
        "cpu_ms_per_mutation": round(cpu_s * 1000 / outcomes.total(), 3),
        "rss_mb": round(rss_mb, 1),
        "lost_cells": sum(lost_cells(p, mine) for p, mine in zip(phones, answers, strict=True)),
        "commits": installation.commits(),
        "engine": installation.engine,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.herd", description=__doc__)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    seed = Random(SEED)  # noqa: S311  (a corpus, not a secret)
    with running(parser.parse_args().db, [Scope(1)] * PHONES, seed) as installation:
        print(json.dumps(asyncio.run(measure(installation, seed))))


if __name__ == "__main__":
    main()
