"""Looks every minute at what may be worth an alert, and tells each once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.operations.alerts import channels
from backend.operations.alerts.conditions import (
    Facts,
    Kind,
    Name,
    Silent,
    Standing,
    Told,
    Waits,
    after,
    conditions,
    to_tell,
)
from backend.operations.alerts.words import message
from backend.settings import Settings
from backend.store.alerting import Worth, keep_alerts, read_alerts, read_worth
from backend.store.clock import Clock
from backend.store.disk import used_share
from backend.store.store import Store

LOOK_S: Final = 60.0


class AlertWorker:
    """The loop of the alerts; `disk_used` as in `used_share`."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], Clock],
        disk_used: Callable[[Path], float] = used_share,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._disk_used = disk_used
        self._is_mute = False

    async def run(self) -> None:
        """Look, tell and ping until cancelled."""
        while True:
            try:
                await self.turn()
            except AppError as error:  # of the database: then nobody is pinged, and hears so
                log.error("alerts cannot be looked at", extra={"code": error.code})
            await asyncio.sleep(LOOK_S)

    async def turn(self) -> None:
        """One look: what changed is stored before it is told, and told before it counts as such."""
        clock = self._clock()
        worth = await self._store.read(partial(read_worth, clock=clock))
        before = _standing(await self._store.read(read_alerts))
        lasting = [name for name, known in before.items() if known.cleared_at is None]
        found = conditions(self._facts(worth, clock), lasting)
        changed = after(before, found, clock.now_ms)
        await self._keep(changed, clock.now_ms)
        await self._tell({**before, **changed}, clock.now_ms)
        if self._settings.alerts.dead_man_file:
            await self._try(channels.ping(self._settings.alerts))

    async def _tell(self, standing: Mapping[Name, Standing], now_ms: int) -> None:
        for name, word in to_tell(standing):
            detail, board = standing[name].detail, self._settings.board_url
            sent = channels.send(self._settings.alerts, message(name, word, detail, board))
            if not await self._try(sent):
                return
            await self._keep({name: standing[name]._replace(told=word)}, now_ms)

    async def _try(self, sending: Any) -> bool:
        """Whether it was sent; one log line when alerts go nowhere, one when they do again."""
        try:
            await sending
        except (Unavailable, Refused, ValueError, OSError) as error:
            if not self._is_mute:
                kind = getattr(error, "kind", type(error).__name__)
                log.error("alerts cannot be sent", extra={"kind": kind})
            self._is_mute = True
            return False
        if self._is_mute:
            log.info("alerts are sent again")
        self._is_mute = False
        return True

    async def _keep(self, changed: Mapping[Name, Standing], now_ms: int) -> None:
        if changed:
            rows = [{**name._asdict(), **known._asdict()} for name, known in changed.items()]
            await self._store.writer.run(partial(keep_alerts, rows=rows, now_ms=now_ms))

    def _facts(self, worth: Worth, clock: Clock) -> Facts:
        late_ms = self._settings.backup.late_ms
        is_watched = bool(self._settings.backup.url)
        at = datetime.fromtimestamp(clock.now_ms / 1000, self._settings.site_zone)
        return Facts(
            now_ms=clock.now_ms,
            local=at.time(),
            conflicts=tuple(Waits(id_, visit or "", at) for id_, visit, at in worth.conflicts),
            refused=tuple(Waits(id_, visit or "", at) for id_, visit, at in worth.refused),
            phones=tuple(Silent(id_, _text(name), at) for id_, name, at in worth.phones),
            oldest_at=worth.oldest_at,
            away_since=worth.away_since,
            disk_used=self._disk_used(Path(self._settings.data)),
            is_key_refused=worth.is_key_refused,
            backup_is_stale=is_watched and worth.backups.is_stale(clock.now_ms, late_ms),
        )


def _standing(rows: Sequence[Any]) -> dict[Name, Standing]:
    return {
        Name(Kind(row.kind), row.subject): Standing(
            row.detail, row.raised_at, row.cleared_at, Told(row.told)
        )
        for row in rows
    }


def _text(value: str | None) -> str:
    return str(msgspec.json.decode(value)) if value else ""
