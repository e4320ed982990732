"""Keeps the day's lines in memory, so that a change costs what changed and not the whole day.

A day of 2,000 visits takes a second to read and to decide; one visit of it takes milliseconds.
"""

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from backend.board.today import desk, visits
from backend.board.today.desk_state import Proof, RequestLine
from backend.board.today.machine import Machine
from backend.board.today.state import BoardState, Visit
from backend.board.today.technicians import names_of
from backend.board.today.view import Lines, Moment, board_state
from backend.store.board import BoardRows, read_board
from backend.store.connection import Connection
from backend.store.feed import changed_since
from backend.store.outages import Outage, open_outages
from backend.store.store import Store
from sync.collections import collection_of, is_job

# What nobody was told of (ERPNext took work of the office) is seen by then; a little later while
# there are news to tell at once, for it takes the reading of the whole day.
REREAD_MS: Final = 15_000
BUSY_REREAD_MS: Final = 60_000
# Records whose change may stand on any visit's line.
_SHARED: Final = frozenset({"location", "contact", "technician"})


class _Known(NamedTuple):
    """The lines as last decided, when all of them were, and what they follow from."""

    read_at: int
    today: str
    sequence: int
    outages: Sequence[Outage]
    queued: int
    visits: dict[str, Visit]
    requests: dict[str, tuple[RequestLine, ...]]
    proofs: tuple[Proof, ...]


class BoardMemory:
    """The board of one process, for all who look at it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._token = secrets.token_hex(4)
        self._version = 0
        self._changed: dict[str, int] = {}
        self._known: _Known | None = None

    async def read(self, store: Store, moment: Moment, machine: Machine, known: str) -> BoardState:
        """The board of a moment, for a page that knows a version of it ("": none)."""
        async with self._turn:
            return await store.read(lambda conn: self._now(conn, moment, machine, known))

    def _now(self, conn: Connection, moment: Moment, machine: Machine, known: str) -> BoardState:
        before = self._known
        only = None if before is None else _moved(conn, before, moment)
        rows = read_board(conn, moment.now_ms, moment.day, only)
        wait_ms = BUSY_REREAD_MS if only else REREAD_MS
        if before is not None and only is not None and _is_old(before, rows, moment, wait_ms):
            before, only = None, None
            rows = read_board(conn, moment.now_ms, moment.day)
        after = _learned(None if only is None else before, only or (), rows, moment)
        self._note(after)
        lines = Lines(
            tuple(after.visits.values()),
            desk.in_order(each for asked in after.requests.values() for each in asked),
            after.proofs,
        )
        return self._for_page(board_state(rows, lines, moment, machine), known)

    def _note(self, after: _Known) -> None:
        """Give every visit that changed, came or went the next version."""
        old = self._known.visits if self._known else {}
        moved = {key for key, line in after.visits.items() if old.get(key) != line}
        moved |= old.keys() - after.visits.keys()
        if moved:
            self._version += 1
            self._changed |= dict.fromkeys(moved, self._version)
        self._known = after

    def _for_page(self, whole: BoardState, known: str) -> BoardState:
        version = f"{self._token}-{self._version}"
        token, _, number = known.partition("-")
        if token != self._token or not number.isdecimal():
            listed = visits.in_order(whole.visits)
            return msgspec.structs.replace(whole, version=version, visits=listed)
        news = {key for key, at in self._changed.items() if at > int(number)}
        shown = {visit.key for visit in whole.visits}
        return msgspec.structs.replace(
            whole,
            version=version,
            whole=False,
            visits=visits.in_order(visit for visit in whole.visits if visit.key in news),
            gone=tuple(sorted(news - shown)),
        )


def _moved(conn: Connection, before: _Known, moment: Moment) -> frozenset[str] | None:
    """The visits to read anew; None for all of them."""
    if before.today != moment.today.isoformat() or list(before.outages) != list(open_outages(conn)):
        return None
    changed = changed_since(conn, before.sequence)
    if any(collection_of(key) in _SHARED for key in changed):
        return None
    return frozenset(key for key in changed if is_job(key))


def _is_old(before: _Known, rows: BoardRows, moment: Moment, wait_ms: int) -> bool:
    """Whether work may have reached ERPNext of which no phone was to be told."""
    moved = before.sequence != rows.sequence or before.queued != rows.counts.queued
    return moved and moment.now_ms - before.read_at > wait_ms


def _learned(before: _Known | None, only: Iterable[str], rows: BoardRows, moment: Moment) -> _Known:
    names = names_of(rows)
    lines = {each.key: each for each in visits.visit_lines(rows, names)}
    asked = {key: desk.requests_of(rows, names, key) for key in rows.visits}
    proofs, read_at = desk.proofs(rows), moment.now_ms
    if before is not None:
        gone = frozenset(only)
        lines = {k: v for k, v in before.visits.items() if k not in gone} | lines
        asked = {k: v for k, v in before.requests.items() if k not in gone} | asked
        proofs, read_at = before.proofs, before.read_at
    return _Known(
        read_at=read_at,
        today=moment.today.isoformat(),
        sequence=rows.sequence,
        outages=rows.desk.outages,
        queued=rows.counts.queued if before is None else before.queued,
        visits=lines,
        requests=asked,
        proofs=proofs,
    )
