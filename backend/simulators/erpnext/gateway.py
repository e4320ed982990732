"""The way of one request through the site: gate, user, route, transaction, answer, log."""

import asyncio
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from litestar import Request
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from backend.simulators.erpnext import access, files, methods, resources
from backend.simulators.erpnext.asks import Ask
from backend.simulators.erpnext.calls import Call, read_call
from backend.simulators.erpnext.errors import FrappeError, Reply, encode, render, server_messages
from backend.simulators.erpnext.faults import Fault, FaultKind, refusal
from backend.simulators.erpnext.presenting import present
from backend.simulators.erpnext.request_log import Entry, effects_of
from backend.simulators.erpnext.schema import Doc
from backend.simulators.erpnext.site import Session, Site

if TYPE_CHECKING:
    from litestar.types import Message

NO_STORE: Final = "no-store,no-cache,must-revalidate,max-age=0"
SESSION_COOKIES: Final = ("sid=Guest", "system_user=yes", "full_name=", "user_id=", "user_image=")
_DROPS: Final = (FaultKind.CONNECTION_DROPPED, FaultKind.LOST_ANSWER)


class ConnectionDroppedError(Exception):
    """Raised into the server in the middle of an answer, so that it closes the connection."""


async def serve(site: Site, request: Request[Any, Any, Any]) -> "Answer":
    """The answer to one HTTP request."""
    call = await read_call(request)
    fault = site.faults.take(call.method, call.path)
    if fault and fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
    reply = respond(site, call, fault)
    if fault and fault.kind is FaultKind.LOST_ANSWER:
        await asyncio.sleep(fault.seconds)
    dated = {"Date": format_datetime(site.now().astimezone(UTC), usegmt=True), **reply.headers}
    reply = msgspec.structs.replace(reply, headers=dated)
    return Answer(reply, dropped=fault is not None and fault.kind in _DROPS)


def respond(site: Site, call: Call, fault: Fault | None = None) -> Reply:
    """The answer to one request; every effect happens in one transaction, or none does."""
    session = Session(access.GUEST)
    reply = _attempt(site, session, call, fault)
    writes = (
        site.faults.hold(site.database)
        if fault and fault.kind is FaultKind.LATE_COMMIT
        else site.commit()
    )
    status = 0 if fault and fault.kind in _DROPS else reply.status
    at, effects = site.local_now(), effects_of(writes)
    body = call.body or None
    site.log.note(Entry(0, at, call.method, call.path, session.user, body, status, effects))
    return reply


def _attempt(site: Site, session: Session, call: Call, fault: Fault | None) -> Reply:
    stopped = (fault and refusal(fault)) or access.closed(site, call)
    if isinstance(stopped, Reply):
        return stopped
    if isinstance(stopped, FrappeError):
        return _refused(stopped, session, call)
    if fault and fault.kind is FaultKind.CONNECTION_DROPPED:
        return Reply(500, b"", session=False)
    try:
        return _admitted(site, session, call, fault)
    except FrappeError as error:
        site.database.rollback()
        return _refused(error, session, call)
    except Exception:
        site.database.rollback()  # what the simulator cannot read is a 500, without effect
        raise


def _admitted(site: Site, session: Session, call: Call, fault: Fault | None) -> Reply:
    told = access.charge(site, call.method)
    session.user = access.authenticate(site, call.authorization)
    if fault and fault.kind is FaultKind.OFFICE_EDIT:
        site.edit_as_office(fault.doctype, fault.name, **fault.fields)
    reply = _route(site, session, call)
    return Reply(
        reply.status, reply.content, reply.media_type, {**reply.headers, **told}, reply.session
    )


def _route(site: Site, session: Session, call: Call) -> Reply:
    if "/api/method/" in call.path or call.path.startswith("/api/v2/method/"):
        return _call_method(site, session, call)
    if "/files/" in call.path:
        return files.download(site, session.user, call.path)
    found = resources.find(call.method, call.path)
    if found is None:
        return access.werkzeug_page(404, "Not Found", "The requested URL was not found.")
    handler, doctype, name = found
    return resources.answer(handler, Ask(site, session, call, doctype, name))


def _call_method(site: Site, session: Session, call: Call) -> Reply:
    name = call.path.rpartition("/method/")[2]
    if name == "upload_file" and session.user != access.GUEST:
        result: Any = present(site, "File", files.upload(site, session, call))
    else:
        result = methods.find(name, session.user)(Ask(site, session, call))
    key = "data" if _is_v2(call) else "message"
    body: Doc = result.body if isinstance(result, methods.Bare) else {key: result}
    said = {"_server_messages": server_messages(session.said)} if session.said else {}
    return Reply(200, encode({**({} if result is None else body), **said}))


def _refused(error: FrappeError, session: Session, call: Call) -> Reply:
    if call.accept.startswith("text"):
        page = access.werkzeug_page(error.status, error.exc_type, "")
        return page
    reply = render(error, session.said, v2=_is_v2(call))
    if isinstance(error, access.TooManyRequests):
        return Reply(reply.status, reply.content, headers=error.headers)
    return reply


def _is_v2(call: Call) -> bool:
    return call.path.startswith("/api/v2/")


class Answer(ASGIResponse):
    """Sends a reply as Frappe's web server does, or breaks off in the middle."""

    def __init__(self, reply: Reply, *, dropped: bool) -> None:
        super().__init__(status_code=reply.status)
        self._reply = reply
        self._dropped = dropped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """Send it; raises ConnectionDroppedError when it breaks off."""
        if self._dropped:
            await _drop(send)
        await send(_start(self._reply.status, _headers(self._reply)))
        await send({"type": "http.response.body", "body": self._reply.content, "more_body": False})


def _headers(reply: Reply) -> list[tuple[str, str]]:
    headers = {
        "Content-Type": reply.media_type,
        "Content-Length": str(len(reply.content)),
        **reply.headers,
    }
    if not reply.session:
        return list(headers.items())
    cookies = [("Set-Cookie", f"{cookie}; Path=/") for cookie in SESSION_COOKIES]
    return [*headers.items(), ("Cache-Control", NO_STORE), *cookies]


async def _drop(send: Send) -> NoReturn:
    """As near as ASGI comes to no answer: a head that promises a body, then the end."""
    await send(_start(200, [("Content-Length", "4096")]))
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    raise ConnectionDroppedError


def _start(status: int, headers: list[tuple[str, str]]) -> "Message":
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": encoded}
