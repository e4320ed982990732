"""The bridge over HTTP: a modem's status, its objects, how credentials stand; reports as PDF."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_400_BAD_REQUEST

from backend.modem_bridge.bridge import Bridge, Drivers
from backend.modem_bridge.browser import Chromium
from backend.modem_bridge.printer import Compose, Printer
from backend.modem_bridge.protocol import Workers
from backend.modem_bridge.reading import Found, wanted_objects
from backend.modem_bridge.refusals import Standing
from backend.modem_bridge.status import STATUS, Status, status_of
from backend.modem_bridge.trouble import TOLD, Kind, Trouble
from backend.settings import Settings, read_secret

WORKERS: Final = 4  # half a second of processor each to begin, 40 MB each


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Objects to read in one login."""

    objects: tuple[str, ...]
    model: str = ""


class Objects(msgspec.Struct, frozen=True):
    """What was read, by which driver, when (UTC ms)."""

    host: str
    driver: str
    as_of_ms: int
    objects: dict[str, Found]


@get("/health", sync_to_thread=False, opt={"open": True})
def health() -> dict[str, str]:
    """The process answers; says nothing of what it depends on."""
    return {"status": "ok"}


@get("/modems/{host:str}/status")
async def modem_status(
    bridge: NamedDependency[Bridge], host: FromPath[str], model: FromQuery[str] = ""
) -> Status:
    """The consolidated status of one modem."""
    read = await bridge.read(host, model, STATUS)
    return status_of(host, read.driver, read.as_of_ms, read.objects)


@post("/modems/{host:str}/objects", status_code=200)
async def modem_objects(
    bridge: NamedDependency[Bridge], host: FromPath[str], data: JSONBody[Asked]
) -> Objects:
    """Objects of one modem by their names; nothing is ever written."""
    read = await bridge.read(host, data.model, wanted_objects(data.objects))
    return Objects(host, read.driver, read.as_of_ms, dict(read.objects))


@get("/credentials", sync_to_thread=False)
def credentials(bridge: NamedDependency[Bridge]) -> tuple[Standing, ...]:
    """Which credentials are held, and the modems that refused them."""
    return bridge.standings()


@post("/credentials/{name:str}/retry", status_code=200, sync_to_thread=False)
def retry(bridge: NamedDependency[Bridge], name: FromPath[str]) -> tuple[Standing, ...]:
    """Let one modem be tried with a credential that is held. Raises Trouble (no-credential)."""
    if not bridge.try_again(name):
        raise Trouble(Kind.NO_CREDENTIAL)
    return bridge.standings()


@post("/reports", status_code=200, request_max_body_size=256 * 1024)
async def report_pdf(
    request: Request[Any, Any, Any], printer: NamedDependency[Printer]
) -> Response[bytes]:
    """A report as PDF, out of its evidence. Raises Trouble."""
    content = await printer.pdf(await request.body())
    return Response(content, media_type="application/pdf")


def create_bridge_app(
    settings: Settings, compose: Compose, drivers: Drivers | None = None
) -> Litestar:
    """The bridge's application; it ends its `drivers`, its own unless some are given. `compose`
    makes the page of a report to print.

    Raises ValueError for a configuration that cannot work.
    """
    drivers = drivers or _drivers(settings)
    bridge = Bridge(settings.bridge, drivers, settings.is_demo)
    printer = Printer(drivers.chromium, compose)
    secret = read_secret(settings.bridge.secret_file).encode()

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await bridge.close()

    return Litestar(
        route_handlers=[health, modem_status, modem_objects, credentials, retry, report_pdf],
        guards=[_bearer_of(secret)],
        dependencies={
            "bridge": Provide(lambda: bridge, sync_to_thread=False),
            "printer": Provide(lambda: printer, sync_to_thread=False),
        },
        exception_handlers={Trouble: _told, HTTP_400_BAD_REQUEST: _unreadable},
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=64 * 1024,
        state=State({"bridge": bridge}),
    )


def _drivers(settings: Settings) -> Drivers:
    asked = settings.bridge
    return Drivers(Workers(WORKERS), Chromium(asked.chromium, asked.sandbox))


def _bearer_of(secret: bytes) -> Any:
    def bears(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Compared in constant time; two headers are none."""
        given = connection.headers.getall("authorization", [])
        expected = b"Bearer " + secret
        is_right = len(given) == 1 and hmac.compare_digest(given[0].encode("latin-1"), expected)
        if not is_right and not handler.opt.get("open"):
            raise Trouble(Kind.UNAUTHORIZED)

    return bears


def _unreadable(request: Request[Any, Any, Any], _error: HTTPException) -> Response[dict[str, Any]]:
    return _told(request, Trouble(Kind.BAD_OBJECT, "unreadable"))


def _told(_request: Request[Any, Any, Any], trouble: Trouble) -> Response[dict[str, Any]]:
    """What happened and what to do, in both languages."""
    told = TOLD[trouble.kind]
    words = {"fr": told.fr._asdict(), "en": told.en._asdict()}
    body = {"error": trouble.kind.value, "detail": trouble.detail, **words}
    return Response(body, status_code=told.status)
