"""A modem's status by its web interface as the readings of a check. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from backend.cpe.bridge.client import ModemStatus, Section
from backend.cpe.genieacs.rules import RULES, TEXT
from backend.cpe.readings import (
    Confidence,
    Host,
    Interface,
    MeshNode,
    OpticalStatus,
    Reading,
    Source,
    SourceReport,
    Summary,
    Wifi,
)
from backend.cpe.units import Power

Columns = Mapping[str, tuple[str, str]]  # the summary's name: the row's name, the rule

_FIRMWARE: Final[Columns] = {
    "serial": ("serial", TEXT),
    "model": ("model", TEXT),
    "firmware": ("software", TEXT),
    "uptime_s": ("up_s", "count"),
}
_WAN: Final[Columns] = {
    "name": ("name", TEXT),
    "role": ("name", "service-role"),
    "type": ("kind", TEXT),
    "up": ("status", "up"),
    "ip": ("ipv4", TEXT),
    "gateway": ("gateway", TEXT),
}
_WIFI: Final[Columns] = {
    "band": ("band", "band"),
    "ssid": ("ssid", TEXT),
    "enabled": ("enabled", "flag"),
    "channel": ("channel", "count"),
}
_NODE: Final[Columns] = {"mac": ("mac", "mac"), "backhaul": ("backhaul", "backhaul")}
_HOST: Final[Columns] = {
    "mac": ("mac", "mac"),
    "ip": ("ipv4", TEXT),
    "name": ("name", TEXT),
    "active": ("active", "flag"),
}
_OPTICAL: Final[Columns] = {
    "rx_dbm": ("rx_power", "tp-link-power"),
    "tx_dbm": ("tx_power", "tp-link-power"),
    "temperature_c": ("temperature", "celsius-256ths"),
    "supply_v": ("voltage", "milli-volts"),
    "up": ("status", "up"),
}


def summary(status: ModemStatus) -> Summary:
    """What the web interface says, in the shape that every source gives."""
    firmware = next(_rows(status.firmware, _FIRMWARE), {})
    lan = next(_rows(status.lan, {"mac": ("mac", "mac")}), {})
    report = SourceReport(name=f"modem_{status.driver}", as_of_ms=status.as_of_ms)
    return Summary(
        **firmware,
        **lan,
        interface=tuple(Interface(**row) for row in _rows(status.wan, _WAN)),
        wifi=tuple(Wifi(**row) for row in _rows(status.wifi, _WIFI)),
        mesh=tuple(MeshNode(**row) for row in _rows(status.mesh, _NODE)),
        optical_status=_optical(status.optical),
        hosts=tuple(Host(**row) for row in _rows(status.clients, _HOST)),
        sources=(report,),
    )


def _rows(section: Section, columns: Columns) -> Iterator[dict[str, Any]]:
    for row in section.rows:
        yield {
            ours: _reading(section, section.source, row.get(name, ""), rule)
            for ours, (name, rule) in columns.items()
        }


def _optical(section: Section) -> tuple[OpticalStatus, ...]:
    """Its rows are a value each, with the path of each; none when there is no such object."""
    by_name = {row.get("name", ""): row for row in section.rows}
    readings = {}
    for ours, (name, rule) in _OPTICAL.items():
        row = by_name.get(name, {})
        path = row.get("path", section.source)
        readings[ours] = _reading(section, path, row.get("raw", ""), rule)
    return (OpticalStatus(**readings),) if section.rows else ()


def _reading(section: Section, path: str, raw: str, name: str) -> Reading[Any] | None:
    """One value by its rule; what is not there, or not plausible, is no reading."""
    rule = RULES[name]
    value = rule.convert(raw) if raw else None
    if value is None:
        return None
    at_ms, source = section.as_of_ms, Source.ONT_WEB
    if not isinstance(value, Power):
        return Reading(value, source, at_ms, path, raw, rule.unit, name)
    # No web interface was held against a meter yet.
    doubt = Confidence.UNCONFIRMED
    return Reading(value.dbm, source, at_ms, path, raw, rule.unit, value.unit_rule, doubt)
