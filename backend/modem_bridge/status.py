"""The consolidated status of a modem, from its objects. Pure: no unit is converted here.

Optical values stay raw, with the path they came from: what they mean is one rule, elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from backend.modem_bridge.reading import Found, Operation, State, Wanted

Row = dict[str, str]


class Section(msgspec.Struct, frozen=True):
    """One part of the status: the object it comes from, when it was read (UTC ms), its rows."""

    source: str
    as_of_ms: int
    state: State
    rows: tuple[Row, ...] = ()


class Status(msgspec.Struct, frozen=True):
    """What a modem says of itself. Names of values are ours, values are the modem's own text."""

    host: str
    driver: str
    as_of_ms: int
    firmware: Section
    optical: Section
    wan: Section
    lan: Section
    wifi: Section
    clients: Section
    mesh: Section
    memory: Section
    processor: Section


class _Part(msgspec.Struct, frozen=True):
    wanted: Wanted
    names: Mapping[str, str]  # ours by the modem's, which is compared without case


# Names as tplinkrouterc6u `client/ex.py` and public data models of this family have them.
_PARTS: Final = {
    "firmware": _Part(
        Wanted("DEV2_DEV_INFO", Operation.ONE),
        {
            "model": "modelName",
            "hardware": "hardwareVersion",
            "software": "softwareVersion",
            "serial": "serialNumber",
            "up_s": "upTime",
        },
    ),
    "optical": _Part(
        Wanted("DEV2_OPTC_GPON_CFG"),
        {
            "status": "status",
            "mode": "ponMode",
            "rx_power": "RXPower",
            "tx_power": "TXPower",
            "temperature": "transceiverTemperature",
            "voltage": "supplyVottage",  # sic
            "bias": "biasCurrent",
        },
    ),
    "wan": _Part(
        Wanted("DEV2_ADT_WAN"),
        {
            "name": "name",
            "enabled": "enable",
            "kind": "connType",
            "status": "connStatusV4",
            "ipv4": "connIPv4Address",
            "gateway": "connIPv4Gateway",
            "mac": "MACAddr",
        },
    ),
    "lan": _Part(Wanted("DEV2_ADT_LAN"), {"ipv4": "IPAddress", "mac": "MACAddress"}),
    "wifi": _Part(
        Wanted("DEV2_ADT_WIFI_COMMON"),
        {
            "band": "band",
            "enabled": "primaryEnable",
            "ssid": "primarySSID",
            "guest_enabled": "guestEnable",
            "channel": "channel",
        },
    ),
    "clients": _Part(
        Wanted("DEV2_HOST_ENTRY"),
        {
            "name": "hostName",
            "mac": "physAddress",
            "ipv4": "IPAddress",
            "active": "active",
            "interface": "X_TP_LanConnType",
        },
    ),
    "mesh": _Part(
        Wanted("DEV2_WIFI_APDEV"),
        {
            "mac": "MACAddress",
            "serial": "serialNumber",
            "backhaul": "backhaulLinkType",
            "signal": "backhaulSignalStrength",
            "ipv4": "X_TP_IPAddress",
            "active": "X_TP_Active",
        },
    ),
    "memory": _Part(
        Wanted("DEV2_MEM_STATUS", Operation.ONE), {"total_kib": "total", "free_kib": "free"}
    ),
    "processor": _Part(Wanted("DEV2_PROC_STATUS", Operation.ONE), {"used_percent": "CPUUsage"}),
}
STATUS: Final = tuple(part.wanted for part in _PARTS.values())


def status_of(host: str, driver: str, as_of_ms: int, objects: Mapping[str, Found]) -> Status:
    """The status by what was read at a moment; an object that is not there is a missing section."""
    sections = {}
    for name, part in _PARTS.items():
        read = objects.get(part.wanted.oid, Found(State.MISSING))
        shape = _with_paths if name == "optical" else _named
        sections[name] = Section(part.wanted.oid, as_of_ms, read.state, _rows(read, part, shape))
    return Status(host=host, driver=driver, as_of_ms=as_of_ms, **sections)


def _rows(
    read: Found, part: _Part, shape: Callable[[Row, _Part, int], list[Row]]
) -> tuple[Row, ...]:
    return tuple(
        row for index, raw in enumerate(read.rows, start=1) for row in shape(raw, part, index)
    )


def _named(raw: Row, part: _Part, _index: int) -> list[Row]:
    by_lower = {name.lower(): value for name, value in raw.items()}
    row = {
        ours: by_lower[name.lower()]
        for ours, name in part.names.items()
        if name.lower() in by_lower
    }
    return [row] if row else []


def _with_paths(raw: Row, part: _Part, index: int) -> list[Row]:
    """One row for each value, with where it stands in the modem."""
    ours = {name.lower(): name_of_ours for name_of_ours, name in part.names.items()}
    return [
        {"name": ours[name.lower()], "raw": value, "path": f"{part.wanted.oid}.{index}.{name}"}
        for name, value in raw.items()
        if name.lower() in ours
    ]
