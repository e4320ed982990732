"""One check by tplinkrouterc6u's EX client, its class pinned: one login, always a logout.

The library's provider tries thirty clients, several of which log in; it is never used.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from requests.exceptions import RequestException
from tplinkrouterc6u import TPLinkEXClient, TPLinkEXClientGCM, TPLinkEXClientGCMOAEP
from tplinkrouterc6u.common.exception import ClientException

from backend.modem_bridge.credentials import Cipher
from backend.modem_bridge.protocol.job import ANSWER_S, LOGOUT_S, Job
from backend.modem_bridge.protocol.wire import bounded_session
from backend.modem_bridge.reading import Found, Report, State, Wanted, found
from backend.modem_bridge.trouble import Kind, Trouble

NO_SUCH_OBJECT: Final = 71011
CLIENTS: Final = {
    Cipher.CBC: TPLinkEXClient,
    Cipher.GCM: TPLinkEXClientGCM,
    Cipher.OAEP: TPLinkEXClientGCMOAEP,
}
# Whatever an answer that is not a modem's makes of the library: it checks by `assert` and by index.
_NOT_UNDERSTOOD: Final = (ClientException, AssertionError, ValueError, LookupError, TypeError)


class _TooLate(BaseException):
    """The time for reading is over; no `except Exception` of the library may swallow it."""


def read_modem(job: Job) -> Report:
    """Read what a job asks for; never raises for what a modem does."""
    session = _Login(job)
    try:
        try:
            with _deadline(job.read_s):
                return Report(session.read(job.wanted), accepted=True)
        finally:
            session.end()
    except _TooLate:
        return Report(kind=Kind.TIMEOUT, accepted=session.accepted)
    except Trouble as trouble:
        return Report(kind=trouble.kind, detail=trouble.detail, accepted=session.accepted)


class _Login:
    """The one login of a check."""

    def __init__(self, job: Job) -> None:
        kind = CLIENTS[job.cipher]
        # HEADERS belongs to the class, and would keep the last modem's TokenID for the next one.
        own: Any = type("Client", (kind,), {"HEADERS": dict(kind.HEADERS)})
        self._client = own(job.url, job.password, job.user, timeout=ANSWER_S)
        self._client.req, self._wire = bounded_session(job.url)
        self.accepted = False

    def read(self, wanted: tuple[Wanted, ...]) -> dict[str, Found]:
        """Log in and read. Raises Trouble."""
        try:
            self._refuse_when_taken()
            self._log_in()
            return {each.oid: self._object(each) for each in wanted}
        except (RequestException, *_NOT_UNDERSTOOD) as error:
            raise self._trouble(error) from None

    def end(self) -> None:
        """Log out, if the modem let us in: nobody else can come in otherwise."""
        if not self.accepted:
            return
        with suppress(_TooLate, RequestException, *_NOT_UNDERSTOOD), _deadline(LOGOUT_S):
            self._client._token = self._client._token or self._client._req_token()
            self._client.logout()

    def _refuse_when_taken(self) -> None:
        """Logging in throws the other one out. A firmware that does not tell is asked no more."""
        answer = self._client.req.post(
            f"{self._client.host}/cgi/getBusy",
            headers={"Referer": f"{self._client.host}/"},
            timeout=ANSWER_S,
        )
        if answer.status_code == 200 and "var isLogined=1;" in answer.text.replace(" =", "="):
            raise Trouble(Kind.SESSION_TAKEN)

    def _log_in(self) -> None:
        client = self._client
        client._nn, client._ee, client._seq = client._req_rsa_key()
        client.REQUEST_RETRIES = 1  # or it sends a login again that was answered by 500
        said: list[int] = []
        told = client._parse_ret_val

        def noted(text: str) -> int:
            said.append(told(text))
            return said[-1]

        client._parse_ret_val = noted
        try:
            client._req_login()
        except ClientException:
            if said and said[-1] == client.HTTP_ERR_USER_PWD_NOT_CORRECT:
                raise Trouble(Kind.WRONG_PASSWORD_OR_LOCKED) from None
            raise
        self.accepted = True
        client._token = client._req_token()

    def _object(self, wanted: Wanted) -> Found:
        act = self._client.ActItem(wanted.operation.value, wanted.oid)
        text, values = self._client.req_act([act])
        said: Any = json.loads(text) if text else {}
        code = int(said.get("errorcode") or 0) if isinstance(said, dict) else 0
        if code == NO_SUCH_OBJECT:
            return Found(State.MISSING, code=code)
        return Found(State.EMPTY, code=code) if code else found(values[0])

    def _trouble(self, error: Exception) -> Trouble:
        if self.accepted and self._wire.status in (401, 403):
            return Trouble(Kind.SESSION_TAKEN)
        kind, detail = self._wire.fault or (Kind.PROTOCOL, type(error).__name__)
        return Trouble(kind, detail)


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise _TooLate in this (the main) thread after so long, whatever it waits for."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise _TooLate

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
