"""`python -m backend.simulators.genieacs --port N`: the demo's ACS of today on loopback."""

import argparse
import asyncio
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.simulators.erpnext import demo_site
from backend.simulators.genieacs import GenieAcsSimulator, demo_acs


def main() -> None:
    """Serve until interrupted; prints the ids of the terminals."""
    parser = argparse.ArgumentParser(prog="genieacs-simulator")
    parser.add_argument("--address", default="127.64.0.11")
    parser.add_argument("--port", type=int, default=7557)
    parser.add_argument("--speed", type=float, default=1.0, help="divides every wait")
    options = parser.parse_args()
    asyncio.run(_serve(options.address, options.port, options.speed))


async def _serve(host: str, port: int, speed: float) -> None:
    day = datetime.now(ZoneInfo("America/Toronto")).date()
    acs = demo_acs(demo_site(day), day, speed)
    async with GenieAcsSimulator(acs).served(host, port):
        sys.stdout.write("".join(f"{device}\n" for device in acs.devices))
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
