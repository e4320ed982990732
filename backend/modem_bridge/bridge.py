"""The bridge: one check of one modem at a time, by its protocol, else by its page."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from backend.log import log
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.credentials import Credential, credential_for, read_credentials
from backend.modem_bridge.hosts import Address, modem_address, networks_of
from backend.modem_bridge.protocol import Workers
from backend.modem_bridge.protocol.job import Job
from backend.modem_bridge.reading import Found, Report, Wanted
from backend.modem_bridge.refusals import Refusals, Standing
from backend.modem_bridge.trouble import Kind, Trouble
from backend.settings import BridgeSettings

WAITING: Final = 64
WHOLE_S: Final = 45.0  # of a check, its wait for others included


class Drivers(NamedTuple):
    """The two ways to ask a modem."""

    workers: Workers
    chromium: Chromium


class Reading(NamedTuple):
    """What one check read, by which driver, and when it began to (UTC ms)."""

    driver: str
    as_of_ms: int
    objects: Mapping[str, Found]


class Bridge:
    """What one process of the bridge knows: nothing that outlives it."""

    def __init__(self, settings: BridgeSettings, drivers: Drivers, simulated: bool) -> None:
        """Raises ValueError for a configuration with which nothing could be read."""
        self._port = settings.modem_port
        self._networks = networks_of(settings.networks, simulated)
        self._credentials = read_credentials(settings.credentials_file)
        self._refusals = Refusals(time.monotonic)
        self._workers, self._chromium = drivers
        self._modems: dict[Address, _Turn] = {}
        self._running: set[asyncio.Task[Reading]] = set()

    async def read(self, host: str, model: str, wanted: Sequence[Wanted]) -> Reading:
        """Read objects of the modem at an address, as the caller wrote it. Raises Trouble."""
        address = modem_address(host, self._networks)
        credential = credential_for(self._credentials, address, model)
        if self.under_way >= WAITING:
            raise Trouble(Kind.BUSY)
        check = asyncio.create_task(self._check(address, credential, tuple(wanted)))
        self._running.add(check)
        check.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(check)
        except asyncio.CancelledError:
            if check.cancelled():
                raise Trouble(Kind.BUSY, "stopping") from None
            check.cancel()
            raise

    @property
    def under_way(self) -> int:
        """How many checks run or wait."""
        return len(self._running)

    def standings(self) -> tuple[Standing, ...]:
        """How each credential stands."""
        return tuple(self._refusals.standing(each.name) for each in self._credentials)

    def try_again(self, name: str) -> bool:
        """An operator's word that a credential may be tried; False when there is no such one."""
        is_known = any(each.name == name for each in self._credentials)
        if is_known:
            self._refusals.try_again(name)
        return is_known

    def stop(self) -> None:
        """End what is under way: whoever waits is told to come again."""
        for check in self._running:
            check.cancel()

    async def close(self) -> None:
        """End processes and browser."""
        self.stop()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(self._workers.close(), self._chromium.close())

    async def _check(
        self, address: Address, credential: Credential, wanted: tuple[Wanted, ...]
    ) -> Reading:
        begun = time.monotonic()
        reading, trouble = None, Trouble(Kind.TIMEOUT, "waiting")
        try:
            async with asyncio.timeout(WHOLE_S), self._turn(address):
                reading = await self._judged(address, credential, wanted)
        except Trouble as met:
            trouble = met
        except TimeoutError:
            pass
        _log(address, reading, trouble, time.monotonic() - begun)
        if reading is None:
            raise trouble
        return reading

    async def _judged(
        self, address: Address, credential: Credential, wanted: tuple[Wanted, ...]
    ) -> Reading:
        """One check in its turn, and what it says of the credential. Raises Trouble."""
        self._refusals.admit(credential.name, str(address))
        as_of_ms = time.time_ns() // 1_000_000
        driver, report = "", Report()
        try:
            driver, report = await self._report(address, credential, wanted)
        finally:
            self._note(credential.name, str(address), report)
        if report.kind is not None:
            raise Trouble(report.kind, report.detail)
        return Reading(driver, as_of_ms, report.objects)

    def _note(self, credential: str, modem: str, report: Report) -> None:
        """What a check says of a credential; one that was cut short says nothing."""
        if report.kind is Kind.WRONG_PASSWORD_OR_LOCKED:
            self._refusals.refused(credential, modem)
        elif report.accepted:
            self._refusals.accepted(credential)
        else:
            self._refusals.undecided(credential)

    async def _report(
        self, address: Address, credential: Credential, wanted: tuple[Wanted, ...]
    ) -> tuple[str, Report]:
        """By the protocol; by the page only when the protocol was not understood."""
        url = _url(address, self._port)
        job = Job(url, credential.user, credential.password, credential.cipher, wanted)
        report = await self._workers.read(job)
        if report.kind is not Kind.PROTOCOL or not self._chromium.is_there:
            return "protocol", report
        return "browser", await self._chromium.read(url, credential, wanted)

    @asynccontextmanager
    async def _turn(self, address: Address) -> AsyncIterator[None]:
        """One check of a modem after the other: it lets one user in."""
        turn = self._modems.setdefault(address, _Turn())
        turn.wanted += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                self._modems.pop(address, None)


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.wanted = 0


def _url(address: Address, port: int) -> str:
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{host}" if port == 80 else f"http://{host}:{port}"


def _log(address: Address, reading: Reading | None, trouble: Trouble, took_s: float) -> None:
    ended = reading.driver if reading else str(trouble)
    extra = {"modem": str(address), "ended": ended, "ms": round(took_s * 1000)}
    log.info("modem checked", extra=extra)
