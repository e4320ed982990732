"""How many documents a second one core brings to ERPNext, so that ERPNext is always the limit.

    python -m bench.erp_client [--rounds N]

The simulator answers without delay in a process of its own; only this process's CPU time counts.
The last line printed is one JSON object; bench/README.md says what each figure is.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from backend.erp.client import ErpClient, open_http
from backend.erp.mapping import Entity, load_mapping
from backend.erp.whole import read_rows, read_whole
from tests.e2e.processes import HOST, free_port

JOB: Final = "Dispatch Job"
LEDGER: Final = "Field Operation"
TRIES: Final = 100


async def measure(url: str, token: str, rounds: int) -> dict[str, Any]:
    """Both ways, each over every job of the site so many times."""
    entity = load_mapping(ZoneInfo("America/Toronto")).entities["job"]
    async with open_http(url, token) as http:
        client = ErpClient(http)
        names = [str(row["name"]) for row in await client.list_docs(JOB, ["name"])]
        together = await _cpu_s(lambda n: _together(client, entity, names, n), rounds)
        alone = await _cpu_s(lambda n: _alone(client, names, n), rounds)
    count = len(names) * rounds
    return {
        "documents": count,
        "documents_per_s": round(count / together),
        "cpu_ms_per_document": round(together * 1000 / count, 3),
        "one_by_one_per_s": round(count / alone),
    }


async def _cpu_s(deliver: Callable[[int], Awaitable[None]], rounds: int) -> float:
    began = time.process_time()
    for number in range(rounds):
        await deliver(number)
    return time.process_time() - began


async def _together(client: ErpClient, entity: Entity, names: list[str], number: int) -> None:
    """As a long outage drains: the rows, one write, read back with child rows, the ledger."""
    rows = await read_rows(client, entity, names)
    there = {str(row["name"]): str(row["modified"]) for row in rows}
    changes = {name: ({"tech_notes": f"note {number}"}, there[name]) for name in names}
    assert not await client.bulk_update(JOB, changes)  # noqa: S101  (nothing else is a figure)
    seen = await read_whole(client, entity, names)
    assert {each["tech_notes"] for each in seen} == {f"note {number}"}  # noqa: S101
    await client.insert_many([_operation(name) for name in names])


async def _alone(client: ErpClient, names: list[str], number: int) -> None:
    """As on every day: read, write, read back, the ledger."""
    for name in names:
        document = await client.get_doc(JOB, name)
        assert isinstance(document, dict)  # noqa: S101
        fields = {"tech_notes": f"seul {number}"}
        await client.put(JOB, name, fields, str(document["modified"]))
        await client.get_doc(JOB, name)
        await client.insert(LEDGER, _operation(name))


def _operation(job: str) -> dict[str, Any]:
    made = {"name": str(uuid.uuid4()), "kind": "note", "occurred_at": "2026-11-23 08:00:00"}
    return {"doctype": LEDGER, "job": job, "payload": '{"text": "une note"}', **made}


def main() -> None:
    """Start the simulator, measure, print."""
    parser = argparse.ArgumentParser(prog="bench.erp_client", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds, port = parser.parse_args().rounds, free_port()
    command = [sys.executable, "-m", "backend.simulators.erpnext", "--address", HOST]
    with subprocess.Popen(  # noqa: S603  (our own module)
        [*command, "--port", str(port)], stdout=subprocess.PIPE, text=True
    ) as site:
        try:
            assert site.stdout is not None  # noqa: S101  (PIPE)
            token, url = site.stdout.readline().strip(), f"http://{HOST}:{port}"
            _wait(url)
            print(json.dumps(asyncio.run(measure(url, token, rounds))))
        finally:
            site.terminate()


def _wait(url: str) -> None:
    for _ in range(TRIES):
        try:
            httpx.get(f"{url}/api/method/ping", trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    main()
