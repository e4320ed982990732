"""What a modem may do to the worker that asks it: answer, in bounds, from its own address."""

from typing import Any, Final

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException, Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError

from backend.modem_bridge.trouble import Kind

BODY_BYTES: Final = 512 * 1024


class Unfit(RequestException):
    """An answer that is not read: it leads elsewhere or has no end."""


class Bounded(HTTPAdapter):
    """Sends to one origin alone, follows nothing, reads no more than BODY_BYTES.

    `fault` is the first failure of the wire, which the library's own errors hide; `status` is the
    last answer's.
    """

    def __init__(self, origin: str) -> None:
        super().__init__(max_retries=0)
        self._origin = origin
        self.fault: tuple[Kind, str] | None = None
        self.status = 0

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Raises RequestException, and remembers it."""
        try:
            return self._sent(request, *args, **kwargs)
        except ConnectTimeout:
            self._note(Kind.UNREACHABLE, "")
            raise
        except Timeout:
            self._note(Kind.TIMEOUT, "")
            raise
        except NoConnection:
            self._note(Kind.UNREACHABLE, "")
            raise
        except Unfit as error:
            self._note(Kind.PROTOCOL, str(error))
            raise

    def _sent(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if not (request.url or "").startswith(f"{self._origin}/"):
            raise Unfit("elsewhere")
        response = super().send(request, *args, **(kwargs | {"stream": True}))
        self.status = response.status_code
        if response.is_redirect:
            raise Unfit("redirect")
        response._content = _body(response)  # `stream` left it to us, so that it has a bound
        return response

    def _note(self, kind: Kind, detail: str) -> None:
        self.fault = self.fault or (kind, detail)


def _body(response: Response) -> bytes:
    try:
        body: bytes = response.raw.read(BODY_BYTES + 1, decode_content=True)
    except ReadTimeoutError:
        raise Timeout from None
    except HTTPError:
        raise Unfit("cut") from None
    finally:
        response.close()
    if len(body) > BODY_BYTES:
        raise Unfit("too-large")
    return body


def bounded_session(origin: str) -> tuple[Session, Bounded]:
    """A session of the library's kind that reaches one origin, whatever the environment says."""
    session = Session()
    session.trust_env = False
    session.max_redirects = 0
    session.headers["Accept-Encoding"] = "identity"  # some firmware refuses what it does not know
    adapter = Bounded(origin)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session, adapter
