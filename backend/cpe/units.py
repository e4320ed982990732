"""The units in which terminals tell optical power, temperature, voltage and signal strength.

The same leaf has another unit from one firmware to the next, and no leaf says which: what is not
plausible is no reading.
"""

from math import log10
from typing import Final, NamedTuple

PLAUSIBLE_DBM: Final = (-45.0, 10.0)
PLAUSIBLE_C: Final = (-40.0, 125.0)  # the range of industrial optics and what is beyond their alarm
PLAUSIBLE_V: Final = (1.0, 6.0)  # transceivers run at 3.3 V or 5 V
HIGHEST_RCPI: Final = 220  # IEEE 802.11-2020, 9.4.2.37: 221 to 254 are reserved, 255 is unknown
_MILLI_ABOVE: Final = 1000.0


class Power(NamedTuple):
    """An optical power, and the unit that the raw value was taken to have."""

    dbm: float
    unit_rule: str


def tp_link_power(raw: float) -> Power | None:
    """RXPower and TXPower of TP-Link's X_TP_GPON_Config: 0.1 uW when positive, as public code for
    XX230v, XC220 and XX530v reads it (71 is -21.49 dBm); some firmware tells dBm or mdBm."""
    if raw > 0:
        return _plausible(10 * log10(raw) - 40, "0.1uW")
    return _dbm_or_milli(raw)


def optical_level(raw: float) -> Power | None:
    """OpticalSignalLevel and TransmitOpticalLevel of TR-181: 0.001 dBm, where some firmware tells
    whole dBm (negative ones: no light that is received is stronger than 0.001 dBm)."""
    if raw > 0:
        return _plausible(raw / 1000, "0.001dBm")
    return _dbm_or_milli(raw)


def celsius_of_256ths(raw: float) -> float | None:
    """TransceiverTemperature in 1/256 degree, as SFF-8472 table 9-2 has it."""
    return _within(raw / 256, PLAUSIBLE_C)


def volts_of_milli(raw: float) -> float | None:
    """SupplyVottage (so it is spelled) in mV."""
    return _within(raw / 1000, PLAUSIBLE_V)


def dbm_of_rcpi(raw: float) -> float | None:
    """A received channel power indicator: value / 2 - 110 (IEEE 802.11-2020, 9.4.2.37)."""
    return round(raw / 2 - 110, 2) if 0 <= raw <= HIGHEST_RCPI else None


def _dbm_or_milli(raw: float) -> Power | None:
    """For what is not positive; 0 is what terminals say that have no reading."""
    if raw == 0:
        return None
    if raw < -_MILLI_ABOVE:
        return _plausible(raw / 1000, "0.001dBm")
    return _plausible(raw, "dBm")


def _plausible(dbm: float, unit_rule: str) -> Power | None:
    value = _within(dbm, PLAUSIBLE_DBM)
    return None if value is None else Power(value, unit_rule)


def _within(value: float, limits: tuple[float, float]) -> float | None:
    return round(value, 2) if limits[0] <= value <= limits[1] else None
