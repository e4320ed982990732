"""The demo's OLTs: at the other end of the fibres of the terminals that its ACS knows."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from math import log10
from typing import Any, Final

from backend.simulators.erpnext.site import Site
from backend.simulators.genieacs.acs import Acs, Reach
from backend.simulators.olt.agent import OltSimulator
from backend.simulators.olt.chassis import Onu
from backend.simulators.olt.huawei import DOWN, DYING_GASP, Huawei

_RX_POWER: Final = "Device.Optical.Interface.1.X_TP_GPON_Config.RXPower"
_LOSS_DB: Final = 1.4  # the light up is weaker than the light down


class DemoOlt:
    """One OLT, by the name that ERPNext has for it, and where it is."""

    def __init__(self, name: str, host: str, chassis: Huawei) -> None:
        self.name, self.host = name, host
        self._chassis = chassis

    def served(self, port: int) -> AbstractAsyncContextManager[str]:
        """Listen as long as the context is open."""
        return OltSimulator(self._chassis).served(self.host, port)


def demo_olts(site: Site, acs: Acs) -> Iterator[DemoOlt]:
    """Each sees a terminal as it is: online, with a weak light, or switched off."""
    places = {row["name"]: row for row in site.database.rows("Service Location")}
    rows = {row["serial_number"]: row for row in site.database.rows("Service Equipment")}
    chassis: dict[str, Huawei] = {}
    for number, (device, known) in enumerate(acs.devices.items(), start=1):
        serial = known.terminal.serial
        place = places[rows[serial]["service_location"]]
        raw = float(known.terminal.model[_RX_POWER].value)
        is_off = acs.reach[device] is Reach.BLACK_HOLE
        onu = _onu(serial, place["pon_port"], number, 10 * log10(raw) - 40, is_off=is_off)
        chassis.setdefault(place["olt_name"], Huawei()).put(onu)
    for number, (name, each) in enumerate(chassis.items()):
        yield DemoOlt(name, f"127.64.0.{100 + number}", each)


def _onu(serial: str, at: str, number: int, rx_dbm: float, *, is_off: bool) -> Onu:
    _frame, slot, port = (int(part) for part in at.split("/"))
    told: dict[str, Any] = {"rx_dbm": round(rx_dbm, 2), "olt_rx_dbm": round(rx_dbm - _LOSS_DB, 2)}
    if is_off:
        told = {"rx_dbm": None, "olt_rx_dbm": None, "tx_dbm": None, "cause": DYING_GASP}
    return Onu(serial, slot, port, number, DOWN if is_off else Huawei.online, **told)
