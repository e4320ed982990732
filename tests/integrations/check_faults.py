"""Every source of a check dead, slow, lying or broken, alone and two at a time, in virtual time."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import combinations, product
from typing import Final, NamedTuple

import msgspec

from backend.cpe.check.engine import Engine, Landed
from backend.cpe.readings import Source, Summary
from backend.cpe.thresholds import Limits, limits_of, load_thresholds
from backend.cpe.verdict import judge
from backend.cpe.verdict.model import Case, Expectation, State
from backend.errors import Refused, Unavailable
from tests.integrations.check_given import (
    AT_MS,
    TARGET,
    Said,
    good_acs,
    good_olt,
    says,
    states,
)
from tests.integrations.virtual_time import now

TERMINAL: Final = ("acs_cached", "acs_live", "modem")
SOURCES: Final = (*TERMINAL, "olt")
LIMITS: Final[Limits] = limits_of(load_thresholds(), optical_class="B+")


class Fault(StrEnum):
    """What may be wrong with a source."""

    DEAD = "dead"
    UNKNOWN = "unknown"  # it answers, and does not know the line
    SLOW = "slow"
    LYING = "lying"  # another terminal, of an impossible light
    BROKEN = "broken"


Faults = Mapping[str, Fault]


class Outcome(NamedTuple):
    """When the first verdict was there and when the check ended (seconds), what it was, and how
    each source ended."""

    first_s: float
    ended_s: float
    state: State
    ended: dict[str, str]


def cases() -> Iterator[Faults]:
    """Each fault of each source, and each two of two."""
    for name, fault in product(SOURCES, Fault):
        yield {name: fault}
    for pair in combinations(SOURCES, 2):
        for both in product(Fault, repeat=2):
            yield dict(zip(pair, both, strict=True))


async def outcome(faults: Faults) -> Outcome:
    """What a check of a good line comes to when some sources have these faults."""
    begun, first = now(), []
    engine = Engine([_source(name, faults.get(name)) for name in SOURCES])

    def state(landed: Landed) -> State:
        at_ms = AT_MS + round((now() - begun) * 1000)
        expected = Expectation(TARGET.identity, TARGET.olt, TARGET.port)
        return judge(Case(landed.summary, expected, LIMITS, at_ms)).state

    async def tell(landed: Landed) -> None:
        state(landed)  # never raises, whatever has landed
        if landed.is_due:
            first.append(now() - begun)

    landed = await engine.check(TARGET, tell)
    await engine.close()
    ended = now() - begun
    return Outcome(min([*first, ended]), ended, state(landed), states(landed.results))


def may_pass(faults: Faults) -> bool:
    """Whether what is sound is enough to know: the OLT alone sees the light on the fibre, and some
    teller of the terminal must be right."""
    return "olt" not in faults and any(name not in faults for name in TERMINAL)


def _source(name: str, fault: Fault | None) -> Said:
    said = Said(
        name,
        {"acs_cached": 0.1, "acs_live": 1.2, "modem": 2.5, "olt": 0.05}[name],
        _good(name),
        stands_in_for="acs_live" if name == "modem" else "",
    )
    match fault:
        case Fault.DEAD:
            said.fault = Unavailable("connection")
        case Fault.UNKNOWN:
            said.fault = Refused("no-such-device")
        case Fault.BROKEN:
            said.fault = ZeroDivisionError()
        case Fault.SLOW:
            said.after_s = 600.0
        case Fault.LYING:
            said.summary = _lie(name)
        case None:
            pass
    return said


def _good(name: str) -> Summary:
    if name == "olt":
        return good_olt()
    return good_acs(at_ms=AT_MS - 240_000 if name == "acs_cached" else AT_MS)


def _lie(name: str) -> Summary:
    if name == "olt":
        other = says("HWTC00000001", Source.OLT)
        return msgspec.structs.replace(good_olt(99.0, "wat"), gpon_sn=other)
    at_ms = AT_MS - 240_000 if name == "acs_cached" else AT_MS
    other = says("2222222222222", at_ms=at_ms)
    return msgspec.structs.replace(good_acs(float("nan"), at_ms), serial=other, interface=())
