"""How the raw value of a leaf becomes a reading's value; parameter maps name these rules."""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from backend.cpe.genieacs.tree import Value
from backend.cpe.mac import mac_address
from backend.cpe.units import (
    Power,
    celsius_of_256ths,
    dbm_of_rcpi,
    optical_level,
    tp_link_power,
    volts_of_milli,
)

TEXT: Final = "text"
_UP: Final = frozenset({"up", "connected", "enabled", "true", "1"})
_TRUE: Final = frozenset({"true", "1", "enabled"})
# IP.Interface.*.X_TP_ServiceType, and X_TP_ConnType where the service is not told.
_ROLES: Final = {
    "internet": "wan",
    "pppoe": "wan",
    "tr069": "management",
    "voip": "voip",
    "lan": "lan",
}


class Rule(NamedTuple):
    """`convert` gives None for what is no reading; `unit` is the value's."""

    convert: Callable[[Value], Any]
    unit: str = ""


def _number(convert: Callable[[float], Any]) -> Callable[[Value], Any]:
    """For leaves that hold a number, as such or as a text."""

    def of_value(raw: Value) -> Any:
        try:
            return convert(float(raw))
        except (ValueError, OverflowError):
            return None

    return of_value


def _word(table: dict[str, str], otherwise: str | None = None) -> Callable[[Value], str | None]:
    return lambda raw: table.get(str(raw).lower(), otherwise)


def _band(raw: Value) -> str | None:
    found = re.fullmatch(r"(2\.4|5|6) ?GHz", str(raw))
    return found.group(1) if found else None


def _power(convert: Callable[[float], Power | None]) -> Rule:
    return Rule(_number(convert), "dBm")


RULES: Final = {
    TEXT: Rule(lambda raw: str(raw) or None),
    "count": Rule(_number(lambda raw: int(raw) if raw >= 0 else None)),
    "flag": Rule(lambda raw: str(raw).lower() in _TRUE),
    "up": Rule(lambda raw: str(raw).lower() in _UP),
    "mac": Rule(lambda raw: mac_address(str(raw)) or None),
    "mbps": Rule(_number(lambda raw: max(raw, 0.0)), "Mbit/s"),  # -1 without a link
    "kbps": Rule(_number(lambda raw: raw / 1000 if raw > 0 else None), "Mbit/s"),
    "dbm": Rule(_number(lambda raw: raw if -120 <= raw < 0 else None), "dBm"),
    "rcpi": Rule(_number(dbm_of_rcpi), "dBm"),
    # 0 is what a unit says that has no radio link.
    "rcpi-of-link": Rule(_number(lambda raw: dbm_of_rcpi(raw) if raw else None), "dBm"),
    "tp-link-power": _power(tp_link_power),
    "optical-level": _power(optical_level),
    "celsius-256ths": Rule(_number(celsius_of_256ths), "C"),
    "milli-volts": Rule(_number(volts_of_milli), "V"),
    "band": Rule(_band, "GHz"),
    "service-role": Rule(_word(_ROLES)),
    "upstream-role": Rule(_word({"true": "wan", "false": "lan"})),
    "ppp-error": Rule(lambda raw: None if str(raw) in ("", "ERROR_NONE") else str(raw)),
    "mesh-role": Rule(_word({"none": "controller"}, "agent")),
    "backhaul": Rule(_word({"wi-fi": "wifi", "wifi": "wifi", "ethernet": "ethernet"})),
}
