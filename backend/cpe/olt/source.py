"""All OLTs as the engine of checks uses them: what they know of a terminal, wherever it is."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from backend.cpe.olt.client import Agent, Credentials, Snmp
from backend.cpe.olt.olt import Olt
from backend.cpe.olt.profile import load_profile
from backend.cpe.olt.serial_index import EVERY_S, Found
from backend.cpe.readings import Identity, Summary
from backend.errors import Refused, Unavailable
from backend.log import log
from backend.settings import OltSettings, Settings, read_secret
from sync.gpon import gpon_serial

T = TypeVar("T")


QUICK_S: Final = 3.0  # a silent agent is given up sooner


class _Answers(NamedTuple):
    given: tuple[tuple[Olt, Found], ...]
    faults: tuple[Unavailable | Refused, ...] = ()


class Olts:
    """The OLTs of one installation. `read` raises Unavailable or Refused."""

    def __init__(self, olts: Sequence[Olt]) -> None:
        self._olts = tuple(olts)

    async def read(self, identity: Identity) -> Summary:
        """The terminal with that GPON serial. Two rows in `pon`: it is registered twice, and both
        are told. One that is not registered is told by where it was met and why it is not.

        Raises Refused("no-gpon-serial"), Refused("no-such-onu") when every OLT answered and none
        has it, and else what the first OLT that failed raised.
        """
        serial = gpon_serial(identity.gpon_serial) or gpon_serial(identity.serial)
        if not serial:
            raise Refused("no-gpon-serial")
        answers = self._known(serial)
        if not answers.given:
            answers = await self._where(serial)
        reading = (_fault_or(olt.read(serial, found)) for olt, found in answers.given)
        told = await asyncio.gather(*reading)
        if rows := [row for rows in told if isinstance(rows, list) for row in rows]:
            return _joined(rows)
        return await self._trace(serial, [*_faults(told), *answers.faults])

    async def keep_indexed(self) -> None:
        """Walk the serials of every OLT now and every EVERY_S, for ever: a check then finds its
        terminal at once."""
        while True:
            await asyncio.gather(*(_renew(each) for each in self._olts))
            await asyncio.sleep(EVERY_S)

    async def close(self) -> None:
        """End what is under way."""
        for each in self._olts:
            await each.close()

    def _known(self, serial: str) -> _Answers:
        """Who had it at its last walk."""
        found = ((each, each.index.known(serial)) for each in self._olts)
        return _Answers(tuple(pair for pair in found if pair[1].places))

    async def _where(self, serial: str) -> _Answers:
        """Who has it now. All are waited for that are quick; the others only while nobody has it:
        their walks go on."""
        looking = {
            asyncio.create_task(_fault_or(each.index.look_again(serial))): each
            for each in self._olts
        }
        done, waiting = await asyncio.wait(looking, timeout=QUICK_S)
        while waiting and not any(_has(each) for each in done):
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        for each in waiting:
            each.cancel()
        ended = [(olt, each) for each, olt in looking.items() if each in done]
        given = tuple((olt, found) for olt, each in ended if (found := _has(each)))
        return _Answers(given, _faults(each.result() for _, each in ended))

    async def _trace(self, serial: str, faults: Sequence[Unavailable | Refused]) -> Summary:
        told = await asyncio.gather(*(_fault_or(each.trace(serial)) for each in self._olts))
        met = [each for each in told if isinstance(each, Summary)]
        if met:
            return _joined(met)
        failed = [*faults, *_faults(told)]
        raise failed[0] if failed else Refused("no-such-onu")


def open_olts(settings: Settings) -> Olts:
    """The OLTs of the settings; close them after use.

    Raises ValueError for a profile or a secret that is not there, or a profile that is wrong.
    """
    return Olts([_opened(each, settings.site_zone) for each in settings.olt])


def _opened(said: OltSettings, zone: ZoneInfo) -> Olt:
    community = "" if said.user else read_secret(said.community_file)
    auth_key, priv_key = (
        read_secret(each) if said.user else "" for each in (said.auth_file, said.priv_file)
    )
    credentials = Credentials(community, said.user, said.auth, auth_key, said.priv, priv_key)
    profile = load_profile(said.profile) if said.profile else None
    snmp = Snmp(Agent(said.host, said.port, credentials))
    return Olt(said.name, snmp, profile, ZoneInfo(said.zone) if said.zone else zone)


def _joined(rows: Sequence[Summary]) -> Summary:
    """One summary of the places in which one terminal is."""
    return Summary(
        gpon_sn=rows[0].gpon_sn,
        model=rows[0].model,
        firmware=rows[0].firmware,
        pon=tuple(each for row in rows for each in row.pon),
        optical_status=tuple(each for row in rows for each in row.optical_status),
    )


def _has(looked: asyncio.Task[Found | Unavailable | Refused]) -> Found | None:
    said = looked.result()
    return said if isinstance(said, Found) and said.places else None


def _faults(told: Iterable[object]) -> tuple[Unavailable | Refused, ...]:
    return tuple(each for each in told if isinstance(each, Unavailable | Refused))


async def _fault_or(asked: Awaitable[T]) -> T | Unavailable | Refused:
    try:
        return await asked
    except (Unavailable, Refused) as fault:
        return fault


async def _renew(olt: Olt) -> None:
    if isinstance(fault := await _fault_or(olt.index.renew()), Unavailable | Refused):
        log.warning("olt not indexed", extra={"olt": olt.name, "kind": fault.kind})
