"""One modem's state and what it answers: sessions, the lock, objects. No socket, no clock."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from backend.simulators.xx230v.ciphers import EXPONENT, Cipher, Sealed, SignKey

FOLDER: Final = Path(__file__).parent
OBJECTS: Final[dict[str, Any]] = json.loads((FOLDER / "objects.json").read_text("utf-8"))
SCRIPTS: Final = ("crypto.js", "modem.js")

REFUSED: Final = 71233  # wrong password, session limit, or locked: the modem does not say which
BAD_REQUEST: Final = 71234
NO_SUCH_OBJECT: Final = 71011
STRIKES: Final = 5
LOCK_S: Final = 300.0


class Family(StrEnum):
    """What the page's own scripts offer."""

    DM = "dm"
    ACT = "act"
    NEITHER = "neither"


class Request(NamedTuple):
    """What a client sent; the names of headers are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Answer(NamedTuple):
    """What it is sent."""

    status: int
    body: str
    content_type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()


class Login(NamedTuple):
    """One attempt that reached the modem."""

    user: str
    accepted: bool


@dataclass
class Mood:
    """How this modem misbehaves."""

    cipher: Cipher = Cipher.CBC
    family: Family = Family.DM
    slow_s: float = 0.0  # before each answer
    internal_errors: int = 0  # so many 500 first
    login_errors: int = 0  # so many 500 to logins
    taken: bool = False  # somebody is logged in, and stays
    evicted: bool = False  # somebody else logs in right after us
    locked: bool = False
    missing: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()  # success, without data
    redirect: str = ""  # everything is elsewhere
    elsewhere: str = ""  # what the page calls, in every way that it can
    endless: bool = False  # the page never ends
    script: str = ""  # runs in the page before anything else


@dataclass
class _Session:
    sealed: Sealed
    cookie: str = field(default_factory=lambda: secrets.token_hex(15))
    token: str = field(default_factory=lambda: secrets.token_hex(15))


_FORBIDDEN: Final = Answer(403, "<title>403 Forbidden</title>", "text/html")
_NOT_ACCEPTABLE: Final = Answer(406, "<title>406 Not Acceptable</title>", "text/html")
_INTERNAL: Final = Answer(500, "<title>500 Internal Server Error</title>", "text/html")
_NOT_FOUND: Final = Answer(404, "<title>404 Not Found</title>", "text/html")


class Modem:
    """One modem; `logins`, `logouts`, `evictions` and `asked` are what
    happened to it. `clock` gives seconds."""

    def __init__(
        self,
        password: str = "simulated-password",  # noqa: S107
        mood: Mood | None = None,
        clock: Callable[[], float] = lambda: 0.0,
        objects: dict[str, Any] | None = None,
    ) -> None:
        self.user = "user"
        self.password = password
        self.mood = mood or Mood()
        self.logins: list[Login] = []
        self.logouts = 0
        self.evictions = 0
        self.asked: list[str] = []
        self.objects = OBJECTS if objects is None else objects
        self._clock = clock
        self._key = SignKey()
        self._seq = secrets.randbelow(10**9)
        self._session: _Session | None = None
        self._strikes = 0
        self._locked_until = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether somebody is logged in."""
        return self.mood.taken or self._session is not None

    def answer(self, request: Request) -> Answer:
        """What it sends, as a real one would at this moment."""
        if self.mood.redirect:
            return Answer(302, "", headers=(("Location", self.mood.redirect + request.path),))
        if self.mood.internal_errors:
            self.mood.internal_errors -= 1
            return _INTERNAL
        path = request.path.partition("?")[0]
        if path.startswith("/cgi"):
            if not request.headers.get("referer", "").startswith("http"):
                return _FORBIDDEN
            return self._cgi(path, request)
        return self._page(path, request)

    def _cgi(self, path: str, request: Request) -> Answer:
        if path == "/cgi/getGDPRParm":
            key = f'var ee="{EXPONENT:06x}";\nvar nn="{self._key.modulus}";\n'
            return Answer(200, f'[cgi]0\n{key}var seq="{self._seq}";\n$.ret=0;\n[error]0\n')
        if path == "/cgi/getBusy":
            return Answer(200, f"var isLogined={int(self.is_taken)};\nvar isBusy=0;\n$.ret=0;\n")
        if path != "/cgi_gdpr":
            return _NOT_FOUND
        session = self._session
        if session is not None and _is_of(session, request):
            return self._call(request, session.sealed)
        return _FORBIDDEN if "tokenid" in request.headers else self._login(request)

    def _login(self, request: Request) -> Answer:
        if self.mood.login_errors:
            self.mood.login_errors -= 1
            self.logins.append(Login("?", accepted=False))
            return _INTERNAL
        try:
            lines = _lines(request.body)
            signed = self._key.opened(lines["sign"], self.mood.cipher)
            sealed = Sealed(self.mood.cipher, signed["key"], signed["iv"])
            asked = json.loads(sealed.opened(lines["data"], lines.get("tag", "")))
            given = [_plain(asked["data"][name]) for name in ("UserName", "Passwd")]
        except (ValueError, KeyError):
            return _NOT_ACCEPTABLE
        if signed["s"] != str(self._seq + len(lines["data"])):
            return _NOT_ACCEPTABLE
        return self._judged(given, sealed)

    def _judged(self, given: list[str], sealed: Sealed) -> Answer:
        is_locked = self.mood.locked or self._clock() < self._locked_until
        accepted = given == [self.user, self.password] and not is_locked
        self.logins.append(Login(given[0], accepted))
        if not accepted:
            self._strike()
            return Answer(200, sealed.sealed(f"$.ret={REFUSED};"))
        self._strikes = 0
        self.evictions += int(self.is_taken)
        self._session = _Session(sealed)
        cookie = f"JSESSIONID={self._session.cookie}; Path=/; HttpOnly"
        return Answer(200, sealed.sealed("$.ret=0;"), headers=(("Set-Cookie", cookie),))

    def _strike(self) -> None:
        self._strikes += 1
        if self._strikes >= STRIKES:
            self._strikes, self._locked_until = 0, self._clock() + LOCK_S

    def _call(self, request: Request, sealed: Sealed) -> Answer:
        try:
            lines = _lines(request.body)
            signed = self._key.opened(lines["sign"], self.mood.cipher)
            asked = json.loads(sealed.opened(lines["data"], lines.get("tag", "")))
        except (ValueError, KeyError):
            return _NOT_ACCEPTABLE
        if signed.get("s") != str(self._seq + len(lines["data"])):
            return _NOT_ACCEPTABLE
        if asked["oid"] == "/cgi/logout":
            self._session = None
            self.logouts += 1
            return Answer(200, "")
        if self.mood.evicted:
            self._session = _Session(sealed)
            return _FORBIDDEN
        self.asked.append(f"{asked['operation']} {asked['oid']}")
        return Answer(200, sealed.sealed(json.dumps(self._read(asked))))

    def _read(self, asked: dict[str, Any]) -> dict[str, Any]:
        oid, operation = asked["oid"], asked["operation"]
        if operation not in ("go", "gl") or oid not in self.objects or oid in self.mood.missing:
            code = NO_SUCH_OBJECT if operation in ("go", "gl") else BAD_REQUEST
            return {"success": False, "errorcode": code}
        if oid in self.mood.empty:
            return {"success": True}
        found = self.objects[oid]
        rows = found if isinstance(found, list) else [found]
        names = set(asked["data"]) - {"stack", "pstack"}
        chosen = [
            {key: value for key, value in row.items() if not names or key in names}
            | {"stack": f"{number},0,0,0,0,0"}
            for number, row in enumerate(rows, start=1)
        ]
        return {"data": chosen if operation == "gl" else chosen[0], "success": True}

    def _page(self, path: str, request: Request) -> Answer:
        name = path.removeprefix("/js/")
        if name in SCRIPTS:
            return Answer(200, _file(name), "text/javascript")
        if path == "/sw.js":
            worker = _file("sw.js").replace("%ELSEWHERE%", self.mood.elsewhere)
            return Answer(200, worker, "text/javascript")
        if path != "/":
            return _NOT_FOUND
        session = self._session
        cookie = request.headers.get("cookie", "")
        is_in = session is not None and f"JSESSIONID={session.cookie}" in cookie
        page = _file("main.html" if is_in else "login.html").replace("%SETTINGS%", self._settings())
        token = session.token if session else ""
        return Answer(200, page.replace("%TOKEN%", token).replace("%USER%", self.user), "text/html")

    def _settings(self) -> str:
        mood = self.mood
        values = {"family": mood.family, "cipher": mood.cipher, "elsewhere": mood.elsewhere}
        return mood.script + "".join(f"var {name}={json.dumps(v)};" for name, v in values.items())


def _is_of(session: _Session, request: Request) -> bool:
    has_cookie = f"JSESSIONID={session.cookie}" in request.headers.get("cookie", "")
    return has_cookie and request.headers.get("tokenid") == session.token


def _lines(body: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in body.split("\r\n") if line)
    return {name: value for name, _, value in pairs}


def _plain(text: str) -> str:
    return base64.b64decode(text).decode()


def _file(name: str) -> str:
    return (FOLDER / "page" / name).read_text("utf-8")
