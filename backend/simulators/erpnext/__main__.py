"""`python -m backend.simulators.erpnext --port N`: the demo's site of today on loopback, with
its control endpoint; the first line printed is the service token. `--small`: today's visits
alone, at a dozen homes."""

import argparse
import asyncio
import sys
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from granian.constants import Interfaces
from granian.server.embed import Server

from backend.simulators.erpnext import SYNC_USER, create_erpnext_simulator, demo_site

SMALL: Final = 12


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="erpnext-simulator")
    parser.add_argument("--address", default="127.64.0.10")
    parser.add_argument("--port", type=int, default=8701)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    today = datetime.now(ZoneInfo("America/Toronto")).date()
    site = demo_site(today, days=0, customers=SMALL) if options.small else demo_site(today)
    sys.stdout.write(f"{site.user_token(SYNC_USER)}\n")
    sys.stdout.flush()
    app = create_erpnext_simulator(site, control=True)
    asyncio.run(Server(app, options.address, options.port, interface=Interfaces.ASGI).serve())


if __name__ == "__main__":
    main()
