"""When a credential is held back, and when it may be tried again; seconds are arguments."""

import pytest

from backend.modem_bridge.refusals import DAY_S, HOLD_S, Refusals
from backend.modem_bridge.trouble import Kind, Trouble


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def held_by(*modems: str) -> tuple[Refusals, Clock]:
    """A memory in which these modems refused the credential."""
    clock = Clock()
    refusals = Refusals(clock)
    for modem in modems:
        refusals.admit("a", modem)
        refusals.refused("a", modem)
    return refusals, clock


def kind_of(refusals: Refusals, credential: str, modem: str) -> Kind | None:
    """Why a check may not begin, None when it may."""
    try:
        refusals.admit(credential, modem)
    except Trouble as trouble:
        return trouble.kind
    return None


def test_modem_that_refused_is_left_alone_until_its_lock_is_over() -> None:
    refusals, clock = held_by("m1")

    assert kind_of(refusals, "b", "m1") is Kind.MODEM_HELD
    clock.now = HOLD_S + 1
    assert kind_of(refusals, "a", "m1") is None


def test_success_forgives_what_was_refused_before() -> None:
    refusals, _ = held_by("m1", "m2")

    refusals.accepted("a")
    refusals.refused("a", "m3")

    assert kind_of(refusals, "a", "m4") is None


def test_one_modem_that_refuses_thrice_does_not_hold_the_credential() -> None:
    refusals, clock = held_by("m1")

    for _ in range(3):
        clock.now += HOLD_S + 1
        refusals.refused("a", "m1")

    assert kind_of(refusals, "a", "m2") is None


@pytest.mark.parametrize("by_word", [True, False], ids=["operator", "day"])
def test_held_credential_gets_one_trial_by_word_or_after_a_day(by_word: bool) -> None:
    refusals, clock = held_by("m1", "m2", "m3")
    assert kind_of(refusals, "a", "m4") is Kind.CREDENTIAL_HELD

    if by_word:
        refusals.try_again("a")
    else:
        clock.now = DAY_S + 1

    assert kind_of(refusals, "a", "m4") is None
    assert kind_of(refusals, "a", "m5") is Kind.CREDENTIAL_HELD
    refusals.undecided("a")
    assert kind_of(refusals, "a", "m5") is None
    refusals.refused("a", "m5")
    assert kind_of(refusals, "a", "m6") is Kind.CREDENTIAL_HELD


def test_trial_that_succeeds_opens_the_credential_to_all() -> None:
    refusals, _ = held_by("m1", "m2", "m3")
    refusals.try_again("a")
    refusals.admit("a", "m4")

    refusals.accepted("a")

    assert [kind_of(refusals, "a", modem) for modem in ("m5", "m6")] == [None, None]
    assert refusals.standing("a").held is False
