"""What an OLT said of one terminal, as typed readings. Pure: raw values in, a summary out."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Final, NamedTuple

from backend.cpe.olt.profile import KINDS, SERIAL, Column, Index, Kind, Profile
from backend.cpe.readings import OpticalStatus, Pon, Reading, Source, Summary
from sync.gpon import gpon_serial

Raw = int | str | bytes

_NUMBER: Final = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:\(?\s*[A-Za-z°]{1,4}\s*\)?)?\s*")
_OPTICAL: Final = ("rx_dbm", "tx_dbm", "olt_rx_dbm", "temperature_c", "supply_v")
_PON: Final = ("state", "distance_m", "last_down_cause", "last_down_at_ms", "last_up_at_ms")
_OLDEST: Final = 2000  # GPON is of 2003: what is older is an OLT without a clock


class Said(NamedTuple):
    """What one OLT said of the terminal in row `place`: `values` by the names of the profile's
    columns, `at_ms` when, UTC."""

    olt: str
    profile: Profile
    place: Index
    values: Mapping[str, Raw]
    at_ms: int
    zone: tzinfo  # of the OLT's own clock


def summary(said: Said) -> Summary:
    """The terminal as its OLT knows it; what is no reading is left out."""
    read = {name: reading for name in said.values if (reading := _reading(said, name)) is not None}
    optical = {name: read[name] for name in _OPTICAL if name in read}
    return Summary(
        gpon_sn=read.get(SERIAL),
        model=read.get("model"),
        firmware=read.get("firmware"),
        pon=(_pon(said, {name: read[name] for name in _PON if name in read}),),
        optical_status=(OpticalStatus(**optical),) if optical else (),
    )


def serial_of(raw: Raw) -> str:
    """The GPON serial in a value, "" when there is none. Eight octets, or a text, which may begin
    with how the terminal is authenticated ("1,ZTEG0A1B2C3D")."""
    if isinstance(raw, bytes) and (serial := gpon_serial(raw)):
        return serial
    return gpon_serial(re.sub(r"[\s-]", "", text(raw).rpartition(",")[2]))


def text(raw: Raw) -> str:
    """A value as text, without what pads it."""
    said = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    return "".join(each for each in said if each.isprintable()).strip()


def instant_ms(raw: Raw, zone: tzinfo) -> int | None:
    """DateAndTime of RFC 2579 in ms, UTC, or the same as a text; without an offset it is by the
    OLT's own clock, in `zone`. None for what is no time, all zeros among them."""
    found = _of_octets(raw, zone) if isinstance(raw, bytes) and len(raw) in (8, 11) else None
    if found is None:
        found = _of_text(text(raw), zone)
    return round(found.timestamp() * 1000) if found and found.year >= _OLDEST else None


def _pon(said: Said, columns: dict[str, Any]) -> Pon:
    layout = said.profile.index
    return Pon(
        olt=Reading(said.olt, Source.OLT, said.at_ms),
        port=Reading(layout.port_of(said.place), Source.OLT, said.at_ms, rule=said.profile.name),
        onu_id=Reading(said.place[layout.onu], Source.OLT, said.at_ms),
        **columns,
    )


def _reading(said: Said, name: str) -> Reading[Any] | None:
    column, kind, raw = said.profile.columns[name], KINDS[name], said.values[name]
    if raw in said.profile.none:
        return None
    value, rule = _FORMS[kind.form](said, column, kind, raw)
    if value is None or value == "":
        return None
    path, shown = said.profile.oid(name, said.place), _shown(raw)
    confidence = said.profile.confidence
    return Reading(value, Source.OLT, said.at_ms, path, shown, kind.unit, rule, confidence)


def _text(_: Said, __: Column, ___: Kind, raw: Raw) -> tuple[str | None, str]:
    return serial_of(raw) or text(raw) or None, "text"


def _word(said: Said, column: Column, _: Kind, raw: Raw) -> tuple[str | None, str]:
    return column.words.get(text(raw)), said.profile.name


def _instant(said: Said, _: Column, __: Kind, raw: Raw) -> tuple[int | None, str]:
    return instant_ms(raw, said.zone), "DateAndTime"


def _number(_: Said, column: Column, kind: Kind, raw: Raw) -> tuple[float | None, str]:
    """A scale counts when it alone makes something plausible of the number."""
    if not isinstance(raw, int):
        found = _NUMBER.fullmatch(text(raw))
        scaled = [(float(found[1]), "text")] if found else []
    else:
        scaled = [(raw * times + plus, _rule(times, plus)) for times, plus in column.scales]
    low, high = column.plausible or kind.plausible
    plausible = [(round(value, 3), rule) for value, rule in scaled if low <= value <= high]
    return plausible[0] if len(plausible) == 1 else (None, "")


_Form = Callable[[Said, Column, Kind, Raw], tuple[Any, str]]
_FORMS: Final[dict[str, _Form]] = {
    "text": _text,
    "word": _word,
    "instant": _instant,
    "number": _number,
}


def _rule(times: float, plus: float) -> str:
    return f"raw*{times:g}{plus:+g}" if plus else f"raw*{times:g}"


def _shown(raw: Raw) -> str:
    is_binary = isinstance(raw, bytes) and not all(32 <= each < 127 for each in raw)
    return raw.hex() if is_binary and isinstance(raw, bytes) else text(raw)


def _of_octets(raw: bytes, zone: tzinfo) -> datetime | None:
    year, (month, day, hour, minute, second) = int.from_bytes(raw[:2], "big"), raw[2:7]
    try:
        if len(raw) == 11 and raw[8:9] in (b"+", b"-"):
            offset = timedelta(hours=raw[9], minutes=raw[10])
            zone = timezone(-offset if raw[8:9] == b"-" else offset)
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None


def _of_text(said: str, zone: tzinfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
