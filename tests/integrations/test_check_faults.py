"""Whatever fails, alone or two at a time: a verdict by 15 s, an end by 45 s, never a false pass."""

from backend.cpe.check.engine import HARD_S, SOFT_S
from backend.cpe.verdict.model import State
from tests.integrations.check_faults import Fault, cases, may_pass, outcome
from tests.integrations.virtual_time import in_virtual_time

SLACK_S = 0.01


@in_virtual_time
async def test_line_that_is_good_passes_when_nothing_fails() -> None:
    found = await outcome({})

    assert found.state is State.PASS
    assert found.ended["modem"] == "skipped not-needed"
    assert found.ended_s <= 4


@in_virtual_time
async def test_every_fault_and_every_two_leave_a_verdict_in_time_and_no_false_pass() -> None:
    wrong, count = [], 0
    for faults in cases():
        found = await outcome(faults)
        count += 1
        late = found.first_s > SOFT_S + SLACK_S or found.ended_s > HARD_S + SLACK_S
        if late or (found.state is State.PASS and not may_pass(faults)):
            wrong.append((faults, found))

    assert not wrong
    assert count >= 45


@in_virtual_time
async def test_modem_alone_proves_what_its_acs_cannot() -> None:
    found = await outcome({"acs_cached": Fault.UNKNOWN, "acs_live": Fault.UNKNOWN})

    assert found.state is State.PASS
    assert found.ended_s <= 8
