"""Links by e-mail: one message to one person, at once; neither address nor text is logged."""

import asyncio
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from backend.settings import MailSettings, read_secret
from backend.smtp import MailServer, send_mail

SUBJECT: Final = "Terrain"  # shown on a locked screen: it says nothing of the link


class Mail:
    """The installation's mail server as it sends for the office."""

    def __init__(self, settings: MailSettings) -> None:
        self._sender = settings.sender
        self._server = MailServer(
            settings.host,
            settings.port,
            settings.security,
            settings.user,
            settings.password_file,
        )

    async def send(self, to: str, text: str) -> None:
        """Hand over one message. Raises Unavailable or Refused."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, to, SUBJECT
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        mail.set_content(text)
        await asyncio.to_thread(send_mail, self._server, mail)


def open_mail(settings: MailSettings) -> Mail | None:
    """The mail server's gateway, None without one. Raises ValueError without its password."""
    if not settings.host:
        return None
    if settings.user:
        read_secret(settings.password_file)  # now: a fault in it stops the start
    return Mail(settings)
