"""Whether a terminal is still starting: the light, its OLT, its first call; from readings alone."""

from enum import StrEnum
from typing import Final

from backend.cpe.check.engine import Landed
from backend.cpe.readings import Source, SourceState, Summary
from sync.arguments import StartStep

ONLINE: Final = "online"
# What sources say of a terminal that they have not met yet.
NOT_MET: Final = frozenset({"no-such-onu", "no-such-device"})


class Step(StrEnum):
    """What a terminal comes through, in order."""

    LIGHT = "light"
    REGISTERED = "registered"
    ONLINE = "online"
    INFORM = "inform"


def steps(landed: Landed) -> tuple[StartStep, ...]:
    """The steps and which are done; () when no OLT says where the terminal is.

    The first call is a step only where an ACS answers: one that is away is not waited for.
    """
    summary, details = landed.summary, _details(landed)
    if not summary.pon and details.get("olt") not in NOT_MET:
        return ()
    is_online = any(row.state and row.state.value == ONLINE for row in summary.pon)
    done = {
        Step.LIGHT: is_online or _has_light(summary),
        Step.REGISTERED: is_online or any(row.onu_id for row in summary.pon),
        Step.ONLINE: is_online,
    }
    if (acs := details.get("acs_cached")) is not None:
        done[Step.INFORM] = acs not in NOT_MET
    return tuple(StartStep(step.value, is_done) for step, is_done in done.items())


def is_starting(told: tuple[StartStep, ...]) -> bool:
    """Whether something is still to come."""
    return not all(each.done for each in told)


def _details(landed: Landed) -> dict[str, str]:
    """Of the sources that answered: "", or that they have not met the terminal."""
    reports = [each.report for each in landed.results]
    met = {each.name: "" for each in reports if each.state in (SourceState.OK, SourceState.STALE)}
    return met | {each.name: each.detail for each in reports if each.detail in NOT_MET}


def _has_light(summary: Summary) -> bool:
    lights = (each.olt_rx_dbm or each.rx_dbm for each in summary.optical_status)
    return any(each is not None and each.source is Source.OLT for each in lights)
