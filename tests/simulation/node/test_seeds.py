"""A few seeds of the shipped sync: the rules hold, and a fault does not pass."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.node.mutants import MUTANTS, Mutant
from tests.simulation.node.process import ROOT, NodeProcess, build
from tests.simulation.node.run import run
from tests.simulation.node.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("node"))


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_rule_holds_on_the_phones_of_a_seed(server: Server, program: Path, seed: int) -> None:
    with NodeProcess(program) as node:
        outcome = run(seed, node, server)

    assert outcome.violations == []


def test_a_seed_plays_the_same_day_again(server: Server, program: Path) -> None:
    with NodeProcess(program) as node, NodeProcess(program) as other:
        first, second, another = (
            run(seed, each, server)
            for seed, each in zip((7, 7, 8), (node, other, other), strict=True)
        )

    assert first.trace == second.trace != another.trace


@pytest.mark.parametrize("name", ["drop-on-send", "cursor-before-rows", "no-dedupe"])
def test_a_fault_of_the_phone_or_the_server_breaks_a_rule(name: str) -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seeds", "2", "--mutant", name]

    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510, S603

    assert json.loads(played.stdout.splitlines()[-1])["invariant"]
    assert played.returncode == 1


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=[*MUTANTS])
def test_a_fault_has_its_place_in_the_sync(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.before) == 1
