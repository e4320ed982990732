"""The technician's pages: the day for a phone that is known, else one button that enrols it."""

import re
from typing import Any, Final, NamedTuple, assert_never

from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from backend.auth.address import client_address, source_of
from backend.auth.body import read_body
from backend.auth.form_token import new_form_token, new_nonce, nonce_of, sent_field
from backend.auth.origin import ForeignOrigin, is_own_origin
from backend.auth.session import (
    COOKIE,
    DeviceSession,
    NoSession,
    Revoked,
    current_session,
    session_cookie,
    session_of,
)
from backend.store.clock import local_date
from backend.store.codes import code_for_link, enrol_by_code, hashed_code, new_code
from backend.store.devices import Enrolled, Refusal, enrol
from backend.store.links import Link, find_link
from backend.store.pull import pull
from backend.store.store import Store
from backend.tech.api import asset, manifest, robots, service_worker, shell
from backend.tech.day import day_view
from backend.tech.language import preferred_language
from backend.tech.reading import reading
from backend.tech.render import DayData, Pages
from backend.tech.site import Site
from backend.tech.words import Lang
from sync.protocol import SyncReply
from sync.visit import Rows

FORM_BYTES: Final = 4096
NONCE_CHARACTERS: Final = 64
# Their icon on the home screen has a storage of its own: work is done there alone.
_APPLE_TOUCH: Final = re.compile("iPhone|iPad|iPod")


class Visit(NamedTuple):
    """One request for a page: from whom, when (UTC ms), in which language.

    `session` is None for a phone that is not known, or no longer; `source` shares a rate limit;
    `agent` is what the browser calls itself.
    """

    site: Site
    pages: Pages
    store: Store
    now_ms: int
    lang: Lang
    session: DeviceSession | None
    source: str
    agent: str


AVisit = NamedDependency[SkipValidation[Visit]]


def tech_routes(site: Site) -> Router:
    """Every route for technicians but the API; the app provides `store` and `now_ms`."""
    pages = [own_day, read_visits, enrol_icon, open_link, enrol_device]
    files = [service_worker, shell, manifest, asset, robots]
    provided = {"site": Provide(lambda: site, sync_to_thread=False), "visit": Provide(_visit)}
    return Router("/", route_handlers=[*pages, *files], dependencies=provided)


@get("/t", media_type=MediaType.HTML)
async def own_day(visit: AVisit) -> Response[str]:
    """The day of the phone's own technician; a phone that is not known is asked for a code."""
    return _code_form(visit, 401) if visit.session is None else await _day(visit, visit.session)


@get("/t/read", media_type=MediaType.HTML)
async def read_visits(visit: AVisit) -> Response[str]:
    """The visits of the phone's technician to be read, where no script of ours runs."""
    if visit.session is None:
        return _code_form(visit, 401)
    data, rows = await _data(visit, visit.session)
    return _html(visit.pages.read(reading(rows, data.today), data, visit.lang))


@post("/t", media_type=MediaType.HTML, status_code=200)
async def enrol_icon(request: Request[Any, Any, Any], visit: AVisit) -> Response[str]:
    """Make the phone known by a code typed in it, and answer with the day.

    Raises ForeignOrigin, SlowDown, or what `read_body` does.
    """
    if not is_own_origin(request):
        raise ForeignOrigin("origin")
    form = await read_body(request, FORM_BYTES)
    if visit.session is not None:
        return await _day(visit, visit.session)
    code, nonce = sent_field(form, "code"), sent_field(form, "nonce")
    if not code or not 0 < len(nonce) <= NONCE_CHARACTERS:
        return _code_form(visit, 403)
    return await _enrol_by_code(visit, code, nonce)


@get("/t/{token:str}", media_type=MediaType.HTML)
async def open_link(visit: AVisit, token: FromPath[str]) -> Response[str]:
    """The day when the phone is known, else a first name and a button. Changes nothing."""
    link = await _link(visit, token)
    if isinstance(link, DeviceSession):
        return await _day(visit, link)
    return _unknown(visit, 404) if link is None else _button(visit, link, token, 200)


@post("/t/{token:str}", media_type=MediaType.HTML, status_code=200)
async def enrol_device(
    request: Request[Any, Any, Any], visit: AVisit, token: FromPath[str]
) -> Response[str]:
    """Make the phone known and answer with the day itself: no second round trip on a weak link.

    Raises ForeignOrigin, or what `read_body` does.
    """
    if not is_own_origin(request):
        raise ForeignOrigin("origin")
    link = await _link(visit, token)
    if isinstance(link, DeviceSession):
        return await _day(visit, link)
    if link is None:
        return _unknown(visit, 404)
    form = await read_body(request, FORM_BYTES)
    nonce = nonce_of(token, sent_field(form, "form_token"))
    if nonce is None:
        return _button(visit, link, token, 403)
    if sent_field(form, "icon"):
        return await _code(visit, link)
    return await _enrol(visit, link, token, nonce)


async def _visit(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> Visit:
    # Before anything is written: a phone must not be enrolled by a server that has no page.
    pages = site.pages
    try:
        cookie = request.cookies.get(COOKIE, "")
        session = await current_session(store, cookie, now_ms)
    except (NoSession, Revoked):
        session = None
    accepted = request.headers.get("accept-language", "")
    lang = preferred_language(accepted, str(request.query_params.get("lang", "")))
    source = source_of(client_address(request, site.proxies))
    agent = "".join(each for each in request.headers.get("user-agent", "") if each.isprintable())
    return Visit(site, pages, store, now_ms, lang, session, source, agent)


async def _link(visit: Visit, token: str) -> DeviceSession | Link | None:
    """The session when it is of the link's technician, else the link when open, else None.

    Unknown, expired and revoked tokens cost the same. Raises SlowDown.
    """
    session, misses = visit.session, visit.site.misses
    if session is None:
        misses.check(visit.source)
    link = await visit.store.read(lambda conn: find_link(conn, token))
    if link is not None and session is not None and link.technician.key == session.technician:
        return session
    if link is not None and link.is_open(visit.now_ms):
        return link
    misses.count(visit.source)
    return None


async def _enrol(visit: Visit, link: Link, token: str, nonce: str) -> Response[str]:
    outcome = await visit.store.writer.run(
        lambda conn: enrol(conn, token, nonce, visit.now_ms, visit.agent)
    )
    if isinstance(outcome, Enrolled):
        return await _opened(visit, outcome)
    return _refused(visit, outcome, link, token)


async def _enrol_by_code(visit: Visit, code: str, nonce: str) -> Response[str]:
    """Counted before it is tried, so that many at once are not tried for one."""
    tries = visit.site.code_misses
    tries.check(visit.source)
    tries.count(visit.source)
    hashed = await hashed_code(code)
    outcome = await visit.store.writer.run(
        lambda conn: enrol_by_code(conn, hashed, nonce, visit.now_ms, visit.agent)
    )
    if not isinstance(outcome, Enrolled):
        return _code_form(visit, 403, is_wrong=True)
    tries.forgive(visit.source)
    return await _opened(visit, outcome)


async def _opened(visit: Visit, enrolled: Enrolled) -> Response[str]:
    response = await _day(visit, session_of(enrolled.device, visit.now_ms))
    response.set_cookie(session_cookie(enrolled.session))
    return response


async def _code(visit: Visit, link: Link) -> Response[str]:
    """A new code for the icon, shown this once."""
    code = await new_code()
    kept = await visit.store.writer.run(
        lambda conn: code_for_link(conn, link, code.hashed, visit.now_ms)
    )
    if not kept:
        return _limit(visit, link)
    return _html(visit.pages.code(code.digits, visit.lang))


def _refused(visit: Visit, refusal: Refusal, link: Link, token: str) -> Response[str]:
    match refusal:
        case Refusal.CLOSED:
            return _unknown(visit, 404)
        case Refusal.STALE:
            return _button(visit, link, token, 403)
        case Refusal.LIMIT:
            return _limit(visit, link)
        case _:
            assert_never(refusal)


async def _day(visit: Visit, session: DeviceSession) -> Response[str]:
    """The first view and the whole snapshot that the app starts from."""
    data, rows = await _data(visit, session)
    return _html(visit.pages.day(day_view(rows, data.today), data, visit.lang))


async def _data(visit: Visit, session: DeviceSession) -> tuple[DayData, Rows]:
    settings = visit.site.settings
    pulled = await visit.store.read(lambda conn: pull(conn, session.technician, ""))
    data = DayData(
        technician=session.technician.partition("/")[2],
        name=session.name,
        device=session.device,
        office_phone=settings.office_phone,
        zone=settings.site_zone.key,
        today=local_date(visit.now_ms, settings.site_zone).isoformat(),
        # No receipts: a phone that waits for some goes on from its own cursor.
        reply=SyncReply(visit.now_ms, pulled.changes, conflicts=pulled.conflicts),
        sticker_host=settings.labels.sticker_host,
    )
    return data, {put.key: put.cells for put in pulled.changes.put}


def _button(visit: Visit, link: Link, token: str, status: int) -> Response[str]:
    first_name = link.technician.name.partition(" ")[0]
    form_token, is_apple = new_form_token(token), _APPLE_TOUCH.search(visit.agent) is not None
    return _html(visit.pages.enrol(first_name, form_token, visit.lang, icon=is_apple), status)


def _code_form(visit: Visit, status: int, *, is_wrong: bool = False) -> Response[str]:
    phone = visit.site.settings.office_phone
    return _html(visit.pages.code_form(new_nonce(), phone, visit.lang, is_wrong=is_wrong), status)


def _limit(visit: Visit, link: Link) -> Response[str]:
    phone = visit.site.settings.office_phone
    return _html(visit.pages.device_limit(link.max_devices, phone, visit.lang), 403)


def _unknown(visit: Visit, status: int) -> Response[str]:
    return _html(visit.pages.unknown_link(visit.site.settings.office_phone, visit.lang), status)


def _html(page: str, status: int = 200) -> Response[str]:
    return Response(page, status_code=status, media_type=MediaType.HTML)
