"""Takes the backups that are due, beside everything else."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final

from backend.errors import AppError, Refused, Unavailable
from backend.log import log
from backend.operations.backups import expired, list_backups, send_photos, take_backup
from backend.operations.sealing import read_recipients
from backend.settings.upkeep import BackupSettings
from backend.store.archive import Archive, open_archive
from backend.store.backup import Copied, note_backup
from backend.store.backups import Backups, note_failed, note_taken, read_backups
from backend.store.blobs.folder import BlobFolder
from backend.store.connection import Connection
from backend.store.disk import Reserve
from backend.store.store import Store

LOOK_S: Final = 30.0
RETRY_MS: Final = 5 * 60_000


def is_due(backups: Backups, tried_at: int, now_ms: int, every_ms: int) -> bool:
    """Whether to take one now: the last good one is `every_ms` old, and a failure RETRY_MS."""
    return now_ms - backups.taken_at >= every_ms and now_ms - tried_at >= RETRY_MS


class BackupWorker:
    """The loop of an embedded database's backups. `folder` holds the photos when they are kept on
    this machine, else None: a bucket has its own."""

    def __init__(
        self,
        settings: BackupSettings,
        store: Store,
        reserve: Reserve,
        folder: BlobFolder | None,
        clock: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._store = store
        self._reserve = reserve
        self._folder = folder
        self._clock = clock
        self._tried_at = 0

    async def run(self) -> None:
        """Take what is due until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)  # first too: a new installation has nothing to keep yet
            await self.turn()

    async def turn(self) -> bool:
        """Take a backup if one is due; whether one was taken."""
        backups, now_ms = await self._store.read(read_backups), self._clock()
        if not is_due(backups, self._tried_at, now_ms, self._settings.every_minutes * 60_000):
            return False
        self._tried_at = now_ms
        try:
            copied = await asyncio.wrap_future(_begun(partial(self._take, now_ms)))
        except (AppError, Unavailable, Refused, OSError, ValueError) as error:
            await self._failed(backups, error, now_ms)
            return False
        await self._store.writer.run(partial(_note, copied=copied, began_at=now_ms))
        if backups.failing_since is not None:
            log.info("backups are taken again")
        return True

    def _take(self, now_ms: int) -> Copied:
        """Photos come second: phones let go of a photo only when its mutation is backed up, and of
        its bytes once they are in ERPNext."""
        recipients = read_recipients(self._settings.recipients)
        archive = open_archive(self._settings)
        database = self._reserve.folder / "terrain.db"
        copied = take_backup(database, self._reserve, archive, recipients, now_ms)
        if self._folder is not None:
            send_photos(self._folder, archive, recipients)
        self._prune(archive, now_ms)
        return copied

    def _prune(self, archive: Archive, now_ms: int) -> None:
        kept = self._settings
        for each in expired(list_backups(archive), kept.keep, kept.keep_days, now_ms):
            archive.delete(each.path)

    async def _failed(self, backups: Backups, error: Exception, now_ms: int) -> None:
        kind = str(getattr(error, "kind", getattr(error, "code", type(error).__name__)))
        if backups.failing_since is None:
            log.error("no backup could be taken", extra={"kind": kind})
        await self._store.writer.run(partial(note_failed, error=kind, now_ms=now_ms))


def _begun(work: Callable[[], Copied]) -> Future[Copied]:
    """Run in a thread that the end of the process does not wait for: minutes may be left of a
    backup, and one that is cut leaves nothing under its name."""
    future: Future[Copied] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001  (handed to who waits for it)
            future.set_exception(error)

    threading.Thread(target=run, name="backup", daemon=True).start()
    return future


def _note(conn: Connection, copied: Copied, began_at: int) -> None:
    note_backup(conn, copied)
    note_taken(conn, began_at)
