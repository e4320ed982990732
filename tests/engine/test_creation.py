"""Who may make which record: the office a visit with place and customer, the field equipment."""

from typing import Any

import msgspec
import pytest

from sync.protocol import Mutation, Outcome
from sync.push import Plan, Submitted, submit
from sync.state import Actor, ActorKind, State

OFFICE = Actor(ActorKind.OFFICE, "sylvie@example.ca", "Sylvie", "office:sylvie@example.ca")
MARC = Actor(ActorKind.TECHNICIAN, "technician/marc", "Marc", "phone-marc:1")
VISIT: dict[str, Any] = {
    "subject": "Repair – Réjean",
    "date": "2026-11-23",
    "technician": "technician/marc",
    "contact": "contact/c1",
    "location": "location/l1",
}


def made(actor: Actor, key: str, args: dict[str, Any], state: State | None = None) -> Any:
    """The verdict, the state and the plan after a creation."""
    state, plan = state or State(epoch="now", sequence=0), Plan()
    mutation = Mutation(f"m-{key}", 0, "create", key, 0, 1000, args)
    payload = msgspec.json.encode(args)
    return submit(state, plan, actor, Submitted(mutation, payload, payload.hex())), state, plan


def test_erpnext_hears_what_the_office_gave_a_visit_and_not_what_terrain_adds() -> None:
    verdict, state, plan = made(OFFICE, "job/j9", VISIT)

    assert verdict.outcome is Outcome.APPLIED
    assert [(each.lane, set(each.paths)) for each in plan.intents] == [("job/j9", set(VISIT))]
    assert state.records["job/j9"].values() == VISIT | {"status": "todo", "billable": True}
    assert state.records["job/j9"].upstream_name is None


@pytest.mark.parametrize(
    ("key", "args", "reason"),
    [
        ("job/j9", {**VISIT, "date": "demain"}, "bad-args"),
        ("job/j9", {**VISIT, "subject": ""}, "bad-args"),
        ("job/j9", {**VISIT, "status": "completed"}, "bad-args"),
        ("job/j9", {**VISIT, "notes/1": "x"}, "bad-args"),
        ("job/j9", {n: VISIT[n] for n in VISIT if n != "technician"}, "bad-args"),
        ("contact/c9", {"phone": "514"}, "bad-args"),
        ("location/l9", {"street": "12 rue X"}, "bad-args"),
        ("technician/t9", {"full_name": "Moi"}, "unknown-kind"),
        ("equipment/e9", {"job": "job/j1", "serial": "X"}, "unknown-kind"),
    ],
)
def test_what_is_no_visit_makes_no_record(key: str, args: dict[str, Any], reason: str) -> None:
    verdict, state, _ = made(OFFICE, key, args)

    assert (verdict.outcome, verdict.detail.reason) == (Outcome.REJECTED, reason)
    assert state.records == {}


@pytest.mark.parametrize("key", ["job/j9", "contact/c9", "location/l9"])
def test_a_technician_makes_no_visit(key: str) -> None:
    verdict, state, _ = made(MARC, key, VISIT)

    assert (verdict.outcome, verdict.detail.reason) == (Outcome.REJECTED, "unknown-kind")
    assert state.records == {}


def test_a_record_is_made_once() -> None:
    _, state, _ = made(OFFICE, "contact/c9", {"full_name": "Réjean"})
    other = Mutation("m-2", 0, "create", "contact/c9", 0, 1000, {"full_name": "Luc"})

    again = submit(state, Plan(), OFFICE, Submitted(other, b"{}", "00"))

    assert (again.outcome, again.detail.reason) == (Outcome.REJECTED, "bad-key")
