"""One OLT: finds a terminal by its serial and reads all of it in one request."""

import asyncio
from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from backend.cpe.olt.client import Snmp, now_ms
from backend.cpe.olt.decode import Raw, Said, serial_of, summary, text
from backend.cpe.olt.profile import SERIAL, Index, Profile, load_profile, shipped
from backend.cpe.olt.serial_index import Found, SerialIndex
from backend.cpe.olt.traces import Traces
from backend.cpe.readings import Reading, Source, Summary
from backend.errors import Refused

SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"  # SNMPv2-MIB: who made the agent


class Olt:
    """One OLT by its name in the records. Without a profile it is known by its sysObjectID.

    Every method raises Unavailable or Refused.
    """

    def __init__(self, name: str, snmp: Snmp, profile: Profile | None, zone: tzinfo) -> None:
        self.name = name
        self.index = SerialIndex(self._serials)
        self._snmp, self._profile, self._zone = snmp, profile, zone
        self._traces: Traces | None = None

    async def read(self, serial: str, found: Found) -> list[Summary]:
        """The terminal at each place where it is registered. What the row itself says its serial
        is counts: one that has moved is looked for again.

        Raises Refused("contradictory") when the OLT then still names a row that is another's.
        """
        rows = await self._rows(serial, found.places)
        if len(rows) < len(found.places):
            found = await self.index.since(serial, found.walk)
            rows = await self._rows(serial, found.places)
            if len(rows) < len(found.places):
                raise Refused("contradictory")
        return rows

    async def trace(self, serial: str) -> Summary | None:
        """Where a terminal that is not registered was last met, and why it is not."""
        if self._traces is None:
            self._traces = Traces(self.name, self._snmp, await self._kind(), self._zone)
        pon = await self._traces.last(serial)
        return Summary(gpon_sn=Reading(serial, Source.OLT, now_ms()), pon=(pon,)) if pon else None

    async def close(self) -> None:
        """End what is under way."""
        await self.index.close()
        if self._traces:
            await self._traces.close()

    async def _rows(self, serial: str, places: tuple[Index, ...]) -> list[Summary]:
        read = [await self._row(place) for place in places]
        return [summary(each) for each in read if serial_of(each.values.get(SERIAL, "")) == serial]

    async def _row(self, index: Index) -> Said:
        profile = await self._kind()
        wanted = {profile.oid(name, index): name for name in profile.columns}
        found = await self._snmp.get(list(wanted))
        values = {wanted[oid]: raw for oid, raw in found.items() if oid in wanted}
        return Said(self.name, profile, index, values, now_ms(), self._zone)

    async def _serials(self) -> Mapping[Index, Raw]:
        """The serial column. Rows of another length than the profile says are not of terminals."""
        profile = await self._kind()
        rows = await self._snmp.walk(profile.below(profile.columns[SERIAL].oid))
        return {index: raw for index, raw in rows.items() if len(index) == profile.index.length}

    async def _kind(self) -> Profile:
        """The profile that was set, else the one whose sysObjectID the agent has. Raises
        Refused("unknown-olt")."""
        if self._profile is None:
            said = text((await self._snmp.get([SYS_OBJECT_ID])).get(SYS_OBJECT_ID, ""))
            self._profile = await asyncio.to_thread(_of_system, said)
        return self._profile


def _of_system(said: str) -> Profile:
    for profile in map(load_profile, shipped()):
        if any(f"{said}.".startswith(f"{each}.") for each in profile.system):
            return profile
    raise Refused("unknown-olt")
