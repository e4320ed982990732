"""Judges whether it is the right terminal, at the right place, and whether its OLT sees it."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from backend.cpe.mac import mac_address
from backend.cpe.readings import Identity, Pon, Reading
from backend.cpe.verdict.light import is_stale, remarked
from backend.cpe.verdict.model import Case, Check, CheckName, Reason, Remark, State
from sync.crosschecks import NEAR
from sync.identity import normal_serial

ONLINE: Final = "online"
_LOS: Final = "los"
# Whether what is said of a name is what is expected of it; None where nothing can be told.
Comparing = Callable[[str, str, Identity], bool | None]
_UNASSIGNED: Final = (State.UNKNOWN, Reason.SERIAL_UNASSIGNED)


def serial_match(case: Case) -> Check:
    """`serial_match_by_leaf`; a terminal that gives its GPON serial as its serial is none other."""
    return _or_unassigned(case, _match(case, _same_by_either_serial))


def serial_match_by_leaf(case: Case) -> Check:
    """`serial_match` as versions 4 and 5 have it: as before them, and where nobody assigned a
    terminal either, that is what lacks."""
    return _or_unassigned(case, serial_match_of_readings(case))


def serial_match_of_readings(case: Case) -> Check:
    """`serial_match` as versions 1 to 3 have it."""
    return _match(case, _same)


def _or_unassigned(case: Case, found: Check) -> Check:
    if found.reason is Reason.NO_READING and case.expectation.identity == Identity():
        return Check(found.name, *_UNASSIGNED)
    return found


def _match(case: Case, same_as: Comparing) -> Check:
    """Serial, GPON serial and MAC do not follow from one another: each that both sides know is
    compared, and one that differs beside one that is the same is a slip in the records. They do not
    grow old.
    """
    name, expected, said = CheckName.SERIAL_MATCH, case.expectation.identity, case.summary
    told = [(said.serial, "serial"), (said.gpon_sn, "gpon_serial"), (said.mac, "mac")]
    known = [(each, key) for each, key in told if each]
    if not known:
        return Check(name, State.UNKNOWN, Reason.NO_READING)
    pairs = [(each, same_as(key, each.value, expected)) for each, key in known]
    same = [each for each, is_same in pairs if is_same]
    other = [each for each, is_same in pairs if is_same is False]
    shown = next(iter(other or same), known[0][0])
    return Check(
        name,
        *_matched(same, other),
        shown.value,
        source=shown.source,
        measured_at_ms=shown.as_of_ms,
    )


def pon_online(case: Case) -> Check:
    """Whether the OLT has the terminal, where it belongs, and whether its light holds.

    A loss of light before the present registration is none: whoever plugs a fibre in made it. Where
    the OLT does not tell when that was, a loss from before the terminal started is none either.
    """
    return _online(case, _lost_since_started)


def pon_online_by_registration(case: Case) -> Check:
    """`pon_online` as version 2 has it: only an OLT tells what a loss came before."""
    return _online(case, _lost_since_registered)


def pon_online_by_any_loss(case: Case) -> Check:
    """`pon_online` as version 1 has it: any loss of a short while ago is a warning."""
    return _online(case, _recent_los)


def _online(case: Case, losses: Callable[[Pon, Case], Iterator[Remark]]) -> Check:
    name, rows = CheckName.PON_ONLINE, [each for each in case.summary.pon if each.state]
    fresh = [each for each in rows if each.state and not is_stale(each.state, case)]
    online = [each for each in fresh if _word(each.state) == ONLINE]
    row = next(iter(online or fresh or rows), None)
    if row is None or row.state is None:
        return Check(name, State.UNKNOWN, Reason.NO_READING)
    state, reason = _connected(row, case)
    if not fresh or len(online) > 1:
        state, reason = State.UNKNOWN, Reason.TWO_PLACES if fresh else Reason.STALE
    check = Check(name, state, reason, _place(row))
    whence = replace(check, source=row.state.source, measured_at_ms=row.state.as_of_ms)
    return remarked(whence, losses(row, case))


def _matched(same: list[Reading[str]], other: list[Reading[str]]) -> tuple[State, Reason]:
    if same:
        return (State.WARN, Reason.SERIAL_PARTLY) if other else (State.PASS, Reason.GOOD)
    return (State.FAIL, Reason.SERIAL_DIFFERS) if other else _UNASSIGNED


def _same(key: str, said: str, expected: Identity) -> bool | None:
    """None where nothing can be said of it."""
    wanted = getattr(expected, key)
    if not wanted:
        return None
    if key == "mac":
        return _same_mac(said, wanted)
    return normal_serial(said) == normal_serial(wanted)


def _same_by_either_serial(key: str, said: str, expected: Identity) -> bool | None:
    is_gpon = key == "serial" and normal_serial(said) == normal_serial(expected.gpon_serial)
    return True if is_gpon and expected.gpon_serial else _same(key, said, expected)


def _same_mac(said: str, wanted: str) -> bool | None:
    """A terminal has addresses beside the one on its label, and so has the next of its carton: one
    that is near says neither yes nor no."""
    one, other = mac_address(said), mac_address(wanted)
    if one == other:
        return bool(one) or None
    is_near = one and other and abs(_number(one) - _number(other)) <= NEAR
    return None if is_near else False


def _number(mac: str) -> int:
    return int(mac.replace(":", ""), 16)


def _connected(row: Pon, case: Case) -> tuple[State, Reason]:
    if _word(row.state) != ONLINE:
        is_dark = _LOS in (_word(row.state), _word(row.last_down_cause))
        return State.FAIL, Reason.NO_LIGHT if is_dark else Reason.OFFLINE
    expected = (case.expectation.olt, row.olt), (case.expectation.port, row.port)
    if any(wanted and said and _spot(wanted) != _spot(said.value) for wanted, said in expected):
        return State.FAIL, Reason.WRONG_PORT
    return State.PASS, Reason.GOOD


def _spot(text: str) -> tuple[object, ...]:
    """Offices and OLTs write one port in many ways: "gpon 0/05/2" is "0/5/2"."""
    numbers = tuple(map(int, re.findall(r"[0-9]+", text))) if "/" in text else ()
    return numbers or (text.strip().casefold(),)


def _lost_since_registered(row: Pon, case: Case) -> Iterator[Remark]:
    """Where the OLT does not tell when it registered, a loss may have come after it."""
    down, up = row.last_down_at_ms, row.last_up_at_ms
    is_before = down and up and down.value <= up.value <= case.at_ms
    return iter(()) if is_before else _recent_los(row, case)


def _lost_since_started(row: Pon, case: Case) -> Iterator[Remark]:
    """By the OLT's word; else by the terminal's own, which cannot have registered before it ran."""
    started_ms, down = _started_ms(case), row.last_down_at_ms
    if row.last_up_at_ms is None and started_ms and down and down.value <= started_ms:
        return iter(())
    return _lost_since_registered(row, case)


def _started_ms(case: Case) -> int | None:
    """When the terminal started at the earliest: an old reading knows of no later start."""
    uptime = case.summary.uptime_s
    return uptime.as_of_ms - uptime.value * 1000 if uptime else None


def _recent_los(row: Pon, case: Case) -> Iterator[Remark]:
    limit = case.limits.checks.recent_los_s
    if row.last_down_at_ms and _word(row.last_down_cause) == _LOS:
        ago = (case.at_ms - row.last_down_at_ms.value) // 1000
        if 0 <= ago < limit:
            yield Remark(Reason.RECENT_LOS, ago, "s", limit)


def _place(row: Pon) -> str:
    return " ".join(each.value for each in (row.olt, row.port) if each)


def _word(said: Reading[str] | None) -> str:
    return said.value.lower() if said else ""
