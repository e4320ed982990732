"""Sends to push services (RFC 8030): to known ones alone, as phones supply the addresses."""

from collections.abc import Sequence
from typing import ClassVar, Final
from urllib.parse import urlsplit

import httpx

from backend.errors import AppError, Refused, Unavailable
from backend.notify.push.encryption import Keys, encrypted
from backend.notify.push.vapid import Vapid

TIMEOUT_S: Final = 10.0
# What was not handed over within this is no news any more.
TTL_S: Final = 4 * 3600
LONGEST_RETRY_S: Final = 3600.0
# The services of Chrome, Firefox, Safari and Edge; a name that begins with a dot is a suffix.
HOSTS: Final = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)
_GONE: Final = (httpx.codes.NOT_FOUND, httpx.codes.GONE)


class ForeignService(AppError):
    """The address is of no push service that we know."""

    code: ClassVar[str] = "push-service"
    status: ClassVar[int] = 400


class Gone(Exception):
    """The browser wants to be told no more."""


def check_endpoint(endpoint: str, hosts: Sequence[str] = HOSTS) -> None:
    """Raise ForeignService for an untrusted address that is none of a known push service: https,
    its usual port, a host of the list, nobody's name in it."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as error:
        raise ForeignService from error
    host = (parts.hostname or "").rstrip(".")
    known = any(host.endswith(each) if each[0] == "." else host == each for each in hosts)
    # Compared with what will be sent to: httpx must not read another host out of it than we did.
    same = parts.netloc == host and endpoint.isascii() and not set(endpoint) & set("\\ \t\r\n")
    if parts.scheme != "https" or port is not None or not known or not same:
        raise ForeignService


class PushClient:
    """Encrypts and hands over messages; never logs an address."""

    def __init__(self, vapid: Vapid, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.vapid = vapid
        self._transport = transport

    async def send(self, endpoint: str, keys: Keys, message: bytes, now_s: int) -> None:
        """Hand over one message; a later one takes its place while it waits at the service.

        Raises Gone, Unavailable, Refused, and ForeignService before anything is sent.
        """
        check_endpoint(endpoint)
        headers = {
            "Authorization": self.vapid.authorization(endpoint, now_s),
            "Content-Encoding": "aes128gcm",
            "TTL": str(TTL_S),
            "Topic": "day",
            "Urgency": "high",
        }
        try:
            body = encrypted(message, keys)
            async with self._open() as http:
                answer = await http.post(endpoint, content=body, headers=headers)
        except ValueError as error:
            raise Refused("keys") from error
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        _check(answer)

    def _open(self) -> httpx.AsyncClient:
        # Redirects are never followed: the place they name was not checked.
        return httpx.AsyncClient(
            timeout=TIMEOUT_S, transport=self._transport, follow_redirects=False, trust_env=False
        )


def _check(answer: httpx.Response) -> None:
    if answer.status_code in _GONE:
        raise Gone
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise Unavailable(f"http-{answer.status_code}", _retry_after(answer))
    if not answer.is_success:
        raise Refused(f"http-{answer.status_code}")


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds (RFC 9110 section 10.2.3), within reason; None when it names none."""
    wish = answer.headers.get("retry-after", "")
    return min(float(wish), LONGEST_RETRY_S) if wish.isdecimal() else None
