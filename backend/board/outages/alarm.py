"""Reads what a monitor says: Uptime-Kuma's own webhook, or the few words of any other."""

from typing import Any, Final

import msgspec

from backend.errors import Unreadable

SECTOR_CHARACTERS: Final = 80
TEXT_CHARACTERS: Final = 200
_DOWN: Final = "down"
_UP: Final = "up"
# Uptime-Kuma's heartbeat (its source, `src/util.js`: 0 down, 1 up, 2 pending, 3 maintenance): what
# is only pending, or under maintenance, changes nothing.
_ENDS: Final = {0: True, 1: False}


class Alarm(msgspec.Struct, frozen=True):
    """A sector is out, or is no more; None: neither."""

    id: str
    sector: str
    text: str
    is_out: bool | None


class _Heartbeat(msgspec.Struct):
    status: int
    msg: str = ""


class _Monitor(msgspec.Struct):
    id: int | str = ""
    name: str = ""


class _Body(msgspec.Struct):
    state: str = ""
    id: str = ""
    text: str = ""
    heartbeat: _Heartbeat | None = None
    monitor: _Monitor | None = None


def read_alarm(body: bytes, sector: str) -> Alarm:
    """The alarm about a sector. Raises Unreadable for a body that says neither up nor down."""
    place = " ".join(sector.split())
    if not 0 < len(place) <= SECTOR_CHARACTERS or not place.isprintable():
        raise Unreadable("sector")
    try:
        said = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("json") from error
    known: Any = said.monitor.id if said.monitor else said.id
    name = f"{known}" if known not in ("", None) else place
    text = said.text or (said.monitor.name if said.monitor else "")
    shown = _plain(text, TEXT_CHARACTERS)
    return Alarm(_plain(name, SECTOR_CHARACTERS), place, shown, _is_out(said))


def _is_out(said: _Body) -> bool | None:
    if said.heartbeat is not None:
        return _ENDS.get(said.heartbeat.status)
    if said.state not in (_DOWN, _UP):
        raise Unreadable("state")
    return said.state == _DOWN


def _plain(text: str, most: int) -> str:
    return "".join(each for each in text if each.isprintable())[:most]
