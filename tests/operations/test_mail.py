"""Links by e-mail: what a mail server gets, and what is said when it gets nothing."""

import logging
from email import message_from_string
from pathlib import Path

import msgspec
import pytest

from backend.errors import Refused, Unavailable
from backend.notify.mail import Mail, open_mail
from backend.settings import MailSettings
from backend.settings.upstreams import MailSecurity
from tests.operations.receivers import Inbox, mail_server

LINK = "https://terrain.example.ca/t/c4n4ry-t0k3n"
TEXT = f"Bonjour Marc, ta journée dans Terrain : {LINK}"


def plain(port: int) -> MailSettings:
    """A server of this machine, spoken to in clear."""
    return MailSettings("127.0.0.1", port, MailSecurity.NONE, sender="terrain@example.ca")


async def test_a_link_arrives_whole_and_its_subject_says_nothing_of_it() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        await Mail(plain(port)).send("marc@example.ca", TEXT)

    [mail] = [message_from_string(each) for each in inbox.mails]
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "marc@example.ca",
        "terrain@example.ca",
        "Terrain",
    )
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert LINK in content.decode()
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@example.ca>")


async def test_a_server_that_is_away_is_told_by_its_kind_and_the_link_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server(Inbox()) as port:
        closed = port

    with pytest.raises(Unavailable) as failure:
        await Mail(plain(closed)).send("marc@example.ca", TEXT)

    assert failure.value.kind == "ConnectionRefusedError"
    assert failure.value.__cause__ is None
    assert "c4n4ry" not in caplog.text


async def test_a_recipient_that_is_refused_is_a_refusal_with_the_servers_code() -> None:
    inbox = Inbox(refuses_recipients=True)

    with mail_server(inbox) as port, pytest.raises(Refused) as failure:
        await Mail(plain(port)).send("personne@example.ca", TEXT)

    assert (failure.value.kind, inbox.mails) == ("smtp-550", [])


async def test_a_server_without_tls_gets_nothing_when_tls_is_asked_for() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        asked = MailSettings("127.0.0.1", port, sender="terrain@example.ca")

        with pytest.raises(Unavailable):
            await Mail(asked).send("marc@example.ca", TEXT)

    assert inbox.mails == []


def test_no_mail_goes_in_clear_to_another_machine() -> None:
    with pytest.raises(ValueError, match="none"):
        MailSettings("smtp.example.ca", 25, MailSecurity.NONE, sender="terrain@example.ca")


@pytest.mark.parametrize(
    "wrong", [{"sender": ""}, {"sender": "t@example.ca", "user": "terrain"}], ids=str
)
def test_a_mail_server_without_sender_or_password_stops_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\[mail\]"):
        msgspec.convert({"host": "smtp.example.ca", **wrong}, MailSettings)


def test_a_password_that_everybody_may_read_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret")
    file.chmod(0o644)
    server = {"user": "terrain", "password_file": str(file), "sender": "terrain@example.ca"}

    with pytest.raises(ValueError, match="password"):
        open_mail(msgspec.convert({"host": "smtp.example.ca", **server}, MailSettings))

    assert open_mail(MailSettings()) is None
