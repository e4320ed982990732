"""What an operator may ask of the store by name: from the shell, through the running server."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from backend.errors import AppError, Busy, DiskFull, NotFound, StorageFailed, Unreadable
from backend.settings import Settings
from backend.store import attachments, lanes, staff
from backend.store.backup import BadBackup, Copied, note_backup
from backend.store.backups import note_taken
from backend.store.blobs.arrival import record_whole
from backend.store.clock import Clock, local_date
from backend.store.devices import list_devices
from backend.store.links import Link, create_link, list_links, revoke_link
from backend.store.reasons import parked_words
from backend.store.salvage import NoSuchDevice, place_photo, take_in
from backend.store.technicians import technician_key


class Asked(NamedTuple):
    """One command: its arguments, the installation, and the instant."""

    args: Mapping[str, Any]
    settings: Settings
    now_ms: int


class NoSuchTechnician(AppError):
    """No technician has that ERPNext name, e-mail or full name."""

    code = "no-such-technician"
    status = 404


class NotParked(AppError):
    """No lane of that name waits for a human."""

    code = "not-parked"
    status = 404


class NoSuchAccount(AppError):
    """Nobody of the office has an account with that address."""

    code = "no-such-account"
    status = 404


class NoSuchLink(AppError):
    """No link has that id."""

    code = "no-such-link"
    status = 404


# What the shell may be told across the socket, by code.
FAULTS: Final[dict[str, type[AppError]]] = {
    each.code: each
    for each in (
        NoSuchTechnician,
        NoSuchLink,
        NoSuchAccount,
        NoSuchDevice,
        NotFound,
        NotParked,
        BadBackup,
        Busy,
        DiskFull,
        StorageFailed,
        Unreadable,
    )
}


def command(name: str, asked: Asked) -> Callable[[Connection], list[str]]:
    """The store function of a named command; it gives the lines to print.

    Raises AppError for an unknown name; the function raises it for the operator to read.
    """
    known = _COMMANDS.get(name)
    if known is None:
        raise AppError(f"unknown command {name}")
    return lambda conn: known(conn, asked)


def _create(conn: Connection, asked: Asked) -> list[str]:
    name, settings = str(asked.args["technician"]), asked.settings
    technician = technician_key(conn, name)
    if technician is None:
        raise NoSuchTechnician(name)
    days = settings.link_days if asked.args.get("days") is None else int(asked.args["days"])
    made = create_link(conn, technician, asked.now_ms, days, settings.devices_per_link)
    return [f"{settings.base_url}/t/{made.token}", made.id]


def _list(conn: Connection, asked: Asked) -> list[str]:
    used = Counter(each.link for each in list_devices(conn))
    return [
        f"{each.id}  {_state(each, asked.now_ms):7}  {used[each.id]}/{each.max_devices} appareils"
        f"  {_day(each.created_at, asked)} → {_day(each.expires_at, asked)}"
        f"  {each.technician.name}"
        for each in list_links(conn)
    ]


def _day(instant_ms: int, asked: Asked) -> str:
    return local_date(instant_ms, asked.settings.site_zone).isoformat()


def _state(link: Link, now_ms: int) -> str:
    if link.revoked_at is not None:
        return "révoqué"
    return "actif" if link.is_open(now_ms) else "expiré"


def _revoke(conn: Connection, asked: Asked) -> list[str]:
    link = str(asked.args["link"])
    if not revoke_link(conn, link, asked.now_ms):
        raise NoSuchLink(link)
    return [f"{link}  révoqué"]


def _create_account(conn: Connection, asked: Asked) -> list[str]:
    """The shell sends the password's hash alone."""
    email, role = str(asked.args["email"]), str(asked.args["role"])
    staff.save_account(conn, email, role, str(asked.args["password_hash"]), asked.now_ms)
    return [f"{email}  {role}"]


def _list_accounts(conn: Connection, _asked: Asked) -> list[str]:
    return [
        f"{each.email}  {each.role}{'' if each.is_open else '  terminé / ended'}"
        for each in staff.list_accounts(conn)
    ]


def _end_account(conn: Connection, asked: Asked) -> list[str]:
    email = str(asked.args["email"])
    if not staff.end_account(conn, email, asked.now_ms):
        raise NoSuchAccount(email)
    return [f"{email}  terminé / ended"]


def _parked(conn: Connection, asked: Asked) -> list[str]:
    waiting = *lanes.parked(conn), *attachments.parked(conn)
    return [line for each in waiting for line in _parked_lines(each, asked)]


def _parked_lines(parked: lanes.Parked, asked: Asked) -> tuple[str, ...]:
    since = f"{parked.mutations} en attente depuis {_day(parked.since, asked)}"
    words = parked_words(parked.error)
    return f"{parked.key}  {parked.error}  {since}", f"    {words.fr}", f"    {words.en}"


def _replay(conn: Connection, asked: Asked) -> list[str]:
    """Try one lane again, or all that are parked for one reason, or all."""
    lane, error = str(asked.args.get("lane") or ""), str(asked.args.get("error") or "")
    chosen = lanes.replay(conn, lane, error, asked.now_ms)
    if not chosen:
        raise NotParked(lane or error)
    return [f"{key}  à refaire" for key in chosen]


def _note_backup(conn: Connection, asked: Asked) -> list[str]:
    copied = Copied(int(asked.args["sequence"]), str(asked.args["epoch"]), int(asked.args["size"]))
    if not note_backup(conn, copied):
        raise BadBackup("epoch")
    note_taken(conn, int(asked.args["began_at"]))
    return [f"{copied.sequence}  {copied.size} octets"]


def _take_in(conn: Connection, asked: Asked) -> list[str]:
    sent = asked.args["mutation"]
    replica = str(asked.args["device"]), int(asked.args["epoch"])
    raw = msgspec.json.encode(sent)
    decided = take_in(conn, str(asked.args["technician"]), replica, raw, _clock(asked))
    return [
        f"{each.id}  {sent.get('kind', '')}  {each.outcome.value}  {each.detail.reason}".rstrip()
        for each in decided.verdicts
    ]


def _place_photo(conn: Connection, asked: Asked) -> list[str]:
    said = str(asked.args["sha256"]), str(asked.args["media_type"]), int(asked.args["size"])
    whose = str(asked.args["technician"]), str(asked.args["device"])
    place = place_photo(conn, *whose, said, asked.now_ms)
    return [place.upload, "complete" if place.complete else "expected"]


def _photo_whole(conn: Connection, asked: Asked) -> list[str]:
    upload = str(asked.args["upload"])
    if not record_whole(conn, upload, _clock(asked)).known:
        raise NotFound(upload)
    return [upload]


def _clock(asked: Asked) -> Clock:
    return Clock(asked.now_ms, local_date(asked.now_ms, asked.settings.site_zone))


_COMMANDS: dict[str, Callable[[Connection, Asked], list[str]]] = {
    "link create": _create,
    "link list": _list,
    "link revoke": _revoke,
    "admin create": _create_account,
    "admin list": _list_accounts,
    "admin end": _end_account,
    "backup note": _note_backup,
    "replay list": _parked,
    "replay run": _replay,
    "salvage take": _take_in,
    "salvage photo": _place_photo,
    "salvage whole": _photo_whole,
}
