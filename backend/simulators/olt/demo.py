"""Chassis with terminals in them: as many as wanted, or those of the demo's customers."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from backend.simulators.erpnext.site import Site
from backend.simulators.olt.agent import OltSimulator
from backend.simulators.olt.chassis import Chassis, Onu
from backend.simulators.olt.huawei import DOWN, DYING_GASP, Huawei

C = TypeVar("C", bound=Chassis)

PER_PORT: Final = 64
PER_SLOT: Final = 16 * PER_PORT
# What the simulated modems themselves say of their light.
_LIGHT_DBM: Final = -21.49
_WEAK_DBM: Final = -28.86


class DemoOlt:
    """One OLT, by its name in the records, and where it is."""

    def __init__(self, name: str, host: str, chassis: Chassis) -> None:
        self.name, self.host = name, host
        self._simulator = OltSimulator(chassis)

    def served(self, port: int) -> AbstractAsyncContextManager[str]:
        """Listen as long as the context is open."""
        return self._simulator.served(self.host, port)


def filled(chassis: C, count: int) -> C:
    """With that many terminals online, TPLG00000000 first, 64 a port, 16 ports a slot."""
    for number in range(count):
        slot, port = number // PER_SLOT + 1, number % PER_SLOT // PER_PORT
        chassis.add(f"TPLG{number:08X}", slot, port, number % PER_PORT + 1)
    return chassis


def demo_olts(site: Site, weak: Iterable[str], dark: Iterable[str]) -> Iterator[DemoOlt]:
    """The OLTs of a site's locations, with the terminals on file there; serials whose light is
    weak, and serials that have no power since this morning."""
    chassis: dict[str, Huawei] = {}
    weak, dark = frozenset(weak), frozenset(dark)
    places = {row["name"]: row for row in site.database.rows("Service Location")}
    for device in site.database.rows("Service Equipment"):
        place = places.get(device["service_location"])
        if place and device["equipment_type"] == "ONT":
            olt = chassis.setdefault(place["olt_name"], Huawei())
            _, slot, port = map(int, place["pon_port"].split("/"))
            onu = olt.add(device["serial_number"], slot, port, olt.next_id(slot, port))
            olt.put(_as_it_is(onu, is_weak=onu.serial in weak, is_dark=onu.serial in dark))
    for number, (name, olt) in enumerate(sorted(chassis.items())):
        yield DemoOlt(name, f"127.64.0.{12 + number}", olt)


def _as_it_is(onu: Onu, *, is_weak: bool, is_dark: bool) -> Onu:
    if is_dark:
        return replace(
            onu,
            state=DOWN,
            cause=DYING_GASP,
            last_down=datetime.now(UTC) - timedelta(hours=2),
            rx_dbm=None,
            tx_dbm=None,
            olt_rx_dbm=None,
        )
    light = _WEAK_DBM if is_weak else _LIGHT_DBM
    return replace(onu, rx_dbm=light, olt_rx_dbm=light - 1)
