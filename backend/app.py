"""Where the parts meet: the web application of one installation, its store and its workers."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from litestar import Litestar, Response, Router, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide

from backend import control, serving
from backend.auth.answers import exception_handlers
from backend.auth.headers import security_headers
from backend.auth.misses import Misses
from backend.auth.origin import same_origin
from backend.auth.session import provide_session
from backend.erp.client import ErpClient, open_http
from backend.erp.ids import uuid7
from backend.erp.mapping import load_mapping
from backend.erp.outbound import Tools
from backend.erp.worker import Worker
from backend.replication.api import events, sync
from backend.settings import Settings, read_secret
from backend.store import feed
from backend.store.apply import Clock
from backend.store.pokes import Pokes
from backend.store.store import Store, open_store
from backend.tech.dist import load_dist
from backend.tech.page import tech_routes
from backend.tech.site import Site
from backend.workers import Loop, supervise

BROTLI_QUALITY: Final = 5
# The build compressed these once, better than a request could.
_PRECOMPRESSED: Final = ("^/assets/", r"^/t/(sw\.js|shell|manifest)")


def now_ms() -> int:
    """The server's clock: UTC milliseconds."""
    return time.time_ns() // 1_000_000


class Parts:
    """What the app owns while it runs: the store, who waits for news, and the workers."""

    store: Store

    def __init__(self, settings: Settings, clock: Callable[[], int]) -> None:
        self.settings = settings
        self.clock = clock
        self.pokes = Pokes()
        self.opened = asyncio.Event()

    @asynccontextmanager
    async def lifespan(self, _app: Litestar) -> AsyncIterator[None]:
        """Take the data folder, open the store, run the workers; undo all of it at the end."""
        with control.lock(Path(self.settings.data)):
            self.pokes.start()
            self.store = open_store(self.settings.database_url, self._today, self.pokes.send)
            self.opened.set()
            working = asyncio.create_task(supervise(self._loops()))
            try:
                yield
            finally:
                self.pokes.close()
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working
                await self.store.close()

    def _today(self) -> Clock:
        now = self.clock()
        return Clock(now, datetime.fromtimestamp(now / 1000, self.settings.site_zone).date())

    def _loops(self) -> dict[str, Loop]:
        loops: dict[str, Loop] = {
            "control": lambda: control.serve(self.settings, self.store, self.clock)
        }
        if self.settings.erpnext.url:
            loops["erpnext"] = self._reconcile
        return loops

    async def _reconcile(self) -> None:
        """Deliver to ERPNext and take in what changed there; each commit may bring it work."""
        erpnext = self.settings.erpnext
        async with open_http(erpnext.url, read_secret(erpnext.token_file)) as http:
            mapping = load_mapping(self.settings.site_zone, erpnext.mapping_path)
            tools = Tools(ErpClient(http), self.store.writer, mapping, self._today, self._new_id)
            worker = Worker(tools, asyncio.sleep, secrets.SystemRandom().random, erpnext.poll_s)
            async with asyncio.TaskGroup() as group:
                group.create_task(worker.run())
                group.create_task(self._wake(worker))

    def _new_id(self) -> str:
        return uuid7(self.clock(), secrets.token_bytes(10))

    async def _wake(self, worker: Worker) -> None:
        with self.pokes.listen() as committed:
            while True:
                await committed.wait()
                committed.clear()
                worker.wake()


def create_app(settings: Settings, clock: Callable[[], int] = now_ms) -> Litestar:
    """The application of one installation. Its lifespan takes the data folder, opens the store
    and runs the workers; `clock` gives UTC milliseconds.
    """
    dist = load_dist(Path(settings.pwa))
    parts = Parts(settings, clock)
    phones = Router(
        "/",
        route_handlers=[sync, events],
        guards=[same_origin],
        dependencies={"session": Provide(provide_session)},
    )
    return Litestar(
        route_handlers=[
            health,
            ready,
            phones,
            tech_routes(Site(settings, dist, Misses(time.monotonic))),
        ],
        lifespan=[parts.lifespan],
        dependencies={
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "pokes": Provide(lambda: parts.pokes, sync_to_thread=False),
            "store": Provide(lambda: parts.store, sync_to_thread=False),
            "now_ms": Provide(clock, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(settings.office_phone),
        before_send=[security_headers([dist.style_sha256] if dist else [])],
        compression_config=CompressionConfig(
            backend="brotli", brotli_quality=BROTLI_QUALITY, exclude=list(_PRECOMPRESSED)
        ),
        openapi_config=None,
        logging_config=None,
        state=State({"parts": parts}),
    )


async def serve(settings: Settings) -> None:
    """Serve one installation until SIGINT or SIGTERM."""
    app = create_app(settings)
    site = serving.Site(app, settings.host, settings.port)
    await serving.run([site], lambda: asyncio.sleep(0), app.state.parts.pokes.close)


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """The process answers; says nothing of what it depends on."""
    return {"status": "ok"}


@get("/ready")
async def ready(store: NamedDependency[Store]) -> Response[dict[str, str]]:
    """The database can be read, so phones may be sent here."""
    await store.read(feed.read_head)
    return Response({"status": "ready"})
