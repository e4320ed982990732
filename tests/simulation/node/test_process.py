"""The phones as a process: what they send is made by the seed, and by nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.node.process import Broken, NodeProcess, build

AT = {"phone": "p1"}
MARC = {"technician": "marc", "name": "Marc Tremblay", "device": "d1"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("node"))


@pytest.fixture
def node(program: Path) -> Iterator[NodeProcess]:
    with NodeProcess(program) as process:
        yield process


def a_day(node: NodeProcess) -> list[Any]:
    """What one phone says and sends on a day with a lost answer and a killed page."""
    node.call("setClock", AT, 1_795_000_000_000)
    said = [node.call("open", AT, MARC, "seed")]
    for text in ("une", "deux " * 400):
        said.append(node.call("tap", AT, {"kind": "note", "key": "job/1", "args": {"text": text}}))
        said.append(sent := node.call("next", AT))
        node.call("fail", AT, sent["id"])
    node.call("kill", AT)
    said += [node.call("open", AT, MARC, "seed again"), node.call("next", AT)]
    return [*said, node.call("see", AT)]


def test_a_seed_makes_the_same_requests_in_another_process(
    node: NodeProcess, program: Path
) -> None:
    with NodeProcess(program) as other:
        first, second = a_day(node), a_day(other)

    assert json.dumps(first) == json.dumps(second)
    assert "zip" in json.dumps(first)


def test_a_command_that_fails_tells_why_and_the_next_one_is_done(node: NodeProcess) -> None:
    with pytest.raises(Broken, match="no page p1/first"):
        node.call("see", AT)

    assert node.call("isOpen", AT) is False
