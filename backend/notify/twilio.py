"""SMS by Twilio's REST API (twilio.com/docs/messaging/api/message-resource)."""

from typing import Final

import httpx

from backend.errors import Refused, Unavailable
from backend.settings import SmsSettings, read_secret

TIMEOUT_S: Final = 10.0


class Twilio:
    """One account's messages; never logs a number or a text."""

    def __init__(
        self, settings: SmsSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._transport = transport

    async def send(self, to: str, text: str) -> None:
        """Hand over one message. Raises Unavailable, and Refused with Twilio's code of why."""
        account = self._settings.account
        form = {"To": to, "From": self._settings.sender, "Body": text}
        try:
            # Few links are sent a day: a client of its own for each keeps nothing open.
            async with self._open() as http:
                answer = await http.post(f"/2010-04-01/Accounts/{account}/Messages.json", data=form)
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise Unavailable(f"http-{answer.status_code}")
        if answer.status_code != httpx.codes.CREATED:
            raise Refused(_kind(answer))

    def _open(self) -> httpx.AsyncClient:
        secret = self._settings.account, read_secret(self._settings.token_file)
        return httpx.AsyncClient(
            base_url=self._settings.url, auth=secret, timeout=TIMEOUT_S, transport=self._transport
        )


def open_twilio(settings: SmsSettings) -> Twilio | None:
    """The account's gateway, None without an account. Raises ValueError without its token."""
    if not settings.account:
        return None
    read_secret(settings.token_file)  # now: a fault in it stops the start
    return Twilio(settings)


def _kind(answer: httpx.Response) -> str:
    """Twilio's own number of the error (21211: no valid number), or the status."""
    try:
        code = answer.json().get("code")
    except (ValueError, AttributeError):
        code = None
    return f"twilio-{code}" if isinstance(code, int) else f"http-{answer.status_code}"
