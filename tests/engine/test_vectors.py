"""The golden cases that hold the phone's TypeScript and the server's Python together."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync.conflicts import may_choose
from sync.effects import effects
from sync.evidence import missing_evidence
from sync.job_status import JobStatus, is_field_path, is_field_step
from sync.protocol import Conflict, Mutation
from sync.state import ActorKind
from sync.writes import Fault

VECTORS = Path(__file__).parents[2] / "sync" / "vectors"


def cases(name: str) -> list[Any]:
    """The cases of one file."""
    found: list[Any] = json.loads((VECTORS / name).read_text("utf-8"))["cases"]
    return found


@pytest.mark.parametrize("case", cases("effects.json"), ids=lambda case: case["name"])
def test_effect_of_a_mutation(case: dict[str, Any]) -> None:
    mutation = msgspec.convert(case["mutation"], Mutation)

    result = effects(mutation, case["cells"], case["actor"])

    expected = Fault(case["fault"]) if "fault" in case else case["writes"]
    assert result == expected


@pytest.mark.parametrize("case", cases("job_status.json"), ids=lambda case: case["from"])
def test_legal_steps_of_a_status(case: dict[str, Any]) -> None:
    current = JobStatus(case["from"])

    assert [to for to in JobStatus if is_field_step(current, to)] == case["to"]
    assert [to for to in JobStatus if is_field_path(current, to)] == case["path"]


@pytest.mark.parametrize("case", cases("evidence.json"), ids=lambda case: case["name"])
def test_what_a_completion_still_waits_for(case: dict[str, Any]) -> None:
    assert list(missing_evidence(case["cells"])) == case["missing"]


@pytest.mark.parametrize("case", cases("choices.json"), ids=lambda case: case["name"])
def test_what_a_technician_may_keep_of_a_conflict(case: dict[str, Any]) -> None:
    sides: dict[str, Any] = {"base": None, "mine": "x", "theirs": case["theirs"], "mutation": "m"}
    authors: dict[str, Any] = {"author": "", "other_author": "", "made_at": 1, "other_at": 2}
    conflict = Conflict("c", "job/1", case["path"], **sides, **authors)

    assert may_choose(ActorKind.TECHNICIAN, conflict, "mine") == case["mine"]
    assert may_choose(ActorKind.TECHNICIAN, conflict, "theirs")
    assert may_choose(ActorKind.OFFICE, conflict, "mine")
