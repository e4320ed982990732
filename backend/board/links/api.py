"""Technicians' links on the board: listed, made, sent, extended, revoked."""

from functools import partial
from typing import Any, ClassVar, NamedTuple

import msgspec
import segno
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.auth.body import read_body
from backend.auth.staff import Staff
from backend.board.asked import read_asked
from backend.board.links.lines import Extension, LinkLine, MadeLink, NewLink, link_lines
from backend.board.links.sending import MAIL, Gateway, Recipient, Ways, message, recipient_of
from backend.board.today.view import Moment
from backend.errors import AppError, NotFound, Refused, Unavailable, Unreadable
from backend.settings import Settings
from backend.store.clock import DAY_MS
from backend.store.codes import CODE_MS, Code, create_code, new_code
from backend.store.connection import Connection
from backend.store.devices import enrolled_phones
from backend.store.links import create_link, extend_link, list_links, revoke_link
from backend.store.messages import Sent, messages_of, note_message
from backend.store.store import Store

_BODY_BYTES = 4096


class NoGateway(AppError):
    """Nobody carries SMS for this installation."""

    code: ClassVar[str] = "no-gateway"
    status: ClassVar[int] = 409


class NoMail(AppError):
    """No mail server carries e-mail for this installation."""

    code: ClassVar[str] = "no-mail"
    status: ClassVar[int] = 409


class Carried(NamedTuple):
    """Whom a link goes to, and who carries it."""

    recipient: Recipient
    gateway: Gateway


@get("/board/api/links")
async def show_links(
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Every link as a LinkLine; no token is in any."""
    lines = await store.read(partial(_lines, moment=Moment(now_ms, settings.site_zone)))
    return Response(msgspec.json.encode(lines), media_type="application/json")


@post("/board/api/links", status_code=201)
async def make_link(
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],
    store: NamedDependency[Store],
    settings: NamedDependency[Settings],
    ways: NamedDependency[Ways],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Make the link of a NewLink, send it if asked, and answer a MadeLink: its address is told here
    alone. A message that did not go leaves the link. Raises Unreadable, NotFound, NoGateway or
    NoMail."""
    asked = read_asked(await read_body(request, _BODY_BYTES), NewLink)
    carried = _carried(asked, ways)
    code = await new_code() if asked.code else None
    try:
        made = await store.writer.run(lambda conn: _make(conn, asked, code, (settings, now_ms)))
    except LookupError as error:
        raise NotFound from error
    if carried is not None:
        made = await _sent(made, carried, asked, store, (staff.email, now_ms))
    headers = {"Cache-Control": "no-store"}
    body = msgspec.json.encode(made)
    return Response(body, status_code=201, headers=headers, media_type="application/json")


@post("/board/api/links/{link:str}/extend", status_code=200)
async def extend(
    link: FromPath[str],
    request: Request[Any, Any, Any],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> dict[str, int]:
    """Let a link enrol for longer; answers its new end. Raises NotFound, for a revoked one too."""
    days = read_asked(await read_body(request, _BODY_BYTES), Extension).days
    ends = await store.writer.run(lambda conn: extend_link(conn, link, days, now_ms))
    if ends is None:
        raise NotFound
    return {"expiresAt": ends}


@post("/board/api/links/{link:str}/revoke", status_code=204)
async def revoke(
    link: FromPath[str],
    staff: NamedDependency[Staff],  # noqa: ARG001  (its provider refuses everybody else)
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> None:
    """End a link and the sessions of its phones; what they still hold stays on them. Raises
    NotFound."""
    if not await store.writer.run(lambda conn: revoke_link(conn, link, now_ms)):
        raise NotFound


def _lines(conn: Connection, moment: Moment) -> tuple[LinkLine, ...]:
    links = list_links(conn)
    sent = messages_of(conn, [each.id for each in links])
    return link_lines(links, enrolled_phones(conn), sent, moment)


def _carried(asked: NewLink, ways: Ways) -> Carried | None:
    """Whom it goes to and who carries it, None when it is only shown."""
    if not asked.to:
        return None
    recipient = recipient_of(asked.to)
    if recipient is None:
        raise Unreadable("mail" if "@" in asked.to else "number")
    gateway: Gateway | None = getattr(ways, recipient.way)
    if gateway is None:
        raise NoMail if recipient.way == MAIL else NoGateway
    return Carried(recipient, gateway)


def _make(
    conn: Connection, asked: NewLink, code: Code | None, at: tuple[Settings, int]
) -> MadeLink:
    settings, now_ms = at
    door = f"{settings.base_url.rstrip('/')}/t/"
    if code is not None:
        made = create_code(conn, asked.technician, code.hashed, now_ms)
        return MadeLink(made.id, door, _qr(door), code.digits, now_ms + CODE_MS)
    days = asked.days or settings.link_days
    made = create_link(conn, asked.technician, now_ms, days, settings.devices_per_link)
    url = f"{door}{made.token}"
    return MadeLink(made.id, url, _qr(url), "", now_ms + days * DAY_MS)


async def _sent(
    made: MadeLink,
    carried: Carried,
    asked: NewLink,
    store: Store,
    by: tuple[str, int],
) -> MadeLink:
    """The link, sent to somebody, with what came of it noted."""
    (recipient, gateway), (author, now_ms) = carried, by
    name = await store.read(lambda conn: _first_name(conn, made.id))
    error = await _send(gateway, recipient.address, message(name, made, asked.lang))
    noted = Sent(now_ms, author[:140], made.id, recipient.way, recipient.masked, error)
    await store.writer.run(lambda conn: note_message(conn, noted))
    return msgspec.structs.replace(made, sent=error or "sent")


def _first_name(conn: Connection, link: str) -> str:
    named = (each.technician.name for each in list_links(conn) if each.id == link)
    return next(named, "").split(" ")[0]


async def _send(gateway: Gateway, to: str, text: str) -> str:
    """Why it did not go, "" when it did."""
    try:
        await gateway.send(to, text)
    except (Unavailable, Refused) as error:
        return error.kind[:80]
    return ""


def _qr(url: str) -> tuple[str, ...]:
    """A row of 0 and 1 for each line of modules, without the quiet zone; none over plain http,
    where a phone has no service worker, camera or cookie."""
    if not url.startswith("https://"):
        return ()
    return tuple("".join(str(each) for each in row) for row in segno.make(url, error="m").matrix)
