"""What a source says of a customer's line: each value with its source and its age."""

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Source(StrEnum):
    """Who says it."""

    ONT_TR069 = "ont_tr069"
    ONT_WEB = "ont_web"
    OLT = "olt"
    MANUAL = "manual"


class Confidence(StrEnum):
    """How well the rule is known that made the value of the raw one."""

    CONFIRMED = "confirmed"  # once, against an optical meter or the OLT
    DOCUMENTED = "documented"
    UNCONFIRMED = "unconfirmed"  # sources contradict one another


class SourceState(StrEnum):
    """How a source ended."""

    OK = "ok"
    STALE = "stale"
    TIMEOUT = "timeout"
    ERROR = "error"
    SKIPPED = "skipped"


class Identity(msgspec.Struct, frozen=True):
    """What a terminal may be known by, "" where it is not known; none follows from another."""

    serial: str = ""
    gpon_serial: str = ""
    mac: str = ""


class Reading(msgspec.Struct, Generic[T], frozen=True, rename="camel", omit_defaults=True):
    """One value; `as_of_ms` is when the source itself read it, UTC.

    `raw` is what the source said at `path`, `rule` what made `value`, in `unit`, of it.
    """

    value: T
    source: Source
    as_of_ms: int
    path: str = ""
    raw: str = ""
    unit: str = ""
    rule: str = ""
    confidence: Confidence = Confidence.DOCUMENTED


Text = Reading[str] | None
Number = Reading[float] | None
Count = Reading[int] | None
Flag = Reading[bool] | None


class _Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A part of the summary: None is unknown, never "no"."""


class Interface(_Part, frozen=True):
    """A port or connection; `role` is wan, lan, voip or management, `type` eth, vlan, ip or
    ppp."""

    name: Text = None
    role: Text = None
    type: Text = None
    up: Flag = None
    ip: Text = None
    gateway: Text = None
    vlan: Count = None
    speed_mbps: Number = None
    duplex: Text = None
    error: Text = None


class WifiClient(_Part, frozen=True):
    """A device on the Wi-Fi of the terminal itself."""

    mac: Text = None
    rssi_dbm: Number = None
    rate_mbps: Number = None


class Wifi(_Part, frozen=True):
    """One network; `band` is 2.4, 5 or 6, in GHz."""

    band: Text = None
    ssid: Text = None
    enabled: Flag = None
    up: Flag = None
    channel: Count = None
    width: Text = None
    clients: tuple[WifiClient, ...] = ()


class MeshNode(_Part, frozen=True):
    """A unit of the mesh; `role` is controller or agent, `backhaul` ethernet or wifi."""

    mac: Text = None
    name: Text = None
    role: Text = None
    backhaul: Text = None
    rssi_dbm: Number = None
    parent: Text = None
    clients: int = 0


class OpticalStatus(_Part, frozen=True):
    """The fibre as one source sees it; `olt_rx_dbm` is what the OLT receives of this terminal."""

    rx_dbm: Number = None
    tx_dbm: Number = None
    olt_rx_dbm: Number = None
    temperature_c: Number = None
    supply_v: Number = None
    up: Flag = None


class Pon(_Part, frozen=True):
    """The terminal as its OLT knows it; `state` is online or why it is not, `last_down_cause` why
    it last was not: los, dying-gasp, or another word of the OLT."""

    olt: Text = None
    port: Text = None
    onu_id: Count = None
    state: Text = None
    distance_m: Number = None
    last_down_cause: Text = None
    last_down_at_ms: Count = None
    last_up_at_ms: Count = None


class Host(_Part, frozen=True):
    """A device of the customer's network. Some terminals' `active` cannot be trusted."""

    mac: Text = None
    ip: Text = None
    name: Text = None
    active: Flag = None


class VoiceLine(_Part, frozen=True):
    """A telephone line."""

    number: Text = None
    enabled: Flag = None
    up: Flag = None


class SourceReport(_Part, frozen=True):
    """What one source did; `ms` is how long it took."""

    name: str = ""
    state: SourceState = SourceState.OK
    ms: int = 0
    as_of_ms: int | None = None
    detail: str = ""


class Summary(_Part, frozen=True):
    """All that is known of a terminal, from one source or from many."""

    serial: Text = None
    gpon_sn: Text = None
    mac: Text = None
    model: Text = None
    firmware: Text = None
    uptime_s: Count = None
    last_inform_ms: int | None = None
    interface: tuple[Interface, ...] = ()
    wifi: tuple[Wifi, ...] = ()
    mesh: tuple[MeshNode, ...] = ()
    optical_status: tuple[OpticalStatus, ...] = ()
    pon: tuple[Pon, ...] = ()
    hosts: tuple[Host, ...] = ()
    voice: tuple[VoiceLine, ...] = ()
    sources: tuple[SourceReport, ...] = ()
