"""Decides the board's line of each of today's visits: status, serials, what is on file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from backend.board.today.outages import outage_of
from backend.board.today.state import EquipmentLine, SeenLine, Visit, VisitStatus
from backend.store.board import BoardRows
from backend.store.spelling import alphabetical
from sync.collections import MOVES
from sync.evidence import labels_to_confirm
from sync.job_status import JobStatus, parse_status
from sync.protocol import Fate, Outcome
from sync.state import ActorKind
from sync.visit import Cells, client_of, referred, text_of, window_of

_LAST: Final = "~"
# A cell that the office writes in no other way than by making the visit.
MADE_HERE: Final = "subject"


def visit_lines(rows: BoardRows, names: Mapping[str, str]) -> tuple[Visit, ...]:
    """Today's visits by technician's name, then by their hours."""
    sources = {row.key: row for row in rows.statuses}
    return in_order(_visit(rows, names, key, sources.get(key)) for key in rows.visits)


def in_order(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """By technician's name, then by their hours; the page sorts so too (`share.ts`)."""
    return tuple(sorted(visits, key=_order))


def label_of(rows: BoardRows, key: str) -> str:
    """What people call a visit: client and street; "" when it is not known here."""
    cells = rows.cells.get(key, {})
    street = text_of(referred(rows.cells, cells, "location"), "street")
    return ", ".join(part for part in (client_of(rows.cells, cells), street) if part)


def _visit(rows: BoardRows, names: Mapping[str, str], key: str, source: Any) -> Visit:
    cells = rows.cells.get(key, {})
    location, technician = referred(rows.cells, cells, "location"), text_of(cells, "technician")
    equipment = tuple(_equipment(cells, rows.unfiled))
    photos = [value for path, value in cells.items() if _is_item(path, value, "photos/")]
    return Visit(
        key=key,
        technician=technician,
        name=names.get(technician, ""),
        assistants=tuple(names.get(each, "") for each in cells.get("assistants") or ()),
        window=window_of(cells),
        type=text_of(cells, "job_type"),
        client=client_of(rows.cells, cells),
        street=text_of(location, "street"),
        town=text_of(location, "town"),
        status=_status(cells, source),
        equipment=equipment,
        to_confirm=labels_to_confirm(cells),
        photos=max(len(photos), int(cells.get("required_photos") or 0)),
        photos_here=sum(1 for each in photos if each.get("received_at") is not None),
        unfiled=tuple(sorted(rows.unfiled_paths.get(key, frozenset()).intersection(MOVES))),
        moved_at=rows.desk.moved.get(key),
        outage=outage_of(rows, cells),
        seen=_seen(cells),
        made_here=MADE_HERE in rows.unfiled_paths.get(key, frozenset()),
    )


def _status(cells: Cells, source: Any) -> VisitStatus:
    value = parse_status(cells.get("status")) or JobStatus.TODO
    reason = text_of(cells, "reason")
    if source is None or source.actor_kind == ActorKind.ERP:
        at = source.at if source is not None else 0
        return VisitStatus(value, reason, at, None, on_file=True, held=False)
    held = source.outcome == Outcome.HELD and source.fate is None
    on_file = source.fate == Fate.FILED
    return VisitStatus(value, reason, source.at, source.received_at, on_file=on_file, held=held)


def _equipment(cells: Cells, unfiled: frozenset[str]) -> Iterator[EquipmentLine]:
    lines = [(path, value) for path, value in cells.items() if _is_item(path, value, "equipment/")]
    for path, value in sorted(lines, key=lambda line: (int(line[1].get("at") or 0), line[0])):
        mutation = path.removeprefix("equipment/")
        yield EquipmentLine(
            id=mutation,
            serial=text_of(value, "serial"),
            action=text_of(value, "action"),
            type=text_of(value, "type"),
            replaces=text_of(value, "replaces"),
            source=text_of(value, "source"),
            stage=text_of(value, "stage"),
            on_file=mutation not in unfiled,
        )


def _seen(cells: Cells) -> SeenLine | None:
    """Who had the visit on his screen since it was last moved."""
    seen = cells.get("seen")
    return SeenLine(text_of(seen, "by"), int(seen["at"])) if isinstance(seen, dict) else None


def _is_item(path: str, value: Any, prefix: str) -> bool:
    return path.startswith(prefix) and isinstance(value, dict)


def _order(visit: Visit) -> tuple[str, str, str, str, str]:
    start, end = visit.window.start or _LAST, visit.window.end or _LAST
    return alphabetical(visit.name), visit.technician, start, end, visit.key
