"""A Huawei MA5800 by HUAWEI-XPON-MIB V1.64: the tables of registered terminals, of those found,
and of registrations."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from backend.simulators.olt.chassis import Chassis, Oid, Onu, Value, date_and_time, octets_of

_XPON: Final = (1, 3, 6, 1, 4, 1, 2011, 6, 128, 1, 1, 2)
_NO_READING: Final = 2147483647
SN_CONFLICT: Final = 3  # hwGponDeviceOntRegisterResult
LOS, DYING_GASP = 1, 13  # hwGponDeviceOntControlLastDownCause
DOWN: Final = 2  # hwGponDeviceOntControlRunStatus


class Huawei(Chassis):
    """`adds_10000`: releases that tell what the OLT receives as 10000 + 0.01 dBm."""

    system: Oid = (1, 3, 6, 1, 4, 1, 2011, 2, 248)
    online = 1

    def __init__(self, *, adds_10000: bool = True) -> None:
        super().__init__()
        self._adds = 10_000 if adds_10000 else 0
        self._others: dict[Oid, Value] = {}

    def rows(self, onu: Onu) -> Iterator[tuple[Oid, Value]]:
        row = (_if_index(onu.slot, onu.port), onu.onu_id)
        yield _at(43, 3, row), onu.octets
        yield _at(45, 4, row), b"XX230v\0\0"
        yield _at(45, 5, row), b"1.2.0 0.9.1\0"
        yield _at(46, 15, row), onu.state
        yield _at(46, 20, row), onu.distance_m
        yield _at(46, 22, row), date_and_time(onu.last_up)
        yield _at(46, 23, row), date_and_time(onu.last_down)
        yield _at(46, 24, row), onu.cause or -1
        yield _at(51, 1, row), onu.temperature_c
        yield _at(51, 3, row), _centi(onu.tx_dbm)
        yield _at(51, 4, row), _centi(onu.rx_dbm)
        yield _at(51, 5, row), onu.supply_mv
        yield _at(51, 6, row), _centi(onu.olt_rx_dbm, self._adds)

    def others(self) -> Iterator[tuple[Oid, Value]]:
        yield from self._others.items()

    def discover(self, serial: str, slot: int, port: int, at: datetime) -> None:
        """A terminal lights up that nobody has registered."""
        row = (_if_index(slot, port), len(self._others) + 1)
        self._others[_at(48, 2, row)] = octets_of(serial)
        self._others[_at(48, 8, row)] = date_and_time(at)
        self._order = None

    def forget(self, serial: str) -> None:
        """The rows of a terminal that was found or refused are gone."""
        told = octets_of(serial)
        rows = {oid[-2:] for oid, value in self._others.items() if value == told}
        self._others = {oid: each for oid, each in self._others.items() if oid[-2:] not in rows}
        self._order = None

    def refuse(self, serial: str, slot: int, port: int, at: datetime, result: int) -> None:
        """A registration ends with that result."""
        row = (_if_index(slot, port), len(self._others) + 1)
        self._others[_at(52, 2, row)] = octets_of(serial)
        self._others[_at(52, 3, row)] = result
        self._others[_at(52, 4, row)] = date_and_time(at)
        self._order = None


def _if_index(slot: int, port: int) -> int:
    return 0xFA000000 + (slot << 13) + (port << 8)


def _at(table: int, column: int, row: Oid) -> Oid:
    return (*_XPON, table, 1, column, *row)


def _centi(dbm: float | None, plus: int = 0) -> int:
    return _NO_READING if dbm is None else round(dbm * 100) + plus
