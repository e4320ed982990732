"""Power cuts: whatever the server had acknowledged is there, whenever the power went.

usage: python -m tests.faults.powercut --trials N [--mode full|normal|off] [--seed S]
         [--batches B] [--recording FOLDER]

The real server runs once under strace. Each trial cuts that recording at a random step, leaves on
disk what a power cut may leave, and opens it with the store's own code. The last line is one JSON
object: `acked` mutations and photos over all trials, `lost` of them; trials that are `corrupt` (the
database cannot be used) or `partial` (a transaction is there in part); `torn`: trials in which a
write reached the disk in part. `full` must lose nothing; in `normal` and `off` the same check must
find losses, or it proves nothing. The exit status says whether it is so.

`--recording` keeps the recording there, or cuts the one that is already there: with the same seed
every trial is the same again.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from tests.faults.audit import Findings, Promised, audit
from tests.faults.disk import Disk
from tests.faults.recording import Recorded, read, record
from tests.faults.steps import Synced, Told

MODES: Final = ("full", "normal", "off")
BATCHES: Final = 15
SHOWN: Final = 5


class Trial(NamedTuple):
    """One cut, after this many steps: what had been promised, and what was found."""

    cut: int
    promised: int
    torn: int
    findings: Findings


def trials(recorded: Recorded, count: int, seed: int) -> Iterator[Trial]:
    """Cut the recording after `count` random steps, after some of them more than once."""
    chance = Random(seed)  # noqa: S311  (repeatable, not secret)
    cuts = Counter(chance.choices(range(1, len(recorded.steps) + 1), k=count))
    disk, promised = Disk(recorded.root), Promised({}, set(), recorded.sent, recorded.device)
    for number, step in enumerate(recorded.steps, 1):
        disk.apply(step)
        if isinstance(step.act, Told):
            promised.verdicts.update(step.act.verdicts)
            promised.photos.update({step.act.photo} & recorded.photos)
        for _ in range(cuts[number]):
            yield _trial(disk, promised, number, chance)


def _trial(disk: Disk, promised: Promised, cut: int, chance: Random) -> Trial:
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        torn = disk.survive(Path(folder), chance)
        findings = audit(Path(folder), promised)
    return Trial(cut, len(promised.verdicts) + len(promised.photos), torn, findings)


def run(folder: Path, count: int, mode: str, seed: int, batches: int) -> dict[str, Any]:
    """Record (unless `folder` holds a recording), cut, and sum up; a few of the cuts that found
    something are printed."""
    began = time.monotonic()
    if not any(folder.glob("*.strace")):
        record(folder, mode, batches)
    recorded = read(folder)
    total = Counter(trials=0, acked=0, lost=0, corrupt=0, partial=0, torn=0, found=0)
    for trial in trials(recorded, count, seed):
        total.update(_counted(trial))
        if trial.findings.any and total["found"] <= SHOWN:
            print(_line(trial))
    del total["found"]
    synced = [each.act.path for each in recorded.steps if isinstance(each.act, Synced)]
    return {
        "mode": mode,
        **total,
        "steps": len(recorded.steps),
        "syncs": len(synced),
        "checkpoints": sum(each.endswith(".db") for each in synced),
        "mutations": len(recorded.sent),
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
    }


def is_as_promised(result: dict[str, Any]) -> bool:
    """Whether nothing was lost where nothing may be, and something where syncs are missing."""
    if result["mode"] == "full":
        return not any(result[each] for each in ("lost", "corrupt", "partial"))
    return bool(result["lost"])


def main() -> int:
    """Run the program; see the top of this file."""
    parser = argparse.ArgumentParser(prog="powercut", description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--mode", choices=MODES, default="full")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batches", type=int, default=BATCHES, help="a phone's, before the stop")
    parser.add_argument("--recording", type=Path, help="folder that keeps the recording")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.recording or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        result = run(folder.absolute(), asked.trials, asked.mode, asked.seed, asked.batches)
    print(json.dumps(result))
    return 0 if is_as_promised(result) else 1


def _counted(trial: Trial) -> dict[str, int]:
    found = trial.findings
    return {
        "trials": 1,
        "acked": trial.promised,
        "lost": len(found.lost),
        "corrupt": bool(found.corrupt),
        "partial": bool(found.partial),
        "torn": trial.torn > 0,
        "found": found.any,
    }


def _line(trial: Trial) -> str:
    found = trial.findings
    lost = f"{len(found.lost)} lost {sorted(found.lost)[:3]}"
    return f"cut {trial.cut}: {lost} {'; '.join(found.partial[:3])} {found.corrupt}"


def _memory() -> str | None:
    """Where a trial's files cost no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


if __name__ == "__main__":
    sys.exit(main())
