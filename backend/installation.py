"""What a running installation owns: the store, who waits for news, the blobs and the workers."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from backend import control
from backend.cpe.check.one import Room
from backend.cpe.check.opening import Opened, opened_engine
from backend.cpe.check.worker import CheckWorker
from backend.cpe.report.printed import printed_by
from backend.cpe.thresholds import load_thresholds
from backend.erp.client import ErpClient, open_http
from backend.erp.hints import Hints
from backend.erp.ids import uuid7
from backend.erp.mapping import load_mapping
from backend.erp.reconciliation import Reconciliation
from backend.erp.tools import Tools
from backend.errors import Refused, Unavailable
from backend.midnight import move_windows
from backend.notify.push.worker import PushWorker, open_push
from backend.operations.alerts.worker import AlertWorker
from backend.operations.backup_worker import BackupWorker
from backend.operations.disk import mind_disk
from backend.operations.figures import serve_figures
from backend.replication import revoked
from backend.replication.pages import Pages
from backend.replication.tus.uploads import Uploads
from backend.settings import Settings, read_secret
from backend.store.ballast import Ballast
from backend.store.blobs.bucket import open_bucket
from backend.store.blobs.folder import BlobFolder
from backend.store.blobs.garbage import Sweeper
from backend.store.blobs.local import LocalPlace
from backend.store.blobs.place import Place
from backend.store.blobs.store import BlobStore
from backend.store.clock import Clock, local_date
from backend.store.disk import Reserve
from backend.store.engine import is_sqlite
from backend.store.news import listen
from backend.store.pokes import Pokes
from backend.store.store import Store, open_store
from backend.store.turns import in_turn
from backend.vision.adviser import Adviser, open_adviser
from backend.vision.decode import Decoder
from backend.vision.reading import LabelReader
from backend.vision.worker import ScanWorker
from backend.workers import Loop, supervise

SWEEP_S: Final = 6 * 3600.0


def now_ms() -> int:
    """The server's clock: UTC milliseconds."""
    return time.time_ns() // 1_000_000


class Part(StrEnum):
    """What a process does where several share one PostgreSQL database. With SQLite there is one
    process, which does all of it."""

    SERVE = "serve"
    WORK = "work"


class Installation:
    """The parts of one installation; those named here exist once it is `opened`.

    `part` is what this process does of it. `fault` is what kept it from opening, or from closing
    well. Raises ValueError for settings that cannot be.
    """

    store: Store
    blobs: BlobStore
    uploads: Uploads
    pages: Pages
    reader: LabelReader
    adviser: Adviser | None
    lines: Opened

    def __init__(
        self, settings: Settings, clock: Callable[[], int], part: Part = Part.SERVE
    ) -> None:
        self.settings = settings
        self._part = part
        self._alone = is_sqlite(settings.database_url)
        self._origin = secrets.token_hex(8)
        self.clock = clock
        self.pokes = Pokes()
        self.opened = asyncio.Event()
        # Read now: a fault in it stops the start.
        mapping = load_mapping(settings.site_zone, settings.erpnext.mapping_path)
        self._mapping = msgspec.structs.replace(mapping, board_url=settings.board_url)
        self.thresholds = load_thresholds(settings.checks.thresholds_path)
        self.hints = self._open_hints()
        self.push = open_push(settings)
        self._bucket = open_bucket(settings.blobs) if settings.blobs.url else None
        self.fault: Exception | None = None

    def _open_hints(self) -> Hints | None:
        """Who takes ERPNext's webhooks at this process's doors, when a secret signs them."""
        file = self.settings.erpnext.webhook_secret_file
        if not file or self._part is not Part.SERVE:
            return None
        read_secret(file)  # now: a fault in it stops the start
        return Hints(partial(read_secret, file), self._mapping)

    @asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncIterator[None]:
        """Take the data folder, open the store, run the workers; undo all of it at the end."""
        try:
            async with opened_engine(self.settings) as self.lines, self._working():
                yield
        except Exception as error:
            self.fault = error  # granian would end without a word of it
            raise

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        data = Path(self.settings.data)
        with self._hold(data):
            self.pokes.start()
            url, check = self.settings.database_url, self._reserve(data).check
            self.store = open_store(url, self.now, self.pokes.send, check, self._origin)
            self.pages = Pages(self.store)
            decoder, folder = Decoder(), BlobFolder(data / "blobs")
            self.reader = LabelReader(decoder, self.settings.labels.sticker_host)
            self.blobs = BlobStore(folder, self._place(folder))
            self.adviser = open_adviser(self.settings.gemini, data, decoder)
            scans = ScanWorker(
                self.store,
                self.blobs,
                self.reader,
                self.now,
                self.adviser,
                self.settings.labels.serials,
            )
            self.uploads = Uploads(
                self.store, folder, self.now, partial(_wake_all, scans, self.blobs)
            )
            checks = CheckWorker(Room(self.store, self.lines.engine, self.thresholds, self.now))
            sweeper = Sweeper(self.store, self.blobs)
            working = asyncio.create_task(supervise(self._loops(scans, checks, sweeper)))
            self.opened.set()
            try:
                yield
            finally:
                self.pokes.close()
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working
                await decoder.close()
                await self.store.close()

    def now(self) -> Clock:
        """The instant, and the site's date then."""
        now = self.clock()
        return Clock(now, local_date(now, self.settings.site_zone))

    def _place(self, folder: BlobFolder) -> Place:
        """Where whole photos go; those of before there was a bucket follow into it."""
        if self._bucket is None:
            return LocalPlace(folder.root)
        folder.seal_again()
        return self._bucket

    def _hold(self, data: Path) -> AbstractContextManager[Any]:
        """The data folder, which processes on PostgreSQL may share: it holds no database then."""
        return control.lock(data) if self._alone else nullcontext()

    def _reserve(self, data: Path) -> Reserve:
        """PostgreSQL's disk is another one, which it watches itself."""
        return Reserve(data, self.settings.reserve_bytes if self._alone else 0)

    def _loops(self, scans: ScanWorker, checks: CheckWorker, sweeper: Sweeper) -> dict[str, Loop]:
        loops = self._between_processes()
        if self.settings.metrics.port:
            data, clock = Path(self.settings.data), self.clock
            loops["figures"] = partial(
                serve_figures, self.settings.metrics, self.store, data, clock
            )
        if self._alone or self._part is Part.SERVE:
            loops |= self._serving(sweeper)
        if self._alone or self._part is Part.WORK:
            loops |= self._work(scans)
            loops |= {"checks": checks.run, "check-news": lambda: self._wake(checks.wake)}
            loops |= self.lines.loops
        return loops

    def _between_processes(self) -> dict[str, Loop]:
        if self._alone:
            return {"control": lambda: control.serve(self.settings, self.store, self.clock)}
        url = self.settings.database_url
        return {"news": lambda: listen(url, self._origin, self.pokes)}

    def _serving(self, sweeper: Sweeper) -> dict[str, Loop]:
        """What goes with the doors: photos arrive in this machine's folder, webhooks come here."""
        data = Path(self.settings.data)
        loops: dict[str, Loop] = {
            "uploads": self.blobs.run,
            "garbage": lambda: self._sweep(sweeper),
            "disk": partial(mind_disk, Ballast(data, self.settings.reserve_bytes)),
            "revoked": lambda: revoked.watch(self.store, self.pokes, self.clock),
        }
        if self._alone and self.settings.backup.url:
            folder = None if self._bucket else self.blobs.folder
            kept, reserve = self.settings.backup, self._reserve(data)
            loops["backups"] = BackupWorker(kept, self.store, reserve, folder, self.clock).run
        if self.hints is not None:
            loops["hints"] = partial(self._follow, self.hints)
        return loops

    def _work(self, scans: ScanWorker) -> dict[str, Loop]:
        loops: dict[str, Loop] = {
            "scans": lambda: self._in_turn("scans", scans.run),
            "scan-news": lambda: self._wake(scans.wake),
            "midnight": lambda: self._in_turn(
                "midnight", partial(move_windows, self.store, self.now, self.settings.site_zone)
            ),
        }
        if self.settings.alerts.is_wanted:
            alerts = AlertWorker(self.settings, self.store, self.now)
            loops["alerts"] = lambda: self._in_turn("alerts", alerts.run)
        if self.push is not None:
            pushing = partial(PushWorker(self.push, self.store, self.now).run, self.pokes)
            loops["pushes"] = lambda: self._in_turn("pushes", pushing)
        if self.settings.erpnext.url:
            loops["erpnext"] = self._reconcile
        return loops

    async def _in_turn(self, name: str, loop: Loop) -> None:
        """Run a loop in one process at a time."""
        await (loop() if self._alone else in_turn(self.settings.database_url, name, loop))

    async def _reconcile(self) -> None:
        printed = printed_by(self.lines.bridge, self.store, self.settings, self.clock)
        await Reconciliation(
            self.settings.erpnext,
            self.store,
            self._mapping,
            self.now,
            self._new_id,
            self.blobs,
            printed,
            None if self._alone else self._in_turn,
            self._wake,
        ).run()

    async def _follow(self, hints: Hints) -> None:
        """Read at once what ERPNext's webhooks name."""
        erpnext = self.settings.erpnext
        async with open_http(erpnext.url, partial(read_secret, erpnext.token_file)) as http:
            writer, mapping = self.store.writer, self._mapping
            await hints.run(Tools(ErpClient(http), writer, mapping, self.now, self._new_id))

    async def _wake(self, wake: Callable[[], None]) -> None:
        with self.pokes.listen() as committed:
            while True:
                await committed.wait()
                committed.clear()
                wake()

    async def _sweep(self, sweeper: Sweeper) -> None:
        while True:
            with suppress(Unavailable, Refused):  # the bucket has told the log
                await sweeper.sweep(self.clock())
            await asyncio.sleep(SWEEP_S)

    def _new_id(self) -> str:
        return uuid7(self.clock(), secrets.token_bytes(10))


def _wake_all(*sleeping: ScanWorker | BlobStore) -> None:
    for each in sleeping:
        each.wake()
