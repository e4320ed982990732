"""What an OLT has plugged into it, and the table of values that its agent shows of it."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

C = TypeVar("C", bound="Chassis")
Oid = tuple[int, ...]
Value = int | bytes | Oid  # INTEGER, OCTET STRING, OBJECT IDENTIFIER

_PER_PORT = 64
_PER_SLOT = 16 * _PER_PORT
_SYS_OBJECT_ID = (1, 3, 6, 1, 2, 1, 1, 2, 0)


@dataclass(frozen=True)
class Onu:
    """A registered terminal; a power of None is one that there is no reading of. `state` and
    `cause` are the numbers of the OLT's own MIB."""

    serial: str
    slot: int
    port: int
    onu_id: int
    state: int
    cause: int = 0
    rx_dbm: float | None = -19.32
    tx_dbm: float | None = 2.25
    olt_rx_dbm: float | None = -21.07
    distance_m: int = 1234
    temperature_c: int = 47
    supply_mv: int = 3310
    last_up: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    last_down: datetime | None = None

    @property
    def octets(self) -> bytes:
        """The serial as eight octets."""
        return octets_of(self.serial)


class Chassis:
    """An OLT. Subclasses know a maker's MIB; `lies` are serials that a row tells when it is read
    by itself instead of its own, by that. `online` is the number of the state."""

    system: Oid
    online: int

    def __init__(self) -> None:
        self._onus: dict[str, Onu] = {}
        self._table: dict[Oid, Value] = {}
        self._order: list[Oid] | None = None
        self.lies: dict[str, str] = {}

    def add(self, serial: str, slot: int = 1, port: int = 1, onu_id: int = 1) -> Onu:
        """Register a terminal; it is online."""
        return self.put(Onu(serial, slot, port, onu_id, self.online))

    def put(self, onu: Onu) -> Onu:
        """Register a terminal as it is said, or change what is said of it."""
        self._onus[onu.serial] = onu
        self._order = None
        return onu

    def move(self, serial: str, slot: int, port: int, onu_id: int) -> None:
        """Plug it in elsewhere."""
        self.put(replace(self._onus[serial], slot=slot, port=port, onu_id=onu_id))

    def next_id(self, slot: int, port: int) -> int:
        """The lowest number that no terminal of a port has, above all that one has."""
        taken = (
            each.onu_id for each in self._onus.values() if (each.slot, each.port) == (slot, port)
        )
        return max(taken, default=0) + 1

    def get(self, oid: Oid) -> Value | None:
        """The value at an OID, None where there is none."""
        self._sorted()
        lie = next((told for told in self._told() if told[0] == oid), None)
        return lie[1] if lie else self._table.get(oid)

    def after(self, oid: Oid) -> tuple[Oid, Value] | None:
        """The next OID that has a value, None after the last."""
        order = self._sorted()
        at = bisect_right(order, oid)
        return (order[at], self._table[order[at]]) if at < len(order) else None

    def rows(self, onu: Onu) -> Iterator[tuple[Oid, Value]]:
        """The values of a terminal. The first is its serial."""
        raise NotImplementedError

    def others(self) -> Iterator[tuple[Oid, Value]]:
        """The values of what is no registered terminal."""
        yield from ()

    def _told(self) -> Iterator[tuple[Oid, Value]]:
        for serial, instead in self.lies.items():
            oid, _ = next(self.rows(self._onus[serial]))
            yield oid, next(self.rows(replace(self._onus[serial], serial=instead)))[1]

    def _sorted(self) -> list[Oid]:
        if self._order is None:
            self._table = {_SYS_OBJECT_ID: self.system}
            self._table |= dict(self.others())
            for onu in self._onus.values():
                self._table |= dict(self.rows(onu))
            self._order = sorted(self._table)
        return self._order


def octets_of(serial: str) -> bytes:
    """A GPON serial as eight octets: four letters, four octets."""
    return serial[:4].encode() + bytes.fromhex(serial[4:])


def date_and_time(at: datetime | None) -> bytes:
    """DateAndTime (RFC 2579) with the offset from UTC; all zeros for never."""
    if at is None:
        return bytes(8)
    local = at.year.to_bytes(2, "big") + bytes([at.month, at.day, at.hour, at.minute, at.second, 0])
    offset = at.utcoffset()
    if offset is None:
        return local
    minutes = abs(int(offset.total_seconds())) // 60
    return local + (b"-" if offset.days < 0 else b"+") + bytes(divmod(minutes, 60))


def filled(chassis: C, count: int) -> C:
    """With that many terminals online, TPLG00000000 first, 64 a port, 16 ports a slot."""
    for number in range(count):
        slot, port = number // _PER_SLOT + 1, number % _PER_SLOT // _PER_PORT
        chassis.add(f"TPLG{number:08X}", slot, port, number % _PER_PORT + 1)
    return chassis
