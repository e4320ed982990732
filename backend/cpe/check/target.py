"""Which terminal a visit's check is of, and what its line is to be like: from records alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from backend.cpe.check.source import Target
from backend.cpe.readings import Identity
from sync.gpon import gpon_serial
from sync.identity import Tier, wanted
from sync.lines import stands
from sync.visit import text_of

Cells = Mapping[str, Any]

# ERPNext's own word for it, and what phones say; "" is a line of which nobody said what it is.
_TERMINALS: Final = frozenset({"ONT", "ONU", ""})
_GONE: Final = frozenset({"Returned", "Defective"})


class Place(NamedTuple):
    """A visit's cells, those of its location and subscription, and the equipment on file there or
    named by the visit's lines."""

    job: Cells
    location: Cells
    subscription: Cells
    equipment: tuple[Cells, ...]


def target_of(place: Place) -> Target:
    """The terminal: the newest that the visit says stands there, else the one on file there.

    What the visit says counts before ERPNext, which may be down, or not know of a swap yet. An
    empty identity when nothing tells.
    """
    line = _newest_line(place.job)
    serial = str(line["serial"]) if line else ""
    taken = _taken_out(place.job)
    on_file = [each for each in place.equipment if _serial_of(each) not in taken]
    known = _of_serial(on_file, serial) if serial else _terminal_on_file(on_file)
    return Target(
        identity_of(serial or text_of(known, "serial_number"), known),
        text_of(place.location, "olt"),
        text_of(place.location, "pon_port"),
        text_of(place.subscription, "plan"),
        on_file=bool(known),
    )


def identity_of(serial: str, known: Cells) -> Identity:
    """All that a terminal may be known by: a number that somebody read on it, which may be either
    of its two serials, and what the file has of it."""
    said = [_normal(each) for each in (serial, text_of(known, "serial_number"))]
    gpon = [*said, _normal(text_of(known, "barcode"))]
    return Identity(
        next((each for each in said if each and not gpon_serial(each)), ""),
        next(filter(None, map(gpon_serial, gpon)), ""),
        text_of(known, "mac"),
    )


def asked_identity(text: str, known: Cells) -> Identity:
    """What somebody who looks a label up means: what the file has, else what the text itself is."""
    if known:
        return identity_of(text_of(known, "serial_number"), known)
    said = {each.tier: each.value for each in reversed(wanted(text))}
    mac = said.get(Tier.MAC, "")
    return Identity(mac=mac) if mac else identity_of(said.get(Tier.SERIAL, ""), {})


def _newest_line(job: Cells) -> Cells | None:
    lines = [(path, each) for path, each in job.items() if path.startswith("equipment/") and each]
    taken = _taken_out(job)
    standing = [
        (each["at"], path, each)
        for path, each in lines
        if stands(each) and _is_terminal(each.get("type")) and _normal(each["serial"]) not in taken
    ]
    return max(standing, key=lambda one: one[:2])[2] if standing else None


def _taken_out(job: Cells) -> frozenset[str]:
    """The serials that the visit says are no longer there."""
    lines = [each for path, each in job.items() if path.startswith("equipment/") and each]
    removed = (each["serial"] for each in lines if each.get("action") == "remove")
    replaced = (each["replaces"] for each in lines if each.get("replaces") and stands(each))
    return frozenset(_normal(each) for each in (*removed, *replaced))


def _terminal_on_file(equipment: Sequence[Cells]) -> Cells:
    there = (
        each
        for each in equipment
        if text_of(each, "equipment_type").upper() in _TERMINALS
        and text_of(each, "status") not in _GONE
    )
    return max(there, key=lambda each: text_of(each, "name"), default={})


def _of_serial(equipment: Iterable[Cells], serial: str) -> Cells:
    """By either of its serials: the one that was scanned may be on file as the barcode."""
    wanted_one = _normal(serial)
    named = ((each, {_serial_of(each), _normal(text_of(each, "barcode"))}) for each in equipment)
    return next((each for each, names in named if wanted_one in names), {})


def _is_terminal(said: Any) -> bool:
    return str(said or "").upper() in _TERMINALS


def _serial_of(equipment: Cells) -> str:
    return _normal(text_of(equipment, "serial_number"))


def _normal(serial: Any) -> str:
    return next((each.value for each in wanted(str(serial))), "")
