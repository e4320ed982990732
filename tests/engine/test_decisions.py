"""The golden sequences of mutations: what is decided of each, and what stands in the end."""

from typing import Any

import msgspec
import pytest

from sync.protocol import Conflict, Kind, Mutation
from sync.push import Plan, Submitted, submit
from sync.state import Actor, ActorKind, Contested, State, Stay
from tests.engine.test_vectors import cases

MARC, JULIE = "technician/marc", "technician/julie"
ACTORS = {
    "marc": Actor(ActorKind.TECHNICIAN, MARC, "Marc", "phone-marc:1"),
    "julie": Actor(ActorKind.TECHNICIAN, JULIE, "Julie", "phone-julie:1"),
    "gone": Actor(ActorKind.TECHNICIAN, "technician/luc", "Luc", "phone-luc:1"),
    "office": Actor(ActorKind.OFFICE, "sylvie@example.ca", "Bureau", "office:sylvie@example.ca"),
    "second": Actor(ActorKind.OFFICE, "luc@example.ca", "Luc", "office:luc@example.ca"),
    "erp": Actor(ActorKind.ERP, "erpnext", "Bureau", "erp"),
    "system": Actor(ActorKind.SYSTEM, "terrain", "Terrain", "terrain"),
}


class Story:
    """One record (and a second visit) that mutations happen to, one after the other."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.state = State(epoch="now", sequence=0)
        self.plan = Plan()
        self.mutations: dict[str, Mutation] = {}
        self.conflicts: dict[str, str] = {}
        self.sequences: list[int] = []
        for key in (case["key"], "job/j2"):
            cells = case["cells"] if key == case["key"] else {"status": "on_site"}
            self.tell(0, "erp", "upstream", {"upstream_name": key, "cells": cells}, key=key)
            for technician in (MARC, JULIE):
                self.state.stays[technician, key] = (Stay(0, None),)
            self.state.stays["technician/luc", key] = (Stay(0, 3),)
        self.plan.intents.clear()
        self.sequences = [self.state.sequence]

    def tell(self, number: int, by: str, kind: str, args: dict[str, Any], **more: Any) -> Any:
        """Make a mutation and give its verdict; `seen` is how many steps its author had pulled,
        `ahead` how many more of a history that the server has lost."""
        seen = more.get("seen")
        base = self.state.sequence if seen is None else self.sequences[seen]
        base += more.get("ahead", 0)
        key, epoch = more.get("key", self.case["key"]), more.get("epoch", "")
        made_at = more.get("at", 1000)
        if kind == Kind.RESOLVE:
            args = args | {"conflict": self.conflicts[args["conflict"]]}
        name = f"@{number}" if number else f"made {key}"
        mutation = Mutation(name, 0, kind, key, base, made_at, args, epoch)
        self.mutations[name] = mutation
        self._reload()
        verdict = submit(
            self.state,
            self.plan,
            ACTORS[by],
            Submitted(mutation, b"", msgspec.json.encode(args).hex()),
        )
        self.sequences.append(self.state.sequence)
        return verdict

    def contest(self, number: int, conflict: Conflict) -> None:
        """Load a conflict, as the store does for a `resolve`; a case calls it by its step."""
        lost = self.mutations.get(conflict.mutation)
        known = None if lost is None or lost.kind == Kind.UPSTREAM else lost
        self.state.contested[conflict.id] = Contested(conflict, known)
        self.conflicts[f"@{number}"] = conflict.id

    def _reload(self) -> None:
        """What the store loads anew for each batch: what is unfiled, and the scope."""
        for lane, _, paths in self.plan.intents:
            self.state.pending[lane] = self.state.pending.get(lane, frozenset()) | {*paths}
        for key, deleted in self.plan.tombstones.items():
            for technician in (MARC, JULIE) if deleted is not None else ():
                self.state.stays[technician, key] = (Stay(0, deleted),)


@pytest.mark.parametrize("case", cases("decisions.json"), ids=lambda case: case["name"])
def test_what_is_decided_of_a_sequence_of_mutations(case: dict[str, Any]) -> None:
    story = Story(case)
    conflicts: dict[int, Conflict] = {}

    for number, step in enumerate(case["steps"], start=1):
        before = len(story.plan.conflicts)
        story.plan.settled.clear()
        wanted = dict(step)
        args = wanted.pop("args")
        kind = wanted.pop("kind")
        verdict = story.tell(number, wanted.pop("by"), kind, args, **wanted)

        assert verdict.outcome == step["outcome"], (number, verdict)
        assert verdict.detail.reason == step.get("reason", verdict.detail.reason), number
        followed = [each for each in story.plan.settled.values() if kind != Kind.RESOLVE]
        for made in (*story.plan.conflicts[before:], *followed):
            conflicts[number] = made
            story.contest(number, made)
        assert (number in conflicts) == ("conflict" in step), number
        if "conflict" in step:
            _assert_conflict(step["conflict"], number, conflicts)

    record = story.state.records[case["key"]]
    present = {path: cell.value for path, cell in record.cells.items()}
    assert {path: present.get(path) for path in case["after"]} == case["after"]
    assert record.deleted == case.get("deleted", False)
    told = [int(intent.mutation.removeprefix("@")) for intent in story.plan.intents]
    assert told == case.get("told", told)


def _assert_conflict(wanted: dict[str, Any], number: int, made: dict[int, Conflict]) -> None:
    conflict = made[number]
    assert (conflict.path, conflict.mine, conflict.theirs, conflict.soft) == (
        wanted["path"],
        wanted["mine"],
        wanted["theirs"],
        wanted.get("soft", False),
    )
    assert conflict.mutation == f"@{wanted.get('mutation', number)}"
    if "same_as" in wanted:
        assert conflict.id == made[wanted["same_as"]].id


def test_every_golden_sequence_has_a_name_of_its_own() -> None:
    names = [case["name"] for case in cases("decisions.json")]

    assert len(names) == len(set(names)) > 50
