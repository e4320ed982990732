"""The demo's modems: the terminals that its ACS knows, by their own web interface."""

import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from typing import Final

from backend.simulators.genieacs.acs import Acs, Reach
from backend.simulators.genieacs.demo import modem_host
from backend.simulators.xx230v.modem import OBJECTS, Modem
from backend.simulators.xx230v.server import served

MODEM_PASSWORD: Final = "simulated-password"  # noqa: S105
_RX_POWER: Final = "Device.Optical.Interface.1.X_TP_GPON_Config.RXPower"


class DemoModem:
    """One modem and where it is."""

    def __init__(self, host: str, modem: Modem) -> None:
        self.host = host
        self._modem = modem

    def served(self, port: int) -> AbstractAsyncContextManager[int]:
        """Listen as long as the context is open."""
        return served(self._modem, self.host, port)


def demo_modems(acs: Acs) -> Iterator[DemoModem]:
    """Those that are switched on, with the light that the ACS is told too."""
    for number, (device, known) in enumerate(acs.devices.items()):
        if acs.reach.get(device) is Reach.BLACK_HOLE:
            continue
        objects = deepcopy(OBJECTS)
        objects["DEV2_DEV_INFO"]["serialNumber"] = known.terminal.serial
        objects["DEV2_OPTC_GPON_CFG"][0]["RXPower"] = str(known.terminal.model[_RX_POWER].value)
        yield DemoModem(
            modem_host(number), Modem(MODEM_PASSWORD, clock=time.monotonic, objects=objects)
        )
