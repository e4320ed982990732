"""How fast, small and whole the sync is: phones edit offline, all push, all pull, some catch up.

    python -m bench.sync --devices D [--mode shared|own] [--db sqlite|postgres]

500 visits; each of D devices makes 50 single-field edits offline. `shared`: all of them carry the
same visits; `own`: each has its own share of them. PostgreSQL is the one that PGHOST names, as
under pg_virtualenv. The last line printed is one JSON object; bench/README.md says what each
figure is.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from functools import partial
from random import Random
from typing import Any, Final

from bench.corpus import SEED, Edit, edit
from bench.encoder import Body, Offline, encode
from bench.insisting import Insisting
from bench.installation import Installation, Scope, running
from bench.phones import Phone, Told, lost_cells, told
from tests.faults.phones import now_ms

EDITS: Final = 50
STALE: Final = 10
OFFLINE_MS: Final = 8 * 3_600_000


async def measure(installation: Installation, seed: Random) -> dict[str, Any]:
    """All phases on a running installation."""
    phones = [Phone(installation.url, each) for each in installation.handsets]
    pushing = [phone for phone in phones if not phone.handset.stale]
    stale = [phone for phone in phones if phone.handset.stale]
    for phone in phones:
        await phone.wire.open()
        await phone.pull()
        phone.read()
    edits = [[edit(seed, phone.handset.jobs) for _ in range(EDITS)] for phone in pushing]
    bodies = encode(
        [offline(phone, made) for phone, made in zip(pushing, edits, strict=True)], EDITS
    )
    asking = Insisting(seed)
    pushed = await _push(installation, pushing, bodies, asking)
    stormed = await _storm(pushing, asking)
    caught = await _catch_up(stale)
    for phone in phones:
        phone.read()
    figures = pushed | stormed | caught | _losses(phones, pushing, edits, bodies)
    for phone in phones:
        phone.wire.close()
    return figures | {
        "rss_mb": round(installation.rss_mb, 1),
        "commits": installation.commits(),
        "engine": installation.engine,
    }


async def _push(
    installation: Installation, phones: list[Phone], bodies: list[list[Body]], asking: Insisting
) -> dict[str, Any]:
    """All at once; the answers bring what the others had pushed until then."""
    await _connect(phones)
    sent = sum(phone.wire.sent for phone in phones)
    cpu_s, began = installation.cpu_s, time.perf_counter()
    await asyncio.gather(*(_drain(p, b, asking) for p, b in zip(phones, bodies, strict=True)))
    took_s, cpu_s = time.perf_counter() - began, installation.cpu_s - cpu_s
    count = len(phones) * EDITS
    return {
        "mutations": count,
        "push_per_s": round(count / took_s),
        "cpu_ms_per_mutation": round(cpu_s * 1000 / count, 3),
        "bytes_up_per_mutation": round((sum(p.wire.sent for p in phones) - sent) / count, 1),
    }


async def _connect(phones: list[Phone]) -> None:
    for phone in phones:
        await phone.wire.open()


async def _drain(phone: Phone, bodies: list[Body], asking: Insisting) -> None:
    for body in bodies:
        await asking.until_taken(partial(phone.push, body))


async def _storm(phones: list[Phone], asking: Insisting) -> dict[str, Any]:
    await _connect(phones)
    began = time.perf_counter()

    async def pull(phone: Phone) -> float:
        phone.has_more = True
        while phone.has_more:
            await asking.until_taken(phone.pull_page)
        return time.perf_counter() - began

    took = await asyncio.gather(*(pull(phone) for phone in phones))
    return {"storm_pull_p95_s": round(_p95(took), 3), "refused": asking.statuses[503]}


async def _catch_up(phones: list[Phone]) -> dict[str, Any]:
    """One after the other, from before every edit."""
    took, size = [], []
    for phone in phones:
        await phone.wire.open()
        before, began = phone.pulled_bytes, len(phone.waited_s)
        await phone.pull()
        took.append(sum(phone.waited_s[began:]) * 1000)
        size.append((phone.pulled_bytes - before) / 1000)
    return {
        "catchup_kb": round(statistics.mean(size), 1),
        "catchup_ms": round(statistics.median(took), 1),
    }


def _losses(
    phones: list[Phone], pushing: list[Phone], edits: list[list[Edit]], bodies: list[list[Body]]
) -> dict[str, Any]:
    """Every replica is compared with what all phones of its technician were told."""
    scopes: dict[str, list[Told]] = {}
    for phone, made, sent in zip(pushing, edits, bodies, strict=True):
        scopes.setdefault(phone.handset.technician, []).extend(told(phone, made, sent))
    hashes: dict[str, set[str]] = {}
    for phone in phones:
        hashes.setdefault(phone.handset.technician, set()).add(phone.hash)
    outcomes = Counter(each.outcome for every in scopes.values() for each in every)
    print(f"verdicts: {dict(outcomes)}")
    return {
        "lost_cells": sum(
            lost_cells(phone, scopes.get(phone.handset.technician, ())) for phone in phones
        ),
        "state_hashes": max(len(each) for each in hashes.values()),
    }


def offline(phone: Phone, edits: list[Edit]) -> Offline:
    """The phone as it comes back, its edits made in the hours before."""
    technician, began = phone.handset.technician, now_ms() - OFFLINE_MS
    return Offline(phone.handset.device, technician, phone.changes, edits, began)


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.sync", description=__doc__)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--mode", choices=("shared", "own"), default="shared")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    args = parser.parse_args()
    seed = Random(SEED)  # noqa: S311  (a corpus, not a secret)
    with running(args.db, _scopes(args.mode, args.devices), seed) as installation:
        print(json.dumps(asyncio.run(measure(installation, seed))))


def _scopes(mode: str, devices: int) -> list[Scope]:
    if mode == "shared":
        return [Scope(devices, STALE)]
    return [Scope(1, 1 if n < STALE else 0) for n in range(devices)]


if __name__ == "__main__":
    main()
