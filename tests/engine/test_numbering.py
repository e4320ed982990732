"""The golden pushes: how a replica's mutations are numbered, and which verdict each gets."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from sync.protocol import Kind, Mutation, Outcome, VerdictDetail
from sync.push import Answer, Plan, Submitted, Verdict, plan_push
from sync.state import Actor, ActorKind, Record, State, Stay
from tests.engine.test_vectors import cases

# Sends a batch of one replica, (device, epoch), and gives the answer.
Send = Callable[[str, int, list[Mutation]], Answer]

MARC: Final = "technician/marc"
VISIT: Final = "job/j1"


class Numbering:
    """The engine alone, with what a store remembers of a replica from one push to the next."""

    def __init__(self) -> None:
        self.state = State("now", 0, records={VISIT: Record(VISIT)})
        self.state.stays[MARC, VISIT] = (Stay(0, None),)
        self.plan = Plan()

    def send(self, device: str, epoch: int, batch: list[Mutation]) -> Answer:
        """Plan one push."""
        actor = Actor(ActorKind.TECHNICIAN, MARC, "Marc", f"{device}:{epoch}")
        sent = [Submitted(each, b"", msgspec.json.encode(each.args).hex()) for each in batch]
        return plan_push(self.state, self.plan, actor, device, epoch, sent)


@pytest.mark.parametrize("case", cases("push.json"), ids=lambda case: case["name"])
def test_what_a_push_is_answered(case: dict[str, Any]) -> None:
    numbering = Numbering()

    applied = play(case, numbering.send, VISIT)

    assert [each.submitted.mutation.id for each in numbering.plan.accepted] == applied


def play(case: dict[str, Any], send: Send, key: str) -> list[str]:
    """Send the pushes of a case, notes on record `key`; gives the mutations that were new."""
    first: dict[str, Verdict] = {}
    for number, push in enumerate(case["pushes"], start=1):
        batch = [_note(each, key) for each in push["send"]]
        answer = send(push.get("device", "d1"), push.get("epoch", 1), batch)

        words = [_word(first, verdict) for verdict in answer.verdicts]
        wanted = (push["verdicts"], push.get("refusal"), push.get("expect"))
        assert (words, answer.refusal, answer.expect) == wanted, number
        assert [each.id for each in answer.verdicts] == [each.id for each in batch][: len(words)]
    return list(first)


def _note(sent: dict[str, Any], key: str) -> Mutation:
    text = sent.get("text", f"note {sent['id']}")
    return Mutation(sent["id"], sent["seq"], Kind.NOTE, key, 0, 1_000, {"text": text})


def _word(first: dict[str, Verdict], verdict: Verdict) -> str:
    if verdict[1:] == (Outcome.REJECTED, VerdictDetail(reason="mutated")):
        return "mutated"
    if verdict.id not in first:
        first[verdict.id] = verdict
        return "new"
    return "stored" if verdict == first[verdict.id] else "another"
