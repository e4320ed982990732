"""Plays seeds: days of phones, network, server and office, in which everything happens.

usage: python -m tests.simulation [--seeds N] [--start S] [--driver fast|node] [--first]
                                  [--mutant NAME]
       python -m tests.simulation --list-mutants

`fast` plays the phones by their twin in Python, `node` by the shipped `pwa/src/sync` itself.

The last line is one JSON object: `seeds` played, acts (`steps`), `violations`, the `invariant` that
broke first (null: none), the `trace` (a hash of all that happened in all seeds), `seconds`. The
exit status says whether every invariant held. What led to the first violation goes to stderr. With
`--first` the run ends at the first seed that breaks one. With a mutant it does too, and a copy of
this tree that has the fault is what runs, in a process of its own, by the driver that executes it.
"""

import argparse
import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from backend.log import log
from tests.simulation.mutants import MUTANTS, Mutant, patched
from tests.simulation.node.phone import NodeDriver
from tests.simulation.node.process import NodeProcess, build
from tests.simulation.phone import Driver
from tests.simulation.run import Outcome, run
from tests.simulation.server import Server
from tests.simulation.twin import TwinDriver

# The database of a run has no disk to wait for.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108
_DRIVERS: Final = ("fast", "node")


def main() -> int:
    """The exit status."""
    asked = _arguments()
    if asked.list_mutants:
        print("\n".join(MUTANTS))
        return 0
    with _folder() as folder:
        if asked.mutant:
            return _play_apart(MUTANTS[asked.mutant], folder / "tree", asked)
        return _play(asked, folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--driver", choices=_DRIVERS)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--mutant", choices=MUTANTS)
    parser.add_argument("--list-mutants", action="store_true")
    return parser.parse_args()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


def _play_apart(mutant: Mutant, tree: Path, asked: argparse.Namespace) -> int:
    """Python imports from the folder in which `-m` was started before any other."""
    patched(mutant, tree)
    driver = asked.driver or mutant.driver
    command = [sys.executable, "-m", "tests.simulation", "--first", "--driver", driver]
    command += ["--seeds", str(asked.seeds), "--start", str(asked.start)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, env=environment).returncode  # noqa: PLW1510, S603


def _play(asked: argparse.Namespace, folder: Path) -> int:
    log.addHandler(logging.NullHandler())  # that the disk fails is no news here
    begun, server = time.monotonic(), Server(folder)
    with _driver(asked.driver, folder) as driver:
        seeds = range(asked.start, asked.start + asked.seeds)
        played = (run(seed, driver, server) for seed in seeds)
        outcomes = list(_until_found(played) if asked.first else played)
    server.close()
    broken = [each for each in outcomes if each.violations]
    if broken:
        _tell(broken[0])
    passed = {"seconds": round(time.monotonic() - begun, 1)}
    print(json.dumps(_summary(outcomes, broken) | passed))
    return 1 if broken else 0


@contextmanager
def _driver(name: str | None, folder: Path) -> Iterator[Driver]:
    if name != "node":
        yield TwinDriver()
        return
    with NodeProcess(build(folder)) as node:
        yield NodeDriver(node)


def _until_found(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    for each in outcomes:
        yield each
        if each.violations:
            return


def _summary(outcomes: list[Outcome], broken: list[Outcome]) -> dict[str, Any]:
    traces = "".join(each.trace for each in outcomes)
    return {
        "seeds": len(outcomes),
        "steps": sum(each.steps for each in outcomes),
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
