"""Checks the site again and again: at the start, every hour, and soon after a refusal that a
changed site would explain.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import msgspec

from backend.erp.check.findings import CELL, ROWS, Finding, Level, findings
from backend.erp.check.survey import survey
from backend.erp.client import ErpClient
from backend.erp.mapping import Entity, Mapping
from backend.erp.site import SiteClient
from backend.erp.tools import Writer
from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.store.checks import CheckLine, save_check
from backend.store.clock import Clock
from backend.store.shadows import ERPNEXT

EVERY_MS: Final = 3600 * 1000
STEP_S: Final = 60.0
FIRST_S: Final = 15.0  # the first poll comes first: a technician waits for it
# What a site answers once a field, a doctype or a right is gone.
_SUSPECT: Final = frozenset({"DataError", "PermissionError", "not-found"})
_NO_LEDGER: Final = "no-ledger"
_NO_ID: Final = "no-id"
_TOLD: Final = "told"


class WatchedClient(ErpClient):
    """The worker's client; it tells when a refusal casts doubt on the last check."""

    def __init__(self, http: Any, suspect: Callable[[], None]) -> None:
        super().__init__(http)
        self._suspect = suspect

    async def _call(self, *args: Any, **named: Any) -> Any:
        try:
            return await super()._call(*args, **named)
        except Refused as error:
            if error.kind in _SUSPECT:
                self._suspect()
            raise


class Checker:
    """The life of the check. `sleep` waits (s)."""

    def __init__(
        self,
        client: SiteClient,
        writer: Writer,
        mapping: Mapping,
        clock: Callable[[], Clock],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client = client
        self._writer = writer
        self._mapping = mapping
        self._clock = clock
        self._sleep = sleep
        self._due_at = 0
        self._missing: frozenset[Finding] = frozenset()

    def suspect(self) -> None:
        """The site may have changed: check within the next STEP_S."""
        self._due_at = 0

    async def begin(self, known: Iterable[CheckLine]) -> Mapping:
        """What of the mapping may be used, by the last check; by one made now where that one never
        saw something optional: what is delivered without it is told as filed, and never written."""
        lines: Iterable[Finding | CheckLine] = tuple(known)
        if not _has_all(usable(self._mapping, lines), self._mapping):
            lines = await self.check() or lines
        return usable(self._mapping, lines)

    async def until_changed(self, used: Mapping) -> None:
        """Check until something else than `used` may be used of the mapping, or cancelled."""
        await self._sleep(FIRST_S)
        while True:
            if self._clock().now_ms >= self._due_at:
                found = await self.check()
                if found is not None and usable(self._mapping, found) != used:
                    return
            await self._sleep(STEP_S)

    async def check(self) -> tuple[Finding, ...] | None:
        """Check once and remember what was found; None while ERPNext cannot be asked or the store
        cannot be written, which is the worker's to say."""
        now_ms = self._clock().now_ms
        try:
            now = datetime.fromtimestamp(now_ms / 1000, UTC)
            found = findings(self._mapping, await survey(self._client, self._mapping, now))
            lines = [CheckLine(*each) for each in found]
            await self._writer.run(partial(save_check, name=ERPNEXT, lines=lines, now_ms=now_ms))
        except (Unavailable, Refused, AppError):
            return None
        self._due_at = now_ms + EVERY_MS
        self._say(frozenset(line for line in found if line.level is Level.MISSING))
        return found

    def _say(self, missing: frozenset[Finding]) -> None:
        """One line a finding when it comes, one when all are gone."""
        for line in sorted(missing - self._missing):
            log.error("erpnext does not fit", extra={"of": line.about, "code": line.code})
        if self._missing and not missing:
            log.info("erpnext fits again")
        self._missing = missing


def usable(mapping: Mapping, found: Iterable[Finding | CheckLine]) -> Mapping:
    """The mapping without what the site lacks and Terrain can do without: its ledger, the fields of
    our ids, the fields told of Terrain itself, and what is optional, which must have been seen
    there."""
    lines = list(found)
    ledger = None if any(line.code == _NO_LEDGER for line in lines) else mapping.ledger
    seen = {line.about for line in lines if line.code in (_TOLD, CELL, ROWS)}
    without = {line.about for line in lines if line.code == _NO_ID}
    entities = {n: _usable(entity, seen, without) for n, entity in mapping.entities.items()}
    return msgspec.structs.replace(mapping, ledger=ledger, entities=entities)


def _has_all(used: Mapping, whole: Mapping) -> bool:
    pairs = ((used.entities[name], entity) for name, entity in whole.entities.items())
    return all((a.cells, a.tables) == (b.cells, b.tables) for a, b in pairs)


def _usable(entity: Entity, seen: set[str], without: set[str]) -> Entity:
    told = {n: field for n, field in entity.told.items() if f"{entity.doctype}.{field}" in seen}
    tables = {
        path: table
        for path, table in entity.tables.items()
        if not table.optional or f"{entity.doctype}.{table.field}" in seen
    }
    cells = {
        path: field
        for path, field in entity.cells.items()
        if not field.optional or f"{entity.doctype}.{field.field}" in seen
    }
    own = "" if f"{entity.doctype}.{entity.id}" in without else entity.id
    return msgspec.structs.replace(entity, told=told, cells=cells, tables=tables, id=own)
