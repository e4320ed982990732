"""Everything an installation may set, read once from a TOML file."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from backend.settings.labels import LabelSettings, are_patterns
from backend.settings.secret_file import read_secret
from backend.settings.staff import StaffSettings, TokenSettings
from backend.settings.upkeep import AlertSettings, BackupSettings, MetricsSettings
from backend.settings.upstreams import (
    BlobSettings,
    BridgeSettings,
    ErpNextSettings,
    GeminiSettings,
    GenieAcsSettings,
    MailSettings,
    MonitorSettings,
    OktopusSettings,
    OltSettings,
    PushSettings,
    SmsSettings,
)
from backend.settings.values import is_zone

__all__ = [
    "BlobSettings",
    "BridgeSettings",
    "CheckSettings",
    "ErpNextSettings",
    "GeminiSettings",
    "GenieAcsSettings",
    "LabelSettings",
    "MailSettings",
    "MonitorSettings",
    "OktopusSettings",
    "OltSettings",
    "PushSettings",
    "Settings",
    "SmsSettings",
    "StaffSettings",
    "TokenSettings",
    "load",
    "read_secret",
]

WITHOUT_ERPNEXT: Final = "America/Toronto"


class CheckSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a customer's line is good: an installation's own copy of `thresholds.toml`, "" for the
    one that comes with Terrain."""

    thresholds: str = ""

    @property
    def thresholds_path(self) -> Path | None:
        """The installation's own file, None for the one that comes with Terrain."""
        return Path(self.thresholds) if self.thresholds else None


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
    oktopus: OktopusSettings = OktopusSettings()
    checks: CheckSettings = CheckSettings()
    olt: tuple[OltSettings, ...] = ()
    backup: BackupSettings = BackupSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: AlertSettings = AlertSettings()
    sms: SmsSettings = SmsSettings()
    mail: MailSettings = MailSettings()
    push: PushSettings = PushSettings()
    monitor: MonitorSettings = MonitorSettings()

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


_GOOD: Final[dict[str, tuple[Callable[[Any], object], str]]] = {
    "port": (lambda port: 0 < port < 65_536, "de 1 à 65535 / from 1 to 65535"),
    "zone": (is_zone, "fuseau horaire, par exemple / time zone, for example America/Toronto"),
    "labels": (are_patterns, "expression régulière fautive / faulty regular expression"),
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
