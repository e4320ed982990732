"""Days without ERPNext, then the drain: nothing lost, doubled, out of order, or billed twice.

    python -m bench.outage --days 4 --changes 6000

The real store and worker against the simulated site, on a virtual clock; bench/README.md says what
each figure is. The last line printed is one JSON object; the exit status is 1 when a goal is
missed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.outage.drill import drill
from bench.outage.plan import make_plan

REQUESTS_A_CHANGE: Final = 0.4
SHOWN: Final = 20


def measure(days: int, changes: int) -> tuple[dict[str, Any], list[str]]:
    """The figures of one drill, and what went wrong."""
    plan = make_plan(days, changes)
    with tempfile.TemporaryDirectory() as folder:
        found, drain_s = asyncio.run(drill(plan, days, Path(folder)))
    planted = sum(bool(each.clashes) for each in plan.edits)
    figures = {
        "changes": sum(len(each.changes) for each in plan.visits),
        "documents": plan.documents,
        "planted_conflicts": planted,
        "conflicts": found.conflicts,
        "lost": found.lost,
        "duplicated": found.duplicated,
        "order_inversions": found.order_inversions,
        "billed_twice": found.billed_twice,
        "requests": found.requests,
        "requests_per_change": round(found.requests / changes, 3),
        "drain_seconds": round(drain_s, 1),
    }
    return figures, found.faults


def main() -> None:
    """Drill and print."""
    parser = argparse.ArgumentParser(prog="bench.outage", description=__doc__)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--changes", type=int, default=6000)
    args = parser.parse_args()
    figures, faults = measure(args.days, args.changes)
    for fault in faults[:SHOWN]:
        print(fault)
    print(json.dumps(figures))
    missed = faults or figures["order_inversions"] or figures["billed_twice"]
    sys.exit(1 if missed or figures["requests_per_change"] > REQUESTS_A_CHANGE else 0)


if __name__ == "__main__":
    main()
