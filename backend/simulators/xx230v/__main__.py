"""`python -m backend.simulators.xx230v --port N`: one modem or many on loopback addresses."""

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack

from backend.simulators.xx230v import Cipher, Family, Modem, Mood, served


def main() -> None:
    """Serve until interrupted; prints each modem's address."""
    parser = argparse.ArgumentParser(prog="xx230v-simulator")
    parser.add_argument("--address", action="append", help="may be repeated; 127.64.0.20")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--password", default="simulated-password")
    parser.add_argument("--cipher", type=Cipher, choices=list(Cipher), default=Cipher.CBC)
    parser.add_argument("--family", type=Family, choices=list(Family), default=Family.DM)
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        for address in options.address or ["127.64.0.20"]:
            mood = Mood(cipher=options.cipher, family=options.family)
            modem = Modem(options.password, mood, time.monotonic)
            await stack.enter_async_context(served(modem, address, options.port))
            sys.stdout.write(f"http://{address}:{options.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
