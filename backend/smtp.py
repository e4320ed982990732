"""Hands a message to a mail server (RFC 5321), for alerts and for technicians' links."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import Final, NamedTuple

from backend.errors import Refused, Unavailable
from backend.settings import read_secret
from backend.settings.upstreams import MailSecurity

TIMEOUT_S: Final = 10.0


class MailServer(NamedTuple):
    """Where it listens and how it is spoken to; without a `user` nobody logs in."""

    host: str
    port: int
    security: MailSecurity
    user: str = ""
    password_file: str = ""


def send_mail(server: MailServer, mail: EmailMessage) -> None:
    """Hand over one message; blocks for TIMEOUT_S a step at most. What failed is told by its kind
    alone: an error's text may hold the message. Raises Unavailable or Refused."""
    try:
        with _open(server) as smtp:
            if server.security is MailSecurity.STARTTLS:
                smtp.starttls(context=ssl.create_default_context())
            if server.user:
                smtp.login(server.user, read_secret(server.password_file))
            smtp.send_message(mail)
    except smtplib.SMTPAuthenticationError:
        raise Refused("smtp-login") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise Refused(_of_recipient(error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(type(error).__name__) from None


def _open(server: MailServer) -> smtplib.SMTP:
    place = server.host, server.port
    if server.security is MailSecurity.TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*place, timeout=TIMEOUT_S, context=context)
    return smtplib.SMTP(*place, timeout=TIMEOUT_S)


def _of_recipient(error: smtplib.SMTPRecipientsRefused) -> str:
    codes = sorted(code for code, _ in error.recipients.values())
    return f"smtp-{codes[0]}" if codes else "smtp-refused"
