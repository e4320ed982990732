"""The office's own login, for an office without Authentik: a page, a session cookie, a way out."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

import jinja2
from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect
from markupsafe import Markup

from backend.auth.address import Networks, client_address, source_of
from backend.auth.body import read_body
from backend.auth.headers import content_security_policy
from backend.auth.misses import Misses
from backend.auth.origin import ForeignOrigin, is_own_origin
from backend.auth.passwords import is_password
from backend.auth.staff import COOKIE
from backend.errors import NotFound, SlowDown
from backend.log import log
from backend.store.staff import SESSION_MS, close_session, find_account, open_session
from backend.store.store import Store

FORM_BYTES: Final = 4096
PER_SOURCE: Final = 10
# Two at once: a flood of logins must not take the memory and the cores from the phones.
AT_ONCE: Final = 2
_HERE: Final = resources.files("backend.auth")
_STYLE: Final = (_HERE / "login.css").read_text("utf-8")
_SHA256: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE: Final = jinja2.Environment(autoescape=True).from_string(
    (_HERE / "login.html.j2").read_text("utf-8")
)


class Fault(NamedTuple):
    """Why nobody was let in, to an office ("vous")."""

    fr: str
    en: str


_WRONG: Final = Fault("Courriel ou mot de passe inexact.", "Wrong e-mail or password.")
_SLOW: Final = Fault(
    "Trop d'essais. Réessayez dans une minute.", "Too many tries. Try again in a minute."
)


class Desk:
    """What the login needs of the installation; `clock` gives seconds, `is_open` is False when
    ForwardAuth is the way in."""

    def __init__(self, *, is_open: bool, proxies: Networks, clock: Callable[[], float]) -> None:
        self.is_open = is_open
        self.proxies = proxies
        self.misses = Misses(clock, PER_SOURCE)
        self.turns = asyncio.Semaphore(AT_ONCE)


ADesk = NamedDependency[Desk]


def login_routes(desk: Desk) -> Router:
    """The login's routes; the app provides `store` and `now_ms`."""
    provided = {"desk": Provide(lambda: desk, sync_to_thread=False)}
    return Router("/board", route_handlers=[login_page, log_in, log_out], dependencies=provided)


@get("/login", media_type=MediaType.HTML)
async def login_page(desk: ADesk) -> Response[str]:
    """The form. Raises NotFound where ForwardAuth is the way in."""
    _check_open(desk)
    return _page(200)


@post("/login", media_type=MediaType.HTML)
async def log_in(
    request: Request[Any, Any, Any],
    desk: ADesk,
    store: NamedDependency[Store],
    now_ms: NamedDependency[int],
) -> Response[Any]:
    """Begin a session and show the board, or the form again with what was wrong.

    Raises NotFound, ForeignOrigin, or what `read_body` does.
    """
    _check_own(request, desk)
    email, password = _typed(await read_body(request, FORM_BYTES))
    source = source_of(client_address(request, desk.proxies))
    try:
        is_known = await _is_known(desk, store, (source, email), password)
    except SlowDown:
        return _page(429, email, _SLOW)
    if not is_known:
        log.warning("login refused", extra={"source": source})
        return _page(401, email, _WRONG)
    value = await store.writer.run(partial(open_session, email=email, now_ms=now_ms))
    response = Redirect("/board", status_code=303)
    response.set_cookie(_cookie(value, SESSION_MS // 1000))
    return response


@post("/logout")
async def log_out(
    request: Request[Any, Any, Any], desk: ADesk, store: NamedDependency[Store]
) -> Redirect:
    """End the caller's session, here and in its browser. Raises NotFound or ForeignOrigin."""
    _check_own(request, desk)
    value = request.cookies.get(COOKIE, "")
    await store.writer.run(partial(close_session, value=value))
    response = Redirect("/board/login", status_code=303)
    response.set_cookie(_cookie("", 0))
    return response


async def _is_known(desk: Desk, store: Store, guessed: tuple[str, str], password: str) -> bool:
    """Whether a source's password for an account is right. Raises SlowDown: a network may not try
    many accounts, nor many networks one account."""
    account = await store.read(partial(find_account, email=guessed[1]))
    stored = account.password_hash if account and account.is_open else None
    async with desk.turns:
        for each in guessed:
            desk.misses.check(each)
        if await is_password(stored, password):
            return True
        for each in guessed:
            desk.misses.count(each)
    return False


def _check_open(desk: Desk) -> None:
    if not desk.is_open:
        raise NotFound


def _check_own(request: Request[Any, Any, Any], desk: Desk) -> None:
    _check_open(desk)
    if not is_own_origin(request):
        raise ForeignOrigin("origin")


def _typed(form: bytes) -> tuple[str, str]:
    """The address and the password in the untrusted body of a form, "" for what is missing."""
    fields = parse_qs(form.decode("utf-8", "replace"))
    email, password = (fields.get(name, [""])[0] for name in ("email", "password"))
    return email.strip().lower().replace("\0", ""), password


def _page(status: int, email: str = "", fault: Fault | None = None) -> Response[str]:
    text = _PAGE.render(style=Markup(_STYLE), email=email, fault=fault)  # noqa: S704 - our own file
    policy = content_security_policy([f"sha256-{_SHA256}"])
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(text, status_code=status, headers=headers, media_type=MediaType.HTML)


def _cookie(value: str, max_age_s: int) -> Cookie:
    """Lax: the board is opened from links in ERPNext too."""
    return Cookie(
        COOKIE,
        value=value,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
        max_age=max_age_s,
    )
