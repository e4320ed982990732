"""Decides what the board says, from the rows of one snapshot."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from backend.board.today.desk import (
    decided_lines,
    held_lines,
    outage_lines,
)
from backend.board.today.desk_state import Proof, RequestLine
from backend.board.today.machine import Machine, backups_tile, disk_tile
from backend.board.today.state import (
    BoardState,
    CheckLine,
    ConflictLine,
    Office,
    OfficeState,
    OldestUnsent,
    RefusedLine,
    SiteCheck,
    Tiles,
    Visit,
)
from backend.board.today.technicians import device_lines, holds_work, names_of
from backend.board.today.visits import label_of
from backend.store.board import REFUSED_DAYS, BoardRows, Day
from backend.store.clock import day_start, local_date
from sync.collections import is_job, shape_of
from sync.lane import LATE_MS
from sync.protocol import Conflict, Kind, VerdictDetail
from sync.state import ActorKind

_WELL: Final = "ok"


class Moment(NamedTuple):
    """The instant in UTC ms, and the site's zone in which a day is a date."""

    now_ms: int
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The site's local date."""
        return local_date(self.now_ms, self.zone)

    @property
    def day(self) -> Day:
        """That date, and when it began."""
        return Day(self.today, day_start(self.today, self.zone))


class _Sent(msgspec.Struct):
    """The part of a stored payload that names what it was about."""

    args: dict[str, Any] = {}


class Lines(NamedTuple):
    """What of a board is drawn anew only when it changed: today's visits in any order, what is
    asked on them, and the proofs of the day."""

    visits: tuple[Visit, ...]
    requests: tuple[RequestLine, ...]
    proofs: tuple[Proof, ...]


def board_state(rows: BoardRows, lines: Lines, moment: Moment, machine: Machine) -> BoardState:
    """The whole board of one moment."""
    names, visits = names_of(rows), lines.visits
    return BoardState(
        now=moment.now_ms,
        sequence=rows.sequence,
        today=moment.today.isoformat(),
        zone=moment.zone.key,
        tiles=_tiles(rows, names, moment.now_ms, machine),
        devices=device_lines(rows, names, visits, moment.now_ms, moment.zone),
        visits=visits,
        conflicts=tuple(_conflict(rows, names, each) for each in rows.conflicts),
        refused=tuple(_refusals(rows, names)),
        check=_check(rows),
        proofs=lines.proofs,
        held=held_lines(rows, names),
        requests=lines.requests,
        decided=decided_lines(rows),
        outages=outage_lines(rows, visits),
        sources=machine.sources,
    )


def _check(rows: BoardRows) -> SiteCheck | None:
    if rows.check is None:
        return None
    unwell = [line for line in rows.check.lines if line.level != _WELL]
    return SiteCheck(
        rows.check.checked_at,
        tuple(CheckLine(line.level, line.about, line.code, line.detail) for line in unwell),
    )


def _tiles(rows: BoardRows, names: dict[str, str], now_ms: int, machine: Machine) -> Tiles:
    return Tiles(
        conflicts=rows.counts.conflicts,
        refused=rows.counts.refused,
        refused_days=REFUSED_DAYS,
        oldest=_oldest(rows, names),
        office=_office(rows, now_ms),
        backups=backups_tile(rows.backups, machine, now_ms),
        disk=disk_tile(machine),
    )


def _oldest(rows: BoardRows, names: dict[str, str]) -> OldestUnsent | None:
    held = [row for row in rows.devices if row.pending_oldest is not None and holds_work(row)]
    if not held:
        return None
    oldest = min(held, key=lambda row: int(row.pending_oldest))
    return OldestUnsent(names.get(oldest.technician, ""), oldest.pending_oldest)


def _office(rows: BoardRows, now_ms: int) -> Office:
    known, oldest = rows.upstream, rows.counts.oldest_lane
    since = known.down_since if known else None
    if since is None and oldest is not None and now_ms - oldest > LATE_MS:
        since = oldest
    state = OfficeState.OK if known else OfficeState.UNKNOWN
    return Office(
        state=OfficeState.LATE if since is not None else state,
        since=since,
        away_since=known.down_since if known else None,
        checked_at=known.checked_at if known else None,
        queued=rows.counts.queued,
        parked=rows.counts.parked_lanes,
    )


def _conflict(rows: BoardRows, names: dict[str, str], clash: Conflict) -> ConflictLine:
    return ConflictLine(
        id=clash.id,
        key=clash.key,
        visit=label_of(rows, clash.key),
        path=clash.path.partition("/")[0],
        base=_shown(rows, names, clash.base),
        mine=_shown(rows, names, clash.mine),
        theirs=_shown(rows, names, clash.theirs),
        author=clash.author,
        other_author=clash.other_author,
        made_at=clash.made_at,
        other_at=clash.other_at,
        suggested=clash.suggested,
        asked_at=clash.asked_at,
        value=shape_of(clash.key, clash.path),
        photos=rows.photos_of.get(clash.mutation, ()),
    )


def _shown(rows: BoardRows, names: dict[str, str], value: Any) -> Any:
    """A value as people know it: a record key becomes the name of what it names."""
    if isinstance(value, dict):
        return value.get("serial") or value.get("text") or ""
    if not isinstance(value, str):
        return value
    return names.get(value) or (label_of(rows, value) if is_job(value) else value)


def _refusals(rows: BoardRows, names: dict[str, str]) -> Iterator[RefusedLine]:
    for row in rows.refused:
        args = _args(row.payload)
        yield RefusedLine(
            id=row.id,
            key=row.key,
            made_at=row.made_at,
            received_at=row.received_at,
            technician=names.get(row.actor, row.actor),
            visit=label_of(rows, row.key),
            kind=row.kind,
            about=_about(args),
            outcome=row.outcome,
            reason=msgspec.json.decode(row.detail, type=VerdictDetail).reason,
            args=args,
            by_phone=row.actor_kind == ActorKind.TECHNICIAN and row.kind != Kind.OPAQUE,
        )


def _args(payload: bytes) -> dict[str, Any]:
    """What a refused mutation carried, none when it cannot be read."""
    try:
        return msgspec.json.decode(payload, type=_Sent).args
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _about(args: dict[str, Any]) -> str:
    """The status or the serial that it wanted."""
    return str(args.get("to") or args.get("serial") or "")[:80]
