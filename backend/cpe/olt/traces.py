"""Where terminals that are not registered were met, and why they do not come up."""

from datetime import tzinfo
from functools import partial
from typing import Final, NamedTuple

from backend.cpe.olt.client import Snmp, now_ms
from backend.cpe.olt.decode import instant_ms, serial_of, text
from backend.cpe.olt.profile import Index, Profile, Trace
from backend.cpe.olt.serial_index import SerialIndex
from backend.cpe.readings import Pon, Reading, Source

MOST_MET: Final = 8  # newest rows of one serial in a log; each is a request


class _Met(NamedTuple):
    pon: Pon
    at_ms: int


class Traces:
    """The tables of one OLT in which terminals are that are not registered. A check that follows
    a terminal while it starts asks again and again: rows are found by a walk of a moment ago."""

    def __init__(self, olt: str, snmp: Snmp, profile: Profile, zone: tzinfo) -> None:
        self._olt, self._snmp, self._profile, self._zone = olt, snmp, profile, zone
        self._indexes = [
            (trace, SerialIndex(partial(snmp.walk, profile.below(trace.serial))))
            for trace in profile.traces
        ]

    async def last(self, serial: str) -> Pon | None:
        """The newest trace. Raises Unavailable or Refused."""
        met: list[_Met] = []
        for trace, index in self._indexes:
            rows = sorted((await index.look_again(serial)).places)[-MOST_MET:]
            met += [each for row in rows if (each := await self._met(trace, row, serial))]
        return max(met, key=lambda each: each.at_ms).pon if met else None

    async def close(self) -> None:
        """End what is under way."""
        for _, index in self._indexes:
            await index.close()

    async def _met(self, trace: Trace, row: Index, serial: str) -> _Met | None:
        """A row counts as long as it is still this terminal's: found ones leave when registered."""
        below = {
            oid: self._profile.below(oid, row) for oid in (trace.serial, trace.result, trace.at)
        }
        found = await self._snmp.get([each for oid, each in below.items() if oid])
        if serial_of(found.get(below[trace.serial], "")) != serial:
            return None
        result = text(found.get(below[trace.result], ""))
        state = trace.words.get(result, trace.state)
        at_ms = instant_ms(found.get(below[trace.at], ""), self._zone) or 0
        path = below[trace.result or trace.serial]
        return _Met(self._pon(row, state, path, result), at_ms) if state else None

    def _pon(self, row: Index, state: str, path: str, raw: str) -> Pon:
        as_of_ms, port = now_ms(), self._profile.index.port_of(row)
        return Pon(
            olt=Reading(self._olt, Source.OLT, as_of_ms),
            port=Reading(port, Source.OLT, as_of_ms, rule=self._profile.name),
            state=Reading(state, Source.OLT, as_of_ms, path, raw, rule=self._profile.name),
        )
