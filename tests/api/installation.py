"""An installation under test: our handlers over a real store, a clock that stands still."""

import json
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

import brotli
import httpx
from litestar import Litestar, get, post
from litestar.config.compression import CompressionConfig
from litestar.di import NamedDependency, Provide
from litestar.exceptions import InternalServerException
from litestar.params import FromPath
from sqlalchemy import Connection

from backend.auth.answers import exception_handlers
from backend.auth.headers import security_headers
from backend.auth.origin import MEDIA_TYPES, same_origin
from backend.auth.session import DeviceSession, provide_session
from backend.auth.staff import Staff, StaffGate, provide_staff, require_staff
from backend.auth.token import TokenCheck
from backend.settings import LabelSettings, Settings, StaffSettings
from backend.store.clock import Clock
from backend.store.links import CreatedLink, create_link
from backend.store.store import Store, open_store
from backend.tech.dist import load_dist
from backend.tech.page import tech_routes
from backend.tech.site import Site
from tests.given import JULIE, MARC, NOW_MS, TODAY, a_visit, upstream

HOST: Final = "terrain.example.ca"
PROXY: Final = "10.9.0.1"
PROXY_SECRET: Final = b"f3b1c0a9d2e74655a1b2c3d4e5f60718"
STYLE: Final = "body{margin:0}"
STYLE_SHA256: Final = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()
OFFICE_PHONE: Final = "450-555-0199"
STICKER_HOST: Final = "q.isp.example"
CUSTOMER: Final = ("Gisèle Archambault", "1482 rue des Épinettes", "514-555-0142", "Porte jaune")
_WORDS: Final = Path(__file__).parents[2] / "pwa" / "src" / "tech" / "vectors" / "i18n.json"

Result = TypeVar("Result")


class StillClock:
    """The time of an installation, moved by hand; UTC ms."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def move(self, *, seconds: float = 0, days: float = 0) -> None:
        """Let time pass."""
        self.now_ms += round((seconds + days * 86_400) * 1000)


class Installation(NamedTuple):
    """What a test holds: the app, its store and its clock."""

    app: Litestar
    store: Store
    clock: StillClock

    def phone(self, address: str = "203.0.113.7", host: str = HOST) -> httpx.AsyncClient:
        """A browser at an address; it keeps cookies and says where its forms come from."""
        transport = httpx.ASGITransport(cast(Any, self.app), client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=f"https://{host}")

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run a store function in a transaction."""
        return await self.store.writer.run(work)

    async def link(
        self, technician: str = MARC, days: int = 14, max_devices: int = 3
    ) -> CreatedLink:
        """A new link."""
        now_ms = self.clock.now_ms
        return await self.write(
            lambda conn: create_link(conn, technician, now_ms, days, max_devices)
        )


@asynccontextmanager
async def opened(
    database_url: str,
    folder: Path,
    *,
    built: bool = True,
    profile: str = "production",
    secret: bytes = PROXY_SECRET,
    token: TokenCheck | None = None,
) -> AsyncIterator[Installation]:
    """An installation with two technicians and one visit of Marc's; closed afterwards."""
    clock = StillClock()
    store = open_store(database_url, lambda: Clock(clock.now_ms, TODAY), lambda _poked: None)
    settings = Settings(
        office_phone=OFFICE_PHONE,
        profile=profile,
        staff=StaffSettings(proxy_addresses=(PROXY,)),
        labels=LabelSettings(sticker_host=STICKER_HOST),
    )
    dist = load_dist(a_build(folder / "dist")) if built else load_dist(folder / "none")
    site = Site(settings, dist, lambda: clock.now_ms / 1000)
    try:
        gate = StaffGate(settings, secret, token)
        yield Installation(_app(site, store, clock, gate), store, clock)
    finally:
        await store.close()


def people(conn: Connection) -> None:
    """Two technicians; Marc has a visit today at a customer's whose data are CUSTOMER."""
    upstream(conn, 1, MARC, "TECH-1", full_name="Marc Tremblay", active=True)
    upstream(conn, 2, JULIE, "TECH-2", full_name="Julie Côté", active=True)
    name, street, phone, notes = CUSTOMER
    location = "location/00000000-0000-7000-8000-0000000000b1"
    contact = "contact/00000000-0000-7000-8000-0000000000c1"
    upstream(conn, 3, location, "LOC-1", street=street, access_notes=notes)
    upstream(conn, 4, contact, "CON-1", full_name=name, phone=phone)
    a_visit(conn, location=location, contact=contact)


def a_build(folder: Path) -> Path:
    """The built app, as small as it can be."""
    assets = folder / "assets"
    assets.mkdir(parents=True)
    shutil.copy(_WORDS, folder / "i18n.json")
    build = {
        "tech.js": "assets/tech-0a1b2c3d.js",
        "style": STYLE,
        "style_sha256": STYLE_SHA256,
        "assets": ["tech-0a1b2c3d.js"],
    }
    (folder / "build.json").write_text(json.dumps(build), "utf-8")
    (folder / "sw.js").write_text("self.addEventListener('fetch', () => {})", "utf-8")
    (folder / "shell.html").write_text("<!doctype html><title>Terrain</title>", "utf-8")
    (folder / "manifest.webmanifest").write_text('{"name":"Terrain"}', "utf-8")
    (assets / "tech-0a1b2c3d.js").write_text("export {}", "utf-8")
    (assets / "tech-0a1b2c3d.js.br").write_bytes(brotli.compress(b"export {}"))
    (assets / "icon.svg").write_text("<svg/>", "utf-8")
    return folder


def form_token(page: str) -> str:
    """The token in an enrolment page."""
    return page.partition('name="form_token" value="')[2].partition('"')[0]


async def enrolled(phone: httpx.AsyncClient, token: str) -> httpx.Response:
    """Press the button of a link's page."""
    page = await phone.get(f"/t/{token}")
    return await press(phone, token, form_token(page.text))


async def press(phone: httpx.AsyncClient, token: str, form: str, **headers: str) -> httpx.Response:
    """Send the form as a browser does."""
    origin = {"Origin": str(phone.base_url).rstrip("/")}
    return await phone.post(f"/t/{token}", data={"form_token": form}, headers=origin | headers)


@get("/api/whoami")
async def whoami(session: NamedDependency[DeviceSession]) -> DeviceSession:
    """Who the API takes the caller for."""
    return session


@post("/api/echo", guards=[same_origin], status_code=200)
async def echo() -> dict[str, bool]:
    """A state change of the API."""
    return {"changed": True}


@post("/api/upload", guards=[same_origin], status_code=200, opt={MEDIA_TYPES: ("image/png",)})
async def upload() -> dict[str, bool]:
    """A route with another kind of body."""
    return {"changed": True}


@get("/api/broken/{secret:str}")
async def broken(secret: FromPath[str]) -> None:
    """A handler with a bug, whose exception holds what must not be shown."""
    raise RuntimeError(secret)


@get("/api/breaking/{secret:str}")
async def breaking(secret: FromPath[str]) -> None:
    """A handler in which the framework finds the bug."""
    raise InternalServerException(secret)


@get("/t/broken/{secret:str}")
async def broken_page(secret: FromPath[str]) -> None:
    """A page with a bug."""
    raise RuntimeError(secret)


async def board_whoami(staff: NamedDependency[Staff]) -> Staff:
    """Who the board takes the caller for."""
    return staff


def _app(site: Site, store: Store, clock: StillClock, gate: StaffGate) -> Litestar:
    faulty = (broken, breaking, broken_page)
    staff_only = [require_staff(gate)]
    whoami_office = get("/board/whoami", guards=staff_only)(board_whoami)
    guarded = get("/board/open", guards=staff_only)(_open)
    return Litestar(
        [tech_routes(site), whoami, echo, upload, *faulty, whoami_office, guarded],
        dependencies={
            "store": Provide(lambda: store, sync_to_thread=False),
            "now_ms": Provide(lambda: clock.now_ms, sync_to_thread=False),
            "session": Provide(provide_session),
            "staff": Provide(provide_staff, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(OFFICE_PHONE),
        before_send=[security_headers([STYLE_SHA256])],
        logging_config=None,
        compression_config=CompressionConfig(backend="brotli"),
        openapi_config=None,
    )


async def _open() -> dict[str, bool]:
    return {"open": True}
