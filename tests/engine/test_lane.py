"""Rules of retrying, parking and of the circuit breaker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.lane import (
    AUTH_PROBE_MS,
    BACKOFF_CAP_MS,
    BREAKER_FAILURES,
    POISON_TRIES,
    PROBE_MS,
    Answer,
    Breaker,
    Gate,
    Lane,
    LaneState,
    after_refused,
    after_stop,
    after_unavailable,
    backoff_ms,
    breaker_after_failure,
    breaker_after_probe,
    breaker_after_stop,
    breaker_after_success,
    breaker_on_probe,
    fresh_lane,
    gate,
)

FRESH = Lane(LaneState.CLAIMED, 0)
fractions = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(tries=st.integers(1, 1_000_000), fraction=fractions)
def test_backoff_stays_between_one_second_and_five_minutes(tries: int, fraction: float) -> None:
    assert 1_000 <= backoff_ms(tries, fraction) <= BACKOFF_CAP_MS


def test_backoff_bound_doubles_with_each_try() -> None:
    bounds = [backoff_ms(tries, 0.999999) for tries in range(1, 5)]

    assert [round(bound, -3) for bound in bounds] == [2_000, 4_000, 8_000, 16_000]


def test_backoff_is_never_shorter_than_the_upstream_wishes() -> None:
    assert backoff_ms(1, 0.0, retry_after_s=90) == 90_000


@given(
    tries=st.integers(0, 10**6), fraction=fractions, kind=st.sampled_from(["timeout", "http-503"])
)
def test_a_lane_never_parks_or_expires_for_a_transient_failure(
    tries: int, fraction: float, kind: str
) -> None:
    lane = after_unavailable(
        Lane(LaneState.CLAIMED, 0, tries, kind), Answer(kind, others_pass=True), 1_000, fraction
    )

    assert lane.state is LaneState.DUE
    assert lane.tries == tries + 1
    assert lane.due_at <= 1_000 + BACKOFF_CAP_MS


def test_a_refused_lane_parks_after_one_try() -> None:
    assert after_refused(FRESH, "LinkValidationError", 7) == Lane(
        LaneState.PARKED, 7, 1, "LinkValidationError"
    )


def test_new_work_is_due_at_once() -> None:
    assert fresh_lane(9) == Lane(LaneState.DUE, 9, 0, "")


def test_refused_credentials_count_no_attempt() -> None:
    lane = Lane(LaneState.CLAIMED, 5, 3, "timeout")

    assert after_stop(lane, 9) == Lane(LaneState.DUE, 9, 3, "timeout")


def fail_often(times: int, *, others_pass: bool, kind: str = "http-500") -> Lane:
    lane = FRESH
    for _ in range(times):
        lane = after_unavailable(lane, Answer(kind, others_pass=others_pass), 0, 0.5)
    return lane


@pytest.mark.parametrize("kind", ["http-500", "stale"])
def test_what_is_the_documents_own_parks_after_twenty_tries_while_others_pass(kind: str) -> None:
    assert fail_often(POISON_TRIES, others_pass=True, kind=kind).state is LaneState.DUE
    assert fail_often(POISON_TRIES + 1, others_pass=True, kind=kind).state is LaneState.PARKED


def test_an_unexplained_500_keeps_trying_while_nobody_passes() -> None:
    assert fail_often(200, others_pass=False).state is LaneState.DUE


def test_four_days_of_outage_do_not_count_towards_poison() -> None:
    lane = Lane(LaneState.CLAIMED, 0, 2_000, "http-503")

    lane = after_unavailable(lane, Answer("http-500", others_pass=True), 0, 0.5)

    assert (lane.state, lane.tries) == (LaneState.DUE, 1)


def opened(now: int = 0) -> Breaker:
    breaker = Breaker()
    for _ in range(BREAKER_FAILURES):
        breaker = breaker_after_failure(breaker, "timeout", now)
    return breaker


def test_the_breaker_opens_at_the_fifth_failure_in_a_row() -> None:
    breaker = Breaker()
    gates = []
    for _ in range(BREAKER_FAILURES):
        gates.append(gate(breaker, 0))
        breaker = breaker_after_failure(breaker, "timeout", 0)

    assert gates == [Gate.CALL] * BREAKER_FAILURES
    assert gate(breaker, 0) is Gate.WAIT


def test_a_success_between_failures_keeps_the_breaker_closed() -> None:
    almost = Breaker(BREAKER_FAILURES - 1)

    again = breaker_after_failure(breaker_after_success(), "timeout", 0)

    assert breaker_after_failure(almost, "timeout", 0).opened_at == 0
    assert again.opened_at is None


def test_an_open_breaker_probes_every_thirty_seconds() -> None:
    breaker = opened()

    assert gate(breaker, PROBE_MS - 1) is Gate.WAIT
    assert gate(breaker, PROBE_MS) is Gate.PROBE
    assert gate(breaker_after_failure(breaker, "timeout", PROBE_MS), PROBE_MS) is Gate.WAIT


def test_only_one_probe_is_under_way() -> None:
    probing = breaker_on_probe(opened(), PROBE_MS)

    assert gate(probing, PROBE_MS) is Gate.WAIT
    assert gate(breaker_after_probe(probing), PROBE_MS) is Gate.CALL


def test_a_passed_probe_lets_a_call_decide() -> None:
    half = breaker_after_probe(opened())

    assert gate(half, PROBE_MS) is Gate.CALL
    assert gate(breaker_after_failure(half, "timeout", PROBE_MS), PROBE_MS) is Gate.WAIT


def test_an_open_breaker_remembers_since_when() -> None:
    later = breaker_after_failure(opened(now=10), "http-503", 99_000)

    assert (later.opened_at, later.error) == (10, "http-503")


@pytest.mark.parametrize("breaker", [Breaker(), opened()])
def test_refused_credentials_stop_everything_and_probe_every_minute(breaker: Breaker) -> None:
    stopped = breaker_after_stop(breaker, "AuthenticationError", 0)

    assert stopped.stopped
    assert gate(stopped, AUTH_PROBE_MS - 1) is Gate.WAIT
    assert gate(stopped, AUTH_PROBE_MS) is Gate.PROBE
