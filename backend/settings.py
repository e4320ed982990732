"""Everything an installation may set, read once from a TOML file."""

import os
import re
import tomllib
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from backend.upkeep_settings import AlertSettings, BackupSettings, MetricsSettings

WITHOUT_ERPNEXT: Final = "America/Toronto"


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


class StaffSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may open the board: ForwardAuth headers, believed from these proxies only."""

    proxy_secret_file: str = ""
    proxy_addresses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("terrain-dispatch",)


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


class LabelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of labels: by model, in capitals, the regular expression that its serials
    match. Models without one are learned from the equipment in ERPNext."""

    serials: dict[str, str] = {}


class GenieAcsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the northbound interface of GenieACS is ("": modems are not asked through it).

    It has no authentication and runs scripts for whoever reaches it: loopback or a network of our
    own. Raises ValueError for an address on the Internet, or one with credentials in it.
    """

    url: str = ""

    def __post_init__(self) -> None:
        if self.url and not _is_internal(self.url):
            raise ValueError(
                "url : adresse interne, sans mot de passe / internal address, no password:"
                " http://127.0.0.1:7557"
            )


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
        if self.url and not _is_internal(self.url):
            raise ValueError("url : adresse interne / internal address: http://127.0.0.1:8710")


class CheckSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a customer's line is good: an installation's own copy of `thresholds.toml`, "" for the
    one that comes with Terrain."""

    thresholds: str = ""

    @property
    def thresholds_path(self) -> Path | None:
        """The installation's own file, None for the one that comes with Terrain."""
        return Path(self.thresholds) if self.thresholds else None


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
        if not _is_host(self.host):
            raise ValueError("host : adresse ou nom internes / internal address or name")
        if bool(self.user) == bool(self.community_file):
            raise ValueError("user (v3) ou / or community_file (v2c)")
        if bool(self.user) != bool(self.auth_file and self.priv_file):
            raise ValueError("user : auth_file et / and priv_file")
        if not _is_zone(self.zone):
            raise ValueError("zone : fuseau horaire / time zone")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One installation. Relative paths start at the folder in which the process runs."""

    data: str = "var"
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8700
    public_url: str = ""
    zone: str = ""  # of the ERPNext site, which tells it
    office_phone: str = ""
    link_days: int = 14
    devices_per_link: int = 3
    reserve_mib: int = 256  # of the data folder's disk, which phones leave
    pwa: str = "pwa/dist"
    profile: str = "production"
    erpnext: ErpNextSettings = ErpNextSettings()
    staff: StaffSettings = StaffSettings()
    blobs: BlobSettings = BlobSettings()
    gemini: GeminiSettings = GeminiSettings()
    labels: LabelSettings = LabelSettings()
    genieacs: GenieAcsSettings = GenieAcsSettings()
    bridge: BridgeSettings = BridgeSettings()
    checks: CheckSettings = CheckSettings()
    olt: tuple[OltSettings, ...] = ()
    backup: BackupSettings = BackupSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: AlertSettings = AlertSettings()

    @property
    def database_url(self) -> str:
        """The database's URL: SQLite in the data folder unless one is set."""
        return self.database or f"sqlite:///{Path(self.data) / 'terrain.db'}"

    @property
    def reserve_bytes(self) -> int:
        """Below this much free space no phone's work is taken."""
        return self.reserve_mib * 1024**2

    @property
    def site_zone(self) -> ZoneInfo:
        """The time zone of the ERPNext site, in which a job's day is a date."""
        return ZoneInfo(self.zone or WITHOUT_ERPNEXT)

    @property
    def base_url(self) -> str:
        """What phones are told to open."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def board_url(self) -> str:
        """Where the office opens its board, "" without a public address."""
        return f"{self.public_url.rstrip('/')}/board" if self.public_url else ""

    @property
    def is_demo(self) -> bool:
        """The demo profile alone lets the board open without ForwardAuth, on loopback."""
        return self.profile == "demo"


def load(path: str | None = None) -> Settings:
    """Settings from the TOML file named or in TERRAIN_CONFIG; the defaults when there is none.

    Raises ValueError (msgspec.ValidationError among them), which names the key, for an unknown key,
    a wrong type, and a value with which nothing could run.
    """
    name = path or os.environ.get("TERRAIN_CONFIG", "")
    values: dict[str, Any] = tomllib.loads(Path(name).read_text("utf-8")) if name else {}
    settings = msgspec.convert(values, Settings)
    for key, (is_good, wanted) in _GOOD.items():
        if not is_good(getattr(settings, key)):
            raise ValueError(f"{key} = {getattr(settings, key)!r} : {wanted}")
    return settings


def _is_internal(url: str) -> bool:
    """A name is believed: who resolves it is the operator's own network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_plain = parts.scheme in ("http", "https") and parts.path in ("", "/") and "@" not in url
        return is_plain and _is_host(host)
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    """A name, or an address that is not one of the Internet."""
    is_number = host.replace(".", "").isdigit() or ":" in host
    try:
        return bool(host) and not (is_number and ip_address(host).is_global)
    except ValueError:
        return False


def _are_patterns(labels: LabelSettings) -> bool:
    try:
        return all(re.compile(pattern) for pattern in labels.serials.values())
    except re.error:
        return False


def _is_zone(name: str) -> bool:
    try:
        return not name or bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False


_GOOD: Final[dict[str, tuple[Callable[[Any], object], str]]] = {
    "port": (lambda port: 0 < port < 65_536, "de 1 à 65535 / from 1 to 65535"),
    "zone": (_is_zone, "fuseau horaire, par exemple / time zone, for example America/Toronto"),
    "labels": (_are_patterns, "expression régulière fautive / faulty regular expression"),
    "database": (
        re.compile(r"|sqlite:///.+|postgresql://.+").fullmatch,
        "sqlite:///... ou / or postgresql://...",
    ),
    "public_url": (
        re.compile(r"|https?://[^/\s]+/?").fullmatch,
        "adresse sans chemin / address without a path: https://terrain.example.ca",
    ),
    "office_phone": (
        re.compile(r"|(?:[^0-9]*[0-9]){7,}[^0-9]*").fullmatch,
        "numéro de téléphone / phone number",
    ),
}


def read_secret(path: str) -> str:
    """The secret in a file. Raises ValueError when it is missing or empty."""
    file = Path(path)
    secret = file.read_text("utf-8").strip() if file.is_file() else ""
    if not secret:
        raise ValueError(f"{path or '?'} : secret absent ou vide / secret missing or empty")
    return secret
