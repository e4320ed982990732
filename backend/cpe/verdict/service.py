"""Judges what the customer has of the line: Internet, firmware, Wi-Fi, ports, mesh, telephone."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from backend.cpe.readings import Interface, Reading, Wifi
from backend.cpe.verdict.light import is_stale
from backend.cpe.verdict.model import Case, Check, CheckName, Reason, State

T = TypeVar("T")
Outcome = tuple[State, Reason]

_GOOD: Final = (State.PASS, Reason.GOOD)
_NO_ADDRESS: Final = ("", "0.0.0.0")  # noqa: S104 - what a terminal says that has none
# LastConnectionError of TR-181 Device.PPP.Interface and TR-098 WANPPPConnection.
_REFUSED: Final = "ERROR_AUTHENTICATION_FAILURE"


class _Seen(NamedTuple, Generic[T]):
    """The rows whose reading is of now; `check` says what that is worth where nothing is wrong."""

    rows: list[T]
    check: Check
    is_fresh: bool = False


def wan_up(case: Case) -> Check:
    """A connection to the Internet that has an address; a port to it is none by itself."""
    rows = [each for each in case.summary.interface if _said(each.type) != "eth"]
    wan = [each for each in rows if _said(each.role) == "wan"]
    seen = _seen(CheckName.WAN_UP, wan, lambda each: each.up, case)
    if not seen.is_fresh:
        return seen.check
    best = max(seen.rows, key=_nearness)
    return _check(CheckName.WAN_UP, _connected(best), best.ip or best.error or best.name, best.up)


def firmware(case: Case) -> Check:
    """Another version than those allowed is a warning: the ACS renews it later by itself."""
    said, allowed = case.summary.firmware, case.expectation.firmware
    name = CheckName.FIRMWARE
    if not allowed:
        return _check(name, (State.UNKNOWN, Reason.NOT_EXPECTED), said, said)
    if said is None:
        return Check(name, State.UNKNOWN, Reason.NO_READING)
    outcome = _GOOD if said.value in allowed else (State.WARN, Reason.FIRMWARE_OTHER)
    is_old = is_stale(said, case)
    return _check(name, (State.UNKNOWN, Reason.STALE) if is_old else outcome, said, said)


def wifi_up(case: Case) -> Check:
    """The network with the name that the customer was promised, or any where none is known."""
    seen = _seen(CheckName.WIFI_UP, case.summary.wifi, lambda each: each.up, case)
    if not seen.is_fresh:
        return seen.check
    ssid = case.expectation.ssid
    named = [each for each in seen.rows if not ssid or _said(each.ssid) == ssid]
    best = max(named or seen.rows, key=_is_on)
    outcome = _aired(named) if named else (State.FAIL, Reason.WIFI_NAME)
    return _check(CheckName.WIFI_UP, outcome, best.ssid, best.up)


def lan_link(case: Case) -> Check:
    """The fastest port with a cable in it; none is no fault, the customer may be on Wi-Fi. The
    terminal's own address in the customer's network is no port."""
    lan = [each for each in case.summary.interface if _said(each.role) == "lan"]
    ports = [each for each in lan if _said(each.type) == "eth"]
    seen = _seen(CheckName.LAN_LINK, ports, lambda each: each.up, case)
    if not seen.is_fresh:
        return seen.check
    linked = [each for each in seen.rows if _said(each.up)]
    best = max(linked or seen.rows, key=lambda each: _said(each.speed_mbps) or 0.0)
    if not linked:
        return _check(CheckName.LAN_LINK, (State.WARN, Reason.LAN_NONE), best.name, best.up)
    speed, least = best.speed_mbps, case.limits.checks.lan_mbps
    if speed is None:
        return _check(CheckName.LAN_LINK, _GOOD, best.name, best.up)
    margin = round(speed.value - least, 2)
    outcome = (State.WARN, Reason.LAN_SLOW) if margin < 0 else _GOOD
    check = _check(CheckName.LAN_LINK, outcome, speed, best.up)
    return replace(check, limit=(least, None), margin=margin)


def mesh(case: Case) -> Check:
    """As many units besides the terminal as were sold."""
    seen = _seen(CheckName.MESH, case.summary.mesh, lambda each: each.role, case)
    found = sum(_said(each.role) == "agent" for each in seen.rows)
    return _counted(seen, found, case.expectation.mesh_nodes, Reason.MESH_MISSING)


def voip(case: Case) -> Check:
    """As many telephone lines registered as were sold."""
    seen = _seen(CheckName.VOIP, case.summary.voice, lambda each: each.up, case)
    found = sum(bool(_said(each.up)) for each in seen.rows)
    return _counted(seen, found, case.expectation.voice_lines, Reason.VOICE_DOWN)


def _connected(best: Interface) -> Outcome:
    if not _said(best.up):
        is_refused = _said(best.error) == _REFUSED
        return State.FAIL, Reason.WAN_REFUSED if is_refused else Reason.WAN_DOWN
    return _GOOD if _has_address(best) else (State.FAIL, Reason.WAN_NO_IP)


def _nearness(each: Interface) -> tuple[bool, bool, bool]:
    """What works first; else PPP, whose own error says more than the link below it."""
    is_up = bool(_said(each.up))
    return is_up and _has_address(each), _said(each.type) == "ppp", is_up


def _has_address(each: Interface) -> bool:
    return (_said(each.ip) or "") not in _NO_ADDRESS


def _aired(named: list[Wifi]) -> Outcome:
    """A band that is switched on and yet not there is a warning, one that is switched off none."""
    if not any(map(_is_on, named)):
        return State.FAIL, Reason.WIFI_DOWN
    is_whole = all(_is_on(each) for each in named if _said(each.enabled))
    return _GOOD if is_whole else (State.WARN, Reason.WIFI_PARTLY)


def _is_on(each: Wifi) -> bool:
    return bool(_said(each.up)) and _said(each.enabled) is not False


def _seen(
    name: CheckName, rows: Iterable[T], of: Callable[[T], Reading[Any] | None], case: Case
) -> _Seen[T]:
    told = [(row, reading) for row in rows if (reading := of(row))]
    fresh = [(row, reading) for row, reading in told if not is_stale(reading, case)]
    if not told:
        return _Seen([], Check(name, State.UNKNOWN, Reason.NO_READING))
    if not fresh:
        return _Seen([], _check(name, (State.UNKNOWN, Reason.STALE), None, told[0][1]))
    return _Seen([row for row, _ in fresh], _check(name, _GOOD, None, fresh[0][1]), is_fresh=True)


def _counted(seen: _Seen[T], found: int, wanted: int, reason: Reason) -> Check:
    if not wanted:
        return Check(seen.check.name, State.UNKNOWN, Reason.NOT_EXPECTED)
    if not seen.is_fresh:
        return seen.check
    state, why = _GOOD if found >= wanted else (State.FAIL, reason)
    limit, margin = (float(wanted), None), float(found - wanted)
    count = replace(seen.check, value=float(found), limit=limit, margin=margin)
    return replace(count, state=state, reason=why)


def _check(
    name: CheckName,
    outcome: Outcome,
    shown: Reading[Any] | None,
    whence: Reading[Any] | None,
) -> Check:
    """`shown` is the value of the line, `whence` the reading by which it was judged."""
    value = shown.value if shown else None
    return Check(
        name,
        *outcome,
        value,
        shown.unit if shown else "",
        source=whence.source if whence else None,
        measured_at_ms=whence.as_of_ms if whence else None,
    )


def _said(reading: Reading[Any] | None) -> Any:
    return reading.value if reading else None
