"""The demo's ACS: the terminals at the addresses that a technician visits today."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from backend.simulators.erpnext.site import Site
from backend.simulators.genieacs.acs import Acs, Reach
from backend.simulators.genieacs.terminal import Terminal, xx230v

TECHNICIAN: Final = "TECH-001"


def demo_acs(site: Site, day: date, speed: float = 1.0) -> Acs:
    """Knows the terminals at the day's visits by their serial and MAC: the first answers, the last
    one's light is weak, and the one before it is switched off."""
    acs = Acs(speed)
    terminals = _terminals(site, day)
    for terminal in terminals[1:][-1:]:
        terminal.set("Device.Optical.Interface.1.X_TP_GPON_Config.RXPower", 13)  # -28.86 dBm
    for number, terminal in enumerate(terminals):
        call_url = f"http://{modem_host(number)}:7547/"
        terminal.set("Device.ManagementServer.ConnectionRequestURL", call_url)
        known = acs.add(terminal, informed=datetime.now(UTC) - timedelta(minutes=4))
        known.learn(terminal.below(""), known.last_inform)
    for terminal in terminals[-2:-1]:
        acs.reach[terminal.id] = Reach.BLACK_HOLE
    return acs


def modem_host(number: int) -> str:
    """The management address of the demo's terminal with this number, from 0 on."""
    return f"127.64.0.{20 + number}"


def _terminals(site: Site, day: date) -> list[Terminal]:
    visited = {
        row["service_location"]
        for row in site.database.rows("Dispatch Job")
        if (row["technician"], row["scheduled_date"]) == (TECHNICIAN, day.isoformat())
    }
    return [
        xx230v(row["serial_number"], row["mac_address"])
        for row in site.database.rows("Service Equipment")
        if row["equipment_type"] == "ONT" and row["service_location"] in visited
    ]
