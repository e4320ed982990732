"""Decides what the office must do or know: proofs, held work, requests, choices, outages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from backend.board.today.desk_state import (
    DecidedLine,
    HeldLine,
    OutageLine,
    Proof,
    RequestLine,
)
from backend.board.today.state import Visit
from backend.board.today.visits import label_of
from backend.store.board import BoardRows
from sync.evidence import missing_evidence
from sync.visit import text_of

Names = Mapping[str, str]


def proofs(rows: BoardRows) -> tuple[Proof, ...]:
    """One line a technician who did something today."""
    return tuple(Proof(*row) for row in rows.desk.proofs)


def held_lines(rows: BoardRows, names: Names) -> tuple[HeldLine, ...]:
    """Completions without their evidence, the oldest first."""
    return tuple(
        HeldLine(
            id=row.id,
            key=row.key,
            visit=label_of(rows, row.key),
            technician=names.get(row.actor, row.actor),
            made_at=row.made_at,
            missing=missing_evidence(rows.desk.held_cells.get(row.key, {})),
        )
        for row in rows.desk.held
    )


def requests_of(rows: BoardRows, names: Names, key: str) -> tuple[RequestLine, ...]:
    """What is asked on a visit and not answered."""
    return tuple(_requests(rows, names, key))


def in_order(requests: Iterable[RequestLine]) -> tuple[RequestLine, ...]:
    """The oldest first."""
    return tuple(sorted(requests, key=lambda line: (line.at, line.id)))


def decided_lines(rows: BoardRows) -> tuple[DecidedLine, ...]:
    """The last choices, the newest first."""
    return tuple(
        DecidedLine(
            id=each.id,
            key=each.key,
            visit=label_of(rows, each.key),
            path=each.path.partition("/")[0],
            choice=each.choice,
            by=each.closed_by,
            at=each.closed_at,
        )
        for each in rows.desk.decided
    )


def outage_lines(rows: BoardRows, visits: Sequence[Visit]) -> tuple[OutageLine, ...]:
    """Known outages, each with how many of today's visits it touches."""
    return tuple(
        OutageLine(
            each.id, each.sector, each.text, each.since, sum(v.outage == each.id for v in visits)
        )
        for each in rows.desk.outages
    )


def _requests(rows: BoardRows, names: Names, key: str) -> Iterator[RequestLine]:
    for path, value in rows.cells.get(key, {}).items():
        if not path.startswith("requests/") or not _is_open(value):
            continue
        yield RequestLine(
            id=path.removeprefix("requests/"),
            key=key,
            visit=label_of(rows, key),
            technician=text_of(value, "by"),
            what=text_of(value, "what"),
            value=names.get(value.get("value"), value.get("value")),
            text=text_of(value, "text"),
            at=int(value.get("at") or 0),
        )


def _is_open(value: Any) -> bool:
    return isinstance(value, dict) and value.get("state") == "asked"
