"""A ZTE C320 with V2.2, as public readers of it find it."""

from collections.abc import Iterator
from typing import Final

from backend.simulators.olt.chassis import Chassis, Oid, Onu, Value, date_and_time

_ZXAN: Final = (1, 3, 6, 1, 4, 1, 3902, 1082, 500)
LOS: Final = 2


class Zte(Chassis):
    """Its serials are texts, with how the terminal is authenticated before them."""

    system: Oid = (1, 3, 6, 1, 4, 1, 3902, 1082, 1001, 320)
    online = 4

    def rows(self, onu: Onu) -> Iterator[tuple[Oid, Value]]:
        row = (0x11010000 + (onu.slot << 8) + onu.port, onu.onu_id)
        yield (*_ZXAN, 10, 2, 3, 3, 1, 18, *row), f"1,{onu.serial}".encode()
        yield (*_ZXAN, 10, 2, 3, 8, 1, 4, *row), onu.state
        yield (*_ZXAN, 10, 2, 3, 8, 1, 5, *row), date_and_time(onu.last_up)
        yield (*_ZXAN, 10, 2, 3, 8, 1, 6, *row), date_and_time(onu.last_down)
        yield (*_ZXAN, 10, 2, 3, 8, 1, 7, *row), onu.cause or 1
        yield (*_ZXAN, 10, 2, 3, 10, 1, 2, *row), onu.distance_m
        yield (*_ZXAN, 20, 2, 2, 2, 1, 10, *row, 1), _sixteen_bits(onu.rx_dbm)
        yield (*_ZXAN, 20, 2, 2, 2, 1, 14, *row, 1), _sixteen_bits(onu.tx_dbm)
        yield (*_ZXAN, 1, 2, 4, 2, 1, 2, *row), _milli(onu.olt_rx_dbm)


def _sixteen_bits(dbm: float | None) -> int:
    """0.002 dBm from -30 on, signed; 65535 is no reading."""
    return 65535 if dbm is None else round((dbm + 30) / 0.002) % 65536


def _milli(dbm: float | None) -> int:
    return -80_000 if dbm is None else round(dbm * 1000)
