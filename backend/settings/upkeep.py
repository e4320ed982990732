"""What an installation may set of its backups, figures and alerts."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec

LATE: Final = 3  # backups that may be missed before somebody is told
_BUCKET: Final = re.compile(r"s3://[^/\s]+(/\S*)?")


class BackupSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where encrypted backups go: an absolute folder, best another machine's, or the bucket that
    `url` names ("": none are taken by themselves).

    `recipients` are age public keys ("age1..."); whoever holds a private one can restore, and this
    machine needs none. Of the backups the `keep` newest stay, and the last of each of `keep_days`
    days (UTC). `endpoint`, `region` and `credentials_file` as in [blobs]. Raises ValueError.
    """

    url: str = ""
    recipients: tuple[str, ...] = ()
    every_minutes: int = 60
    keep: int = 48
    keep_days: int = 30
    endpoint: str = ""
    region: str = "us-east-1"
    credentials_file: str = ""

    def __post_init__(self) -> None:
        if not self.url:
            return
        if not (Path(self.url).is_absolute() or _BUCKET.fullmatch(self.url)):
            raise ValueError(
                "url : dossier absolu ou s3://seau/préfixe / absolute folder or s3://bucket/prefix"
            )
        if not self.recipients:
            raise ValueError("recipients : clé publique age / age public key (age1...)")
        if min(self.every_minutes, self.keep, self.keep_days) < 1:
            raise ValueError("every_minutes, keep, keep_days : 1 ou plus / 1 or more")

    @property
    def late_ms(self) -> int:
        """A newest backup that is older than this is stale."""
        return LATE * self.every_minutes * 60_000


class MetricsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where Prometheus finds the figures of this process; no `port`: nowhere. They name nobody, and
    have no password: loopback or a network of our own. Raises ValueError."""

    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65_536:
            raise ValueError("port : de 0 à 65535 / from 0 to 65535")
        if ip_address(self.host).is_global:
            raise ValueError("host : adresse de boucle ou interne / loopback or internal address")


class AlertSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told what cannot wait. Addresses that are secrets (a webhook's, the dead-man's
    switch's) and the password of the mail server come from files, never from the TOML. Raises
    ValueError."""

    webhook_file: str = ""
    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password_file: str = ""
    dead_man_file: str = ""

    def __post_init__(self) -> None:
        if self.mail_to and not (self.mail_from and self.smtp_host):
            raise ValueError("mail_to : mail_from et / and smtp_host")
        if self.smtp_user and not self.smtp_password_file:
            raise ValueError("smtp_user : smtp_password_file")

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is told."""
        return bool(self.webhook_file or self.mail_to or self.dead_man_file)
