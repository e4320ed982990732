"""Decides the board's line of each technician's phone: what it holds, if its silence matters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.board.today.state import DeviceLine, LinkState, Visit
from backend.store.board import BoardRows
from backend.store.clock import local_date
from backend.store.spelling import alphabetical
from backend.store.technicians import is_active
from backend.store.todays_visits import Cells
from sync.job_status import FINISHED, JobStatus

_OVER: Final = FINISHED | {JobStatus.CANCELLED}


def names_of(rows: BoardRows) -> dict[str, str]:
    """Technician's record key -> the name people use."""
    return technician_names(rows.technicians)


def technician_names(technicians: Cells) -> dict[str, str]:
    """The same, out of the technicians' cells."""
    return {
        key: str(cells.get("full_name") or cells["upstream_name"])
        for key, cells in technicians.items()
    }


def holds_work(row: Any) -> bool:
    """Whether a phone last said that it holds unsent work."""
    return bool(row.pending_count or row.pending_photos)


def device_lines(
    rows: BoardRows,
    names: Mapping[str, str],
    visits: Sequence[Visit],
    now_ms: int,
    zone: ZoneInfo,
) -> tuple[DeviceLine, ...]:
    """One line a phone and one for each active technician without any, by name; `rows.devices`
    come last seen first.
    """
    busy = {visit.technician for visit in visits if visit.status.value not in _OVER}
    links = {row.id: row for row in rows.links}
    newest: dict[str, Any] = {row.technician: row for row in rows.links}
    phones: dict[str, list[Any]] = defaultdict(list)
    for row in rows.devices:
        phones[row.technician].append(row)
    lines = []
    for technician in {*phones, *_active(rows)}:
        name, owned = names.get(technician, technician), phones.get(technician, [])
        in_use = _in_use(owned)
        for row in owned:
            state = link_state(links.get(row.link), row.revoked_at, now_ms, zone)
            watched = holds_work(row) or (technician in busy and row is in_use)
            lines.append(_line(technician, name, row, state, watched=watched))
        if not owned:
            state = _state_without_phone(newest.get(technician), now_ms, zone)
            lines.append(_without_phone(technician, name, state, watched=technician in busy))
    return tuple(sorted(lines, key=_order))


def link_state(row: Any, revoked_at: int | None, now_ms: int, zone: ZoneInfo) -> LinkState:
    """The state of a phone's link; a link too old to be stored among the recent has expired."""
    if revoked_at is not None or (row is not None and row.revoked_at is not None):
        return LinkState.REVOKED
    if row is None or row.expires_at <= now_ms:
        return LinkState.EXPIRED
    ends_today = local_date(row.expires_at, zone) == local_date(now_ms, zone)
    return LinkState.TONIGHT if ends_today else LinkState.ACTIVE


def _state_without_phone(row: Any, now_ms: int, zone: ZoneInfo) -> LinkState:
    return link_state(row, None, now_ms, zone) if row is not None else LinkState.NONE


def _active(rows: BoardRows) -> Iterable[str]:
    return (k for k, cells in rows.technicians.items() if is_active(cells.get("active")))


def _in_use(phones: Sequence[Any]) -> Any:
    """The phone whose silence is its technician's: the last one seen, revoked only if all are."""
    return next((row for row in phones if row.revoked_at is None), phones[0] if phones else None)


def _line(technician: str, name: str, row: Any, link: LinkState, *, watched: bool) -> DeviceLine:
    return DeviceLine(
        technician=technician,
        name=name,
        device=row.id,
        app=row.app,
        seen_at=row.seen_at,
        pending=row.pending_count,
        oldest_at=row.pending_oldest if holds_work(row) else None,
        photos=row.pending_photos,
        photo_bytes=row.pending_bytes,
        link=link,
        watched=watched,
    )


def _without_phone(technician: str, name: str, link: LinkState, *, watched: bool) -> DeviceLine:
    return DeviceLine(technician, name, "", "", None, 0, None, 0, 0, link, watched)


def _order(line: DeviceLine) -> tuple[str, str, int, str]:
    return alphabetical(line.name), line.technician, -(line.seen_at or 0), line.device
