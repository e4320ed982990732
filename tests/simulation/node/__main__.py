"""Plays seeds with phones that run the shipped `pwa/src/sync` under Node.

usage: python -m tests.simulation.node [--seeds N] [--start S] [--mutant NAME]
       python -m tests.simulation.node --list-mutants

The last line is one JSON object: `seeds` played, acts (`steps`), `violations`, the `invariant` that
broke first (null: none), the `trace` (a hash of all that happened in all seeds), `seconds`. The
exit status says whether every invariant held. What led to the first violation goes to stderr. With
a mutant the run ends at the first seed that finds it.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.simulation.node.mutants import MUTANTS, patched
from tests.simulation.node.process import ROOT, NodeProcess, build
from tests.simulation.node.run import STEPS, Outcome, run
from tests.simulation.node.server import Server

# The database of a run has no disk to wait for.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108


def main() -> int:
    """The exit status."""
    asked = _arguments()
    if asked.list_mutants:
        print("\n".join(MUTANTS))
        return 0
    begun = time.monotonic()
    with _runner(asked.mutant) as (node, server):
        seeds = range(asked.start, asked.start + asked.seeds)
        played = (run(seed, node, server) for seed in seeds)
        outcomes = list(_until_found(played) if asked.mutant else played)
    broken = [each for each in outcomes if each.violations]
    if broken:
        _tell(broken[0])
    print(json.dumps(_summary(outcomes, broken) | {"seconds": round(time.monotonic() - begun, 1)}))
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.node")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--mutant", choices=MUTANTS)
    parser.add_argument("--list-mutants", action="store_true")
    return parser.parse_args()


@contextmanager
def _runner(mutant: str | None) -> Iterator[tuple[NodeProcess, Server]]:
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        tree = patched(MUTANTS[mutant], folder / "tree") if mutant else ROOT
        server = Server(folder)
        with NodeProcess(build(tree, folder)) as node:
            yield node, server
        server.close()


def _until_found(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    for each in outcomes:
        yield each
        if each.violations:
            return


def _summary(outcomes: list[Outcome], broken: list[Outcome]) -> dict[str, Any]:
    traces = "".join(each.trace for each in outcomes)
    return {
        "seeds": len(outcomes),
        "steps": len(outcomes) * STEPS,
        "violations": sum(len(each.violations) for each in broken),
        "invariant": broken[0].violations[0].invariant if broken else None,
        "trace": hashlib.sha256(traces.encode()).hexdigest()[:16],
    }


def _tell(broken: Outcome) -> None:
    for event in broken.events:
        print(event, file=sys.stderr)
    for invariant, detail in broken.violations:
        print(f"seed {broken.seed}: {invariant}: {detail}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
