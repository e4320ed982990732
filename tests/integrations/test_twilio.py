"""Links by SMS: what Twilio is asked, and what its refusals mean."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from backend.errors import Refused, Unavailable
from backend.notify.twilio import Twilio, open_twilio
from backend.settings import SmsSettings

TEXT = "Bonjour Marc"


class Account:
    """Twilio's answers in turn, and what it was asked; as its REST API documents them."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Take a request."""
        self.asked.append(request)
        if not self.answers:
            raise httpx.ConnectError("down")
        return self.answers.pop(0)


def gateway(folder: Path, account: Account) -> Twilio:
    """A client of a configured account."""
    token = folder / "token"
    token.write_text("s3cret", "utf-8")
    settings = SmsSettings("AC1", str(token), "+15145550100")
    return Twilio(settings, httpx.MockTransport(account.answer))


async def test_a_message_is_one_form_with_the_accounts_own_key(tmp_path: Path) -> None:
    account = Account(httpx.Response(201, json={"sid": "SM1"}))

    await gateway(tmp_path, account).send("+15145550142", TEXT)

    [asked] = account.asked
    assert str(asked.url) == "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    assert asked.headers["authorization"] == f"Basic {b64encode(b'AC1:s3cret').decode()}"
    form = parse_qs(asked.content.decode())
    assert form == {"To": ["+15145550142"], "From": ["+15145550100"], "Body": [TEXT]}


@pytest.mark.parametrize(
    ("answers", "fault", "kind"),
    [
        ([httpx.Response(400, json={"code": 21211})], Refused, "twilio-21211"),
        ([httpx.Response(401, text="<html>")], Refused, "http-401"),
        ([httpx.Response(429)], Unavailable, "http-429"),
        ([httpx.Response(503)], Unavailable, "http-503"),
        ([], Unavailable, "ConnectError"),
    ],
)
async def test_what_twilio_refuses_is_told_from_what_it_cannot_do_now(
    tmp_path: Path, answers: list[httpx.Response], fault: type[Refused | Unavailable], kind: str
) -> None:
    with pytest.raises(fault) as raised:
        await gateway(tmp_path, Account(*answers)).send("+15145550142", TEXT)

    assert str(raised.value) == kind


def test_nobody_sends_without_an_account_and_none_opens_without_its_token() -> None:
    assert open_twilio(SmsSettings()) is None
    with pytest.raises(ValueError, match="secret"):
        open_twilio(SmsSettings("AC1", "/nowhere"))
