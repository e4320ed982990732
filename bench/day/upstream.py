"""The day's upstreams, a process of their own: ERPNext with its office, GenieACS, an OLT.

    python -m bench.day.upstream --technicians N --seconds S --port P --genieacs P --olt P

The first line printed is the token of ERPNext. `POST /_day/begin` begins the day: the office edits,
and ERPNext answers 503 for the hour of the outage. `GET /_day/books` tells what the site holds.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Response, Router, get, post

from backend.simulators.erpnext import SYNC_USER, Fault, FaultKind, Site, create_erpnext_simulator
from backend.simulators.erpnext.request_log import Entry, RequestLog
from backend.simulators.erpnext.schema import Doc
from backend.simulators.genieacs import Acs, GenieAcsSimulator, xx230v
from backend.simulators.olt import Huawei, OltSimulator
from bench.day.plan import DAY_S, OUTAGE_S, Day, make_day
from bench.outage.plan import MORNING_S, Visit, serial
from bench.outage.upstream import INVOICE, edit, open_site

OLT: Final = "OLT-EST"
PORT: Final = "0/5/2"
KEPT: Final = 500_000
TOLD: Final = ("Dispatch Job", "Service Location", "Field Operation", "File", INVOICE)
ZONE: Final = ZoneInfo("America/Toronto")


class Books(msgspec.Struct, frozen=True):
    """What the site holds of the doctypes that were told, and the requests that brought it."""

    rows: dict[str, list[Doc]]
    log: list[Entry]

    def site(self, day: Day) -> Site:
        """The same as a site that can be asked here."""
        site = open_site(day.plan._replace(visits=()), date(2026, 1, 1), _now, 0)
        for doctype, rows in self.rows.items():
            for row in rows:
                site.database.put(doctype, row["name"], row)
        site.log = RequestLog(KEPT)
        for entry in self.log:
            site.log.note(entry)
        return site


def day_site(day: Day) -> tuple[Site, Acs, Huawei]:
    """The upstreams in the morning: each visit that checks its line has a terminal there."""
    site = open_site(day.plan, datetime.now(ZONE).date(), _now, day.technicians)
    site.log = RequestLog(KEPT)
    acs, olt = Acs(), Huawei()
    checked = [each for each in day.plan.visits if any(c.kind == "verify" for c in each.changes)]
    for number, visit in enumerate(checked, start=1):
        _plug_in(site, visit)
        terminal = xx230v(serial(visit.number))
        known = acs.add(terminal, informed=_now())
        known.learn(terminal.below(""), known.last_inform)
        olt.add(serial(visit.number), 5, 2, number)
    return site, acs, olt


def _plug_in(site: Site, visit: Visit) -> None:
    site.write_silently("Service Location", visit.location, olt_name=OLT, pon_port=PORT)
    if visit.job_type != "Installation":
        there = {"status": "Installed", "service_location": visit.location}
        names = {"serial_number": serial(visit.number), "equipment_type": "ONT"}
        site.seed_document("Service Equipment", **names, **there)


def _now() -> datetime:
    return datetime.now(UTC)


class Office:
    """What happens in ERPNext over the day, `speed` times as fast."""

    def __init__(self, site: Site, day: Day, speed: float) -> None:
        self._site, self._speed = site, speed
        self._due: list[tuple[float, Callable[[], object]]] = [
            *((each.at_s, lambda each=each: edit(site, each)) for each in day.plan.edits),
            (OUTAGE_S[0], lambda: site.faults.order(Fault(FaultKind.UNAVAILABLE, times=None))),
            (OUTAGE_S[1], site.faults.clear),
        ]
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """It is morning."""
        self._site.log.clear()
        self._task = asyncio.create_task(self._work(time.monotonic()))

    async def _work(self, began: float) -> None:
        for at_s, happens in sorted(self._due, key=lambda each: each[0]):
            due = began + (at_s - MORNING_S) / self._speed
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            happens()


def _router(site: Site, office: Office) -> Router:
    @post("/begin", sync_to_thread=False)
    def begin() -> None:
        office.begin()

    @get("/books", sync_to_thread=False)
    def books() -> Response[bytes]:
        told = Books({name: site.database.rows(name) for name in TOLD}, site.log.entries())
        return Response(msgspec.json.encode(told), media_type="application/json")

    return Router("/_day", route_handlers=[begin, books])


async def _serve(options: argparse.Namespace) -> None:
    day = make_day(options.technicians)
    site, acs, olt = day_site(day)
    app = create_erpnext_simulator(site, control=True)
    app.register(_router(site, Office(site, day, DAY_S / options.seconds)))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            GenieAcsSimulator(acs).served(options.address, options.genieacs)
        )
        await stack.enter_async_context(OltSimulator(olt).served(options.address, options.olt))
        sys.stdout.write(f"{site.user_token(SYNC_USER)}\n")
        sys.stdout.flush()
        await Server(app, options.address, options.port, interface=Interfaces.ASGI).serve()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="bench.day.upstream")
    parser.add_argument("--technicians", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--address", default="127.0.0.1")
    for port in ("--port", "--genieacs", "--olt"):
        parser.add_argument(port, type=int, required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
