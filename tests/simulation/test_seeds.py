"""A few seeds of each driver: the rules hold, and a fault does not pass."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.node.phone import NodeDriver
from tests.simulation.node.process import ROOT, NodeProcess, build
from tests.simulation.run import run
from tests.simulation.server import Server
from tests.simulation.twin import TwinDriver


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("node"))


@pytest.mark.parametrize("seed", range(1, 5))
def test_every_rule_holds_on_the_shipped_sync(server: Server, program: Path, seed: int) -> None:
    with NodeProcess(program) as node:
        outcome = run(seed, NodeDriver(node), server)

    assert outcome.violations == []


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_rule_holds_on_the_twin(server: Server, seed: int) -> None:
    outcome = run(seed, TwinDriver(), server)

    assert outcome.violations == []


def test_a_seed_plays_the_same_day_again(server: Server, program: Path) -> None:
    with NodeProcess(program) as node, NodeProcess(program) as other:
        first, second, another = (
            run(seed, NodeDriver(each), server)
            for seed, each in zip((7, 7, 8), (node, other, other), strict=True)
        )

    assert first.trace == second.trace != another.trace


def test_a_seed_of_the_twin_plays_the_same_day_in_every_process(server: Server) -> None:
    here = [run(seed, TwinDriver(), server).trace for seed in (1, 2)]

    command = [sys.executable, "-m", "tests.simulation", "--seeds", "2"]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    played = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)  # noqa: S603

    trace = hashlib.sha256("".join(here).encode()).hexdigest()[:16]
    assert json.loads(played.stdout.splitlines()[-1])["trace"] == trace


# A seed is a day of its own: what only the eleventh finds need not wait for the first seven.
@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("drop-on-send", 1),
        ("no-dedupe", 1),
        ("lane-out-of-order", 1),
        ("refusals-leave-no-trace", 1),
        ("photo-named-by-its-try", 1),
    ],
)
def test_a_fault_breaks_a_rule(name: str, start: int) -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seeds", "20", "--mutant", name]
    command += ["--start", str(start)]

    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510, S603

    assert json.loads(played.stdout.splitlines()[-1])["invariant"]
    assert played.returncode == 1


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=[*MUTANTS])
def test_a_fault_has_its_place_in_the_sync(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.before) == 1
