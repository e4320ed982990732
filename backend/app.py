"""Where the parts meet: the web application of one installation, and how it is served."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide

from backend import serving
from backend.admission import with_admission
from backend.auth.address import networks
from backend.auth.answers import exception_handlers
from backend.auth.headers import security_headers
from backend.auth.jwks import KeySet
from backend.auth.login import Desk, login_routes
from backend.auth.staff import StaffGate, read_proxy_secret
from backend.auth.token import TokenCheck
from backend.board.links.sending import Ways
from backend.board.today.desk_state import SourceLine
from backend.board.today.machine import Machine
from backend.board.today.memory import BoardMemory
from backend.cpe.oktopus.source import Oktopus
from backend.cpe.report.sheet import sheet_page
from backend.erp.zone import at_site_zone
from backend.errors import AppError
from backend.installation import Installation, Part, now_ms
from backend.notify.mail import open_mail
from backend.notify.twilio import open_twilio
from backend.operations.access_log import with_access_log
from backend.replication.encoding import BROTLI_QUALITY
from backend.replication.tus.api import BlobController
from backend.replication.tus.method import with_method_override
from backend.routes import api_description, board_routes, machine_routes, phone_routes
from backend.settings import Settings, read_secret
from backend.store import staff as accounts
from backend.store.disk import used_share
from backend.store.engine import is_sqlite
from backend.tech.dist import load_dist
from backend.tech.page import tech_routes
from backend.tech.site import Site

# The build compressed these once, better than a request could.
_PRECOMPRESSED: Final = ("^/assets/", r"^/t/(sw\.js|shell|manifest)")
# No compression makes a photo smaller.
_PHOTOS: Final = "^/(api|board)/blobs/"
# What it answers to many is compressed once (backend/replication/encoding.py).
_SYNC: Final = "^/api/sync$"


def create_app(settings: Settings, clock: Callable[[], int] = now_ms) -> Litestar:
    """The application of one installation; `clock` gives UTC milliseconds.

    Its lifespan is the Installation in `state.installation`.
    """
    dist = load_dist(Path(settings.pwa))
    installation = Installation(settings, clock)
    gate = _gate(installation)
    return Litestar(
        route_handlers=[
            machine_routes(),
            phone_routes(),
            board_routes(gate),
            login_routes(_desk(installation, gate)),
            tech_routes(Site(settings, dist, time.monotonic)),
        ],
        lifespan=[installation.lifespan],
        dependencies=_dependencies(installation),
        exception_handlers=exception_handlers(settings.office_phone),
        before_send=[security_headers([dist.style_sha256] if dist else [])],
        compression_config=CompressionConfig(
            backend="brotli",
            brotli_quality=BROTLI_QUALITY,
            exclude=[*_PRECOMPRESSED, _PHOTOS, _SYNC],
        ),
        openapi_config=api_description(gate),
        logging_config=None,
        state=State({"installation": installation}),
    )


def _gate(installation: Installation) -> StaffGate:
    settings, asked = installation.settings, installation.settings.staff.token

    async def find_session(value: str) -> accounts.Account | None:
        now_ms = installation.clock()
        return await installation.store.read(
            lambda conn: accounts.find_session(conn, value, now_ms)
        )

    token = TokenCheck(asked, KeySet(asked.keys_url, time.monotonic)) if asked.audience else None
    return StaffGate(settings, read_proxy_secret(settings), token, find_session)


def _desk(installation: Installation, gate: StaffGate) -> Desk:
    proxies = networks(installation.settings.staff.proxy_addresses)

    def clock() -> float:
        return installation.clock() / 1000

    return Desk(is_open=gate.has_login, proxies=proxies, clock=clock)


async def serve(settings: Settings) -> None:
    """Serve one installation until SIGINT or SIGTERM; raises what kept it from opening."""
    if is_sqlite(settings.database_url):
        _check_token(settings)
    app = create_app(await at_site_zone(settings))
    installation: Installation = app.state.installation
    await serving.run([site(app)], lambda: asyncio.sleep(0), installation.pokes.close)
    if installation.fault is not None:
        raise installation.fault


class OneProcess(AppError):
    """SQLite has one writing process, in which the workers run too."""

    code: ClassVar[str] = "one-process"
    status: ClassVar[int] = 409


async def work(settings: Settings) -> None:
    """Run the workers beside other processes until SIGINT or SIGTERM.

    Raises OneProcess on SQLite, and what kept the installation from opening.
    """
    if is_sqlite(settings.database_url):
        raise OneProcess
    _check_token(settings)
    async with Installation(await at_site_zone(settings), now_ms, Part.WORK).lifespan(None):
        await serving.stopped_by_signal().wait()


async def bridge(settings: Settings) -> None:
    """Serve the modem bridge alone, without a database, until SIGINT or SIGTERM."""
    from backend.modem_bridge.api import create_bridge_app  # and Playwright with it

    app = create_bridge_app(settings, sheet_page)
    asked = settings.bridge
    here = serving.Site(app, asked.host, asked.port)
    await serving.run([here], lambda: asyncio.sleep(0), app.state.bridge.stop)


def _check_token(settings: Settings) -> None:
    """Known now rather than in a worker's log."""
    erpnext = settings.erpnext
    if erpnext.url and ":" not in read_secret(erpnext.token_file):
        raise ValueError(f"{erpnext.token_file} : CLÉ:SECRET / KEY:SECRET")


def site(app: Litestar) -> serving.Site:
    """The application as it listens."""
    settings: Settings = app.state.installation.settings
    meant = with_method_override(app, BlobController.path)
    return serving.Site(with_access_log(with_admission(meant)), settings.host, settings.port)


def _dependencies(installation: Installation) -> dict[str, Provide]:
    memory = BoardMemory()
    settings = installation.settings
    ways = Ways(open_twilio(settings.sms), open_mail(settings.mail))
    monitor_secret = _monitor_secret(installation.settings)
    given: dict[str, Callable[[], Any]] = {
        "settings": lambda: installation.settings,
        "pokes": lambda: installation.pokes,
        "store": lambda: installation.store,
        "pages": lambda: installation.pages,
        "uploads": lambda: installation.uploads,
        "blobs": lambda: installation.blobs,
        "reader": lambda: installation.reader,
        "hints": lambda: installation.hints,
        "adviser": lambda: installation.adviser,
        "machine": lambda: _machine(installation),
        "memory": lambda: memory,
        "ways": lambda: ways,
        "push_client": lambda: installation.push,
        "monitor_secret": lambda: monitor_secret,
        "engine": lambda: installation.lines.engine,
        "thresholds": lambda: installation.thresholds,
        "bridge": lambda: installation.lines.bridge,
        "clock": lambda: installation.now,
        "now_ms": installation.clock,
    }
    return {name: Provide(value, sync_to_thread=False) for name, value in given.items()}


def _machine(installation: Installation) -> Machine:
    """Backups are this process's own where the database is a file of this machine."""
    settings = installation.settings
    is_backed_up = bool(settings.backup.url) and is_sqlite(settings.database_url)
    return Machine(
        sources=_sources(installation),
        disk_used=used_share(Path(settings.data)),
        backup_late_ms=settings.backup.late_ms if is_backed_up else None,
    )


def _sources(installation: Installation) -> tuple[SourceLine, ...]:
    """Whom this process asks, ERPNext aside, and for how long each has been away; a source that is
    switched off answers checks so, and says nothing of itself here."""
    now_ms, settings = installation.clock(), installation.settings
    off = () if settings.oktopus.is_on else (Oktopus.name,)
    lines = [
        SourceLine(name, "closed")
        if away is None
        else SourceLine(name, "open", now_ms - away.ms, away.error)
        for name, away in installation.lines.engine.away().items()
        if name not in off
    ]
    if installation.adviser is not None:
        breaker = installation.adviser.breaker
        state = "stopped" if breaker.stopped else "open" if breaker.opened_at else "closed"
        lines.append(SourceLine("gemini", state, breaker.opened_at, breaker.error))
    return tuple(lines)


def _monitor_secret(settings: Settings) -> Callable[[], str] | None:
    file = settings.monitor.secret_file
    if not file:
        return None
    read_secret(file)  # now: a fault in it stops the start
    return partial(read_secret, file)
