"""The verdict on a customer's line: a pure function of what was read, expected and allowed."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from backend.cpe.verdict.clocks import of_known_age
from backend.cpe.verdict.light import rx_olt, rx_ont, rx_ont_by_olt
from backend.cpe.verdict.model import (
    WORSE,
    Case,
    Check,
    CheckName,
    Expectation,
    State,
    Verdict,
)
from backend.cpe.verdict.place import (
    pon_online,
    pon_online_by_any_loss,
    pon_online_by_registration,
    serial_match,
    serial_match_by_leaf,
    serial_match_of_readings,
)
from backend.cpe.verdict.service import firmware, lan_link, mesh, voip, wan_up, wifi_up

Rule = Callable[[Case], Check]
Rules = Callable[[Case], tuple[Check, ...]]

_REQUIRED: Final = frozenset(
    {
        CheckName.SERIAL_MATCH,
        CheckName.PON_ONLINE,
        CheckName.RX_ONT,
        CheckName.WAN_UP,
        CheckName.WIFI_UP,
    }
)


class UnknownVersion(ValueError):
    """A verdict of rules that this Terrain does not have."""


def judge(case: Case, version: int | None = None) -> Verdict:
    """The verdict on a case: by the newest rules, or by those of an old one, to see it again.

    Every check is there; one whose reading is missing, old or impossible is unverified, never a
    pass. Raises UnknownVersion.
    """
    number = CURRENT if version is None else version
    if number not in _VERSIONS:
        raise UnknownVersion(f"verdict {number} : version inconnue / unknown version")
    required = required_of(case.expectation)
    checks = tuple(
        replace(each, is_required=each.name in required or _counts(each))
        for each in _VERSIONS[number](case)
    )
    return Verdict(number, _worst(checks), checks)


def required_of(expectation: Expectation) -> frozenset[CheckName]:
    """The checks that make the verdict: those of every line, and those of what was sold or said."""
    sold = {
        CheckName.FIRMWARE: expectation.firmware,
        CheckName.MESH: expectation.mesh_nodes,
        CheckName.VOIP: expectation.voice_lines,
    }
    return _REQUIRED | {name for name, wanted in sold.items() if wanted}


def _counts(check: Check) -> bool:
    """Few OLTs tell what they receive, and few classes what they may: it counts where both do."""
    return check.name is CheckName.RX_OLT and check.state is not State.UNKNOWN


def _worst(checks: tuple[Check, ...]) -> State:
    return max((each.state for each in checks if each.is_required), key=WORSE.index)


def _first_rules(case: Case) -> tuple[Check, ...]:
    return _early_rules(case, pon_online_by_any_loss)


def _second_rules(case: Case) -> tuple[Check, ...]:
    return _early_rules(case, pon_online_by_registration)


def _third_rules(case: Case) -> tuple[Check, ...]:
    return _early_rules(case, pon_online)


def _fourth_rules(case: Case) -> tuple[Check, ...]:
    return _ruled(case, serial_match_by_leaf, pon_online, rx_ont)


def _fifth_rules(case: Case) -> tuple[Check, ...]:
    return _fourth_rules(of_known_age(case))


def _sixth_rules(case: Case) -> tuple[Check, ...]:
    return _ruled(of_known_age(case), serial_match, pon_online, rx_ont)


def _early_rules(case: Case, online: Rule) -> tuple[Check, ...]:
    return _ruled(case, serial_match_of_readings, online, rx_ont_by_olt)


def _ruled(case: Case, *changed: Rule) -> tuple[Check, ...]:
    """By the rules that changed since the first version, and by those that did not."""
    ruled = (*changed, rx_olt, wan_up, firmware, wifi_up, lan_link, mesh, voip)
    return tuple(rule(case) for rule in ruled)


# Rules that gave a verdict once are never changed: a change is a new version beside the old one.
_VERSIONS: Final[dict[int, Rules]] = {
    1: _first_rules,
    2: _second_rules,
    3: _third_rules,
    4: _fourth_rules,
    5: _fifth_rules,
    6: _sixth_rules,
}
CURRENT: Final = max(_VERSIONS)
