"""The systems that an installation speaks to."""

import os
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

import msgspec

from backend.settings.values import is_host, is_internal, is_zone


class ErpNextSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where ERPNext is; the token ("key:secret") comes from a file, never from the TOML, and so
    does the secret with which its webhooks are signed ("": none are taken)."""

    url: str = ""
    token_file: str = ""
    webhook_secret_file: str = ""
    mapping: str = ""
    poll_s: float = 30.0

    @property
    def mapping_path(self) -> Path | None:
        """The installation's own mapping file, None for the one that comes with Terrain."""
        return Path(self.mapping) if self.mapping else None


class BlobSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where whole photos are kept: the data folder, or the S3-compatible bucket that `url` names.

    `url` is s3://bucket/prefix, `endpoint` is empty for Amazon's own. The credentials
    ("key:secret") come from a file, never from the TOML.
    """

    url: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    credentials_file: str = ""


class GeminiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is asked about labels that no decoder reads; nobody without a key, or when switched off.

    The key comes from a file, never from the TOML. Prices are in US dollars for a million tokens;
    the day is the site's. `url` is empty for Google's own.
    """

    key_file: str = ""
    enabled: bool = True
    model: str = "gemini-3.5-flash-lite"
    daily_usd: float = 2.0
    daily_photos: int = 20  # of one visit
    usd_in: float = 0.30
    usd_out: float = 2.50
    url: str = ""


class GenieAcsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the northbound interface of GenieACS is ("": modems are not asked through it).

    It has no authentication and runs scripts for whoever reaches it: loopback or a network of our
    own. Raises ValueError for an address on the Internet, or one with credentials in it.
    """

    url: str = ""

    def __post_init__(self) -> None:
        if self.url and not is_internal(self.url):
            raise ValueError(
                "url : adresse interne, sans mot de passe / internal address, no password:"
                " http://127.0.0.1:7557"
            )


class OktopusSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Oktopus controller, for terminals that speak USP (TR-369); off unless the environment has
    OKTOPUS_DISABLED=0.

    `endpoint` makes a terminal's endpoint id of its `{serial}`; the password of `email` comes from
    a file. Raises ValueError for an address on the Internet, or one with credentials in it.
    """

    url: str = ""
    email: str = ""
    password_file: str = ""
    endpoint: str = "{serial}"

    def __post_init__(self) -> None:
        if self.url and not is_internal(self.url):
            raise ValueError(
                "url : adresse interne, sans mot de passe / internal address, no password:"
                " http://127.0.0.1:8000"
            )
        if "{serial}" not in self.endpoint:
            raise ValueError("endpoint : {serial} manque / is missing")

    @property
    def is_on(self) -> bool:
        """Whether it is to be asked at all."""
        return bool(self.url) and os.environ.get("OKTOPUS_DISABLED", "1") == "0"


class BridgeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The modem bridge: where `terrain bridge` listens and which modems it may ask.

    `url` is where this server finds it ("": modems are not asked by their web interface). The
    secret that both share and the modems' passwords come from files, never from the TOML.
    Raises ValueError for an address on the Internet, or one that is every address.
    """

    url: str = ""
    secret_file: str = ""
    host: str = "127.0.0.1"
    port: int = 8710
    networks: tuple[str, ...] = ()
    credentials_file: str = ""
    modem_port: int = 80
    chromium: str = "/usr/bin/chromium"
    sandbox: bool = True

    def __post_init__(self) -> None:
        address = ip_address(self.host)
        if address.is_global or address.is_unspecified:
            raise ValueError(
                "host : adresse de boucle ou interne / loopback or internal address: 127.0.0.1"
            )
        if not (0 < self.port < 65_536 and 0 < self.modem_port < 65_536):
            raise ValueError("port : de 1 à 65535 / from 1 to 65535")
        if self.url and not is_internal(self.url):
            raise ValueError("url : adresse interne / internal address: http://127.0.0.1:8710")


class OltSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One OLT, read by SNMP; `name` is what ERPNext calls it.

    v3 authPriv with a `user` and two keys, else v2c with a community; all of them come from files,
    never from the TOML. `profile` is one of Terrain's or a .toml file, "" the one that goes with
    what the OLT says of itself; `zone` that of its clock, "" the site's. Raises ValueError.
    """

    name: str
    host: str
    port: int = 161
    profile: str = ""
    community_file: str = ""
    user: str = ""
    auth: Literal["sha1", "sha256", "sha512"] = "sha256"
    auth_file: str = ""
    priv: Literal["aes128", "aes192", "aes256"] = "aes128"
    priv_file: str = ""
    zone: str = ""

    def __post_init__(self) -> None:
        if not is_host(self.host):
            raise ValueError("host : adresse ou nom internes / internal address or name")
        if bool(self.user) == bool(self.community_file):
            raise ValueError("user (v3) ou / or community_file (v2c)")
        if bool(self.user) != bool(self.auth_file and self.priv_file):
            raise ValueError("user : auth_file et / and priv_file")
        if not is_zone(self.zone):
            raise ValueError("zone : fuseau horaire / time zone")


class SmsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Twilio, which sends links by SMS; nobody does without an account. The token comes from a
    file, never from the TOML. `sender` is a number of the account, +15145550100."""

    account: str = ""
    token_file: str = ""
    sender: str = ""
    url: str = "https://api.twilio.com"


class MailSecurity(StrEnum):
    """How a mail server is spoken to: TLS once it offers it, TLS from the first byte, or in clear,
    which only a server of this very machine may be."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mail server that sends links by e-mail; nobody does without a host. The password comes
    from a file, never from the TOML. Raises ValueError."""

    host: str = ""
    port: int = 587
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    password_file: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        if self.host and "@" not in self.sender:
            raise ValueError("[mail] host : sender, terrain@example.ca")
        if self.user and not self.password_file:
            raise ValueError("[mail] user : password_file")
        if self.security is MailSecurity.NONE and self.host not in ("", *_THIS_MACHINE):
            raise ValueError('[mail] security = "none" : 127.0.0.1 seulement / only')


_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")


class PushSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Web Push, by a key that `terrain push-key` makes; nobody is told without one. The key comes
    from a file, never from the TOML. `contact` is how a push service reaches the installation's
    owner, https or mailto, "" for its public address."""

    key_file: str = ""
    contact: str = ""


class MonitorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may say that a sector is out: who sends this secret ("": nobody)."""

    secret_file: str = ""
