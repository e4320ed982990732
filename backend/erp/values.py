"""Turns single values of ERPNext's documents into cell values and back.

Datetimes there are naive text in the site's zone; an ISO text with a zone would be stored as if
it were local, in silence. Cells hold UTC milliseconds.
"""

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.erp.mapping import Field, Kind, Mapping

_CLOCK_PARTS: Final = 2


class Unreadable(ValueError):
    """A document value that its kind or its map of words cannot explain."""


def read_value(mapping: Mapping, field: Field, value: Any) -> Any:
    """The cell value of a document value, None when it is empty. Raises Unreadable."""
    if value is None or value == "":
        return None
    if field.values:
        code = mapping.codes(field).get(str(value))
        if code is None and not field.others:
            raise Unreadable(f"{field.field}: {str(value)[:40]!r} is not in values.{field.values}")
        return code if code is not None else value
    try:
        return _read_kind(field.kind, value, mapping.zone)
    except (ValueError, TypeError) as error:
        raise Unreadable(f"{field.field}: not of kind {field.kind.value}") from error


def write_value(mapping: Mapping, field: Field, value: Any) -> Any:
    """The document value of a cell value; None empties the field."""
    if value is None:
        return None
    if field.values:
        return _cut(mapping.word(field, value), field.limit)
    match field.kind:
        case Kind.INSTANT:
            return local_text(int(value), mapping.zone)
        case Kind.FLAG:
            return int(bool(value))
        case _:
            return _cut(value, field.limit)


def local_text(instant_ms: int, zone: ZoneInfo) -> str:
    """A UTC instant as the site writes it, to the second: `2026-11-23 14:05:09`."""
    return datetime.fromtimestamp(instant_ms // 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def instant_of(text: str, zone: ZoneInfo) -> int:
    """The UTC instant of a naive text of the site, in milliseconds.

    An hour that clocks repeat in autumn is taken as its first pass (PEP 495, fold 0): the text
    cannot say which.
    """
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None:
        raise ValueError("a datetime of the site has no zone")
    return int(local.replace(tzinfo=zone).timestamp() * 1000)


def _read_kind(kind: Kind, value: Any, zone: ZoneInfo) -> Any:
    match kind:
        case Kind.INSTANT:
            return instant_of(str(value), zone)
        case Kind.FLAG:
            return bool(int(value))
        case Kind.INTEGER:
            return int(value)
        case Kind.NUMBER:
            return float(value)
        case Kind.COORDINATE:
            # An unset number is 0 there: 0° is not in Québec.
            return float(value) or None
        case Kind.DATE:
            return date.fromisoformat(str(value)[:10]).isoformat()
        case Kind.CLOCK:
            hours, minutes = (int(part) for part in str(value).split(":")[:_CLOCK_PARTS])
            return f"{hours:02}:{minutes:02}"
        case _:
            return str(value)


def _cut(value: Any, limit: int) -> Any:
    """The site refuses a text that is too long, and with it all else of the visit; the ledger has
    it whole."""
    return value[:limit].rstrip() if limit and isinstance(value, str) else value
