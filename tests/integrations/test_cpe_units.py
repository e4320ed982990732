"""Optical units: only what is plausible is a reading, and the unit that was taken is told."""

from hypothesis import example, given
from hypothesis import strategies as st

from backend.cpe.mac import mac_address
from backend.cpe.units import (
    PLAUSIBLE_DBM,
    celsius_of_256ths,
    dbm_of_rcpi,
    optical_level,
    tp_link_power,
    volts_of_milli,
)

anything = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**70), 2**70)


def test_values_that_public_sources_agree_on() -> None:
    assert tp_link_power(71) == (-21.49, "0.1uW")
    assert tp_link_power(16788) == (2.25, "0.1uW")
    assert tp_link_power(-22.5) == (-22.5, "dBm")
    assert tp_link_power(-21490) == (-21.49, "0.001dBm")
    assert optical_level(-21500) == (-21.5, "0.001dBm")
    assert optical_level(2250) == (2.25, "0.001dBm")
    assert celsius_of_256ths(12032) == 47.0
    assert volts_of_milli(3310) == 3.31
    assert dbm_of_rcpi(110) == -55.0


def test_zero_is_no_reading() -> None:
    assert tp_link_power(0) is None
    assert optical_level(0) is None


@given(raw=anything)
@example(raw=5e-324)
def test_power_is_plausible_or_no_reading(raw: float) -> None:
    for power in (tp_link_power(raw), optical_level(raw)):
        assert power is None or PLAUSIBLE_DBM[0] <= power.dbm <= PLAUSIBLE_DBM[1]


@given(dbm=st.floats(-40, 9.9))
def test_tenths_of_a_microwatt_give_the_power_back(dbm: float) -> None:
    power = tp_link_power(10 ** ((dbm + 40) / 10))

    assert power is not None
    assert abs(power.dbm - dbm) < 0.01


@given(one=st.integers(1, 10**6), more=st.integers(0, 10**5))
def test_more_light_is_never_a_lower_power(one: int, more: int) -> None:
    weak, strong = tp_link_power(one), tp_link_power(one + more)

    assert weak is None or strong is None or weak.dbm <= strong.dbm


@given(raw=anything)
def test_temperature_voltage_and_signal_never_leave_their_range(raw: float) -> None:
    celsius, volts, signal = celsius_of_256ths(raw), volts_of_milli(raw), dbm_of_rcpi(raw)

    assert celsius is None or -40 <= celsius <= 125
    assert volts is None or 1 <= volts <= 6
    assert signal is None or -110 <= signal <= 0


@given(digits=st.text("0123456789abcdefABCDEF", min_size=12, max_size=12))
def test_mac_is_the_same_however_it_is_written(digits: str) -> None:
    pairs = [digits[at : at + 2] for at in range(0, 12, 2)]

    written = {mac_address(sign.join(pairs)) for sign in ("", ":", "-", " ")}

    assert written == {":".join(pairs).upper()}


@given(text=st.text(max_size=30))
def test_what_is_no_mac_is_none(text: str) -> None:
    found = mac_address(text)

    assert found == "" or len(found) == 17
