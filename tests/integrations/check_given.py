"""Sources of checks that say what a test wants, when it wants."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, TypeVar

from backend.cpe.check.engine import Landed
from backend.cpe.check.source import Result, Target
from backend.cpe.readings import (
    Identity,
    Interface,
    OpticalStatus,
    Pon,
    Reading,
    Source,
    Summary,
    Wifi,
)

T = TypeVar("T")

AT_MS: Final = 1_795_456_800_000
TARGET: Final = Target(Identity("22275A7000395", "TPLG97441B58"), "OLT-EST", "0/5/2", "Fibre 500")


@dataclass
class Said:
    """A source that answers after `after_s` with `summary`, or raises `fault`."""

    name: str
    after_s: float = 0.0
    summary: Summary = field(default_factory=Summary)
    fault: Exception | None = None
    deadline_s: float = 44.0
    concurrency: int = 8
    keeps_s: float = 30.0
    stands_in_for: str = ""
    follows_start: bool = False
    asked: int = 0
    together: int = 0
    most_together: int = 0
    targets: list[Target] = field(default_factory=list)

    async def read(self, target: Target) -> Summary:
        """As it was told."""
        self.asked += 1
        self.targets.append(target)
        self.together += 1
        self.most_together = max(self.together, self.most_together)
        try:
            await asyncio.sleep(self.after_s)
        finally:
            self.together -= 1
        if self.fault:
            raise self.fault
        return self.summary


def says(value: T, source: Source = Source.ONT_TR069, at_ms: int = AT_MS) -> Reading[T]:
    """A reading."""
    return Reading(value, source, at_ms)


def good_acs(rx_dbm: float = -21.5, at_ms: int = AT_MS) -> Summary:
    """A terminal that has all that it should, as its ACS tells it."""
    return Summary(
        serial=says("22275A7000395", at_ms=at_ms),
        interface=(
            Interface(
                name=says("ppp0", at_ms=at_ms),
                role=says("wan", at_ms=at_ms),
                type=says("ppp", at_ms=at_ms),
                up=says(True, at_ms=at_ms),
                ip=says("100.64.1.2", at_ms=at_ms),
            ),
        ),
        wifi=(
            Wifi(
                band=says("5", at_ms=at_ms),
                ssid=says("Maison", at_ms=at_ms),
                enabled=says(True, at_ms=at_ms),
                up=says(True, at_ms=at_ms),
            ),
        ),
        optical_status=(OpticalStatus(rx_dbm=says(rx_dbm, at_ms=at_ms)),),
    )


def good_olt(rx_dbm: float = -21.0, state: str = "online", at_ms: int = AT_MS) -> Summary:
    """The same terminal as its OLT tells it."""
    return Summary(
        gpon_sn=says("TPLG97441B58", Source.OLT, at_ms),
        pon=(
            Pon(
                olt=says("OLT-EST", Source.OLT, at_ms),
                port=says("0/5/2", Source.OLT, at_ms),
                state=says(state, Source.OLT, at_ms),
            ),
        ),
        optical_status=(
            OpticalStatus(
                rx_dbm=says(rx_dbm, Source.OLT, at_ms),
                olt_rx_dbm=says(rx_dbm - 1, Source.OLT, at_ms),
            ),
        ),
    )


class Heard:
    """Collects what an engine tells, with when (seconds since the check began)."""

    def __init__(self) -> None:
        self.told: list[tuple[float, Landed]] = []
        self._begun = asyncio.get_running_loop().time()

    async def __call__(self, landed: Landed) -> None:
        """One piece of news."""
        self.told.append((asyncio.get_running_loop().time() - self._begun, landed))


def states(results: tuple[Result, ...]) -> dict[str, str]:
    """How each source ended: its state, and its detail when there is one."""
    reports = (each.report for each in results)
    return {each.name: f"{each.state.value} {each.detail}".strip() for each in reports}
