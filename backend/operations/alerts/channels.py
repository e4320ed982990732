"""Sends alerts: a webhook, an e-mail, and the ping whose absence somebody else notices."""

import asyncio
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any, Final

import httpx

from backend.errors import Refused, Unavailable
from backend.operations.alerts.words import Message
from backend.settings import read_secret
from backend.settings.upkeep import AlertSettings
from backend.settings.upstreams import MailSecurity
from backend.smtp import MailServer, send_mail

TIMEOUT_S: Final = 10.0


async def send(settings: AlertSettings, message: Message) -> None:
    """By every channel that is configured. Raises Unavailable or Refused of the first that fails:
    then it is sent again by all."""
    if settings.webhook_file:
        await _post(read_secret(settings.webhook_file), message._asdict())
    if settings.mail_to:
        await asyncio.to_thread(_mail, settings, message)


async def ping(settings: AlertSettings) -> None:
    """Say to the dead-man's switch that all goes on. Raises Unavailable or Refused."""
    await _post(read_secret(settings.dead_man_file), {})


async def _post(url: str, body: Mapping[str, Any]) -> None:
    """The address is a secret: whoever knows it may write there."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http:
            answer = await http.post(url, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(type(error).__name__) from None
    if answer.status_code >= 500 or answer.status_code in (408, 429):
        raise Unavailable(f"http-{answer.status_code}")
    if answer.status_code >= 300:
        raise Refused(f"http-{answer.status_code}")


def _mail(settings: AlertSettings, message: Message) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = settings.mail_from, ", ".join(settings.mail_to)
    mail["Subject"] = message.title
    mail.set_content(message.text)
    # An alert names no customer and carries no secret: a relay of the house may take it in clear.
    security = MailSecurity.STARTTLS if settings.smtp_user else MailSecurity.NONE
    login = settings.smtp_user, settings.smtp_password_file
    send_mail(MailServer(settings.smtp_host, settings.smtp_port, security, *login), mail)
