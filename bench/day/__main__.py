"""A working day of a whole ISP at high speed, and what became of everything.

    python -m bench.day --technicians 200 [--seconds 300] [--db sqlite|postgres]

Eight hours in `--seconds`, against `terrain serve` (and `terrain work` on PostgreSQL, which is the
one that PGHOST names) with ERPNext, GenieACS and an OLT simulated in processes of their own. The
last line printed is one JSON object; bench/README.md says what each figure is. The exit status is 1
when anything was lost, doubled, billed twice or answered otherwise than it must be.
"""

import argparse
import asyncio
import json
import signal
import sys
from typing import Any

from bench.day.figures import measured
from bench.day.plan import DAY_S, make_day
from bench.day.run import live
from bench.day.stage import stage

SECONDS = 300.0
SHOWN = 20
ZERO = ("lost", "duplicated", "billed_twice", "errors")


def measure(technicians: int, seconds: float, engine: str) -> tuple[dict[str, Any], list[str]]:
    """The figures of one day, and a line for each thing that went wrong."""
    day = make_day(technicians)
    with stage(day, seconds, engine) as running:
        lived = asyncio.run(live(running, day, seconds))
        return measured(running, day, lived, DAY_S / seconds)


def main() -> None:
    """Run a day and print."""
    parser = argparse.ArgumentParser(prog="bench.day", description=__doc__)
    parser.add_argument("--technicians", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    args = parser.parse_args()
    # What it started ends with it, also when somebody ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    figures, faults = measure(args.technicians, args.seconds, args.db)
    for fault in faults[:SHOWN]:
        print(fault)
    print(json.dumps(figures))
    sys.exit(1 if faults or any(figures[name] for name in ZERO) else 0)


if __name__ == "__main__":
    main()
