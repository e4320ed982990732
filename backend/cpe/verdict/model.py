"""What a verdict is made from, and what it says."""

from enum import StrEnum
from typing import Final

import msgspec

from backend.cpe.readings import Identity, Source, Summary
from backend.cpe.thresholds import Limits


class State(StrEnum):
    """How a check ended, in the words of the mutation `verified`. Missing is never a pass."""

    PASS = "pass"  # noqa: S105 - no secret
    WARN = "warning"
    UNKNOWN = "unverified"
    FAIL = "fail"


class CheckName(StrEnum):
    """What is looked at, in the order in which it is shown."""

    SERIAL_MATCH = "serial_match"
    PON_ONLINE = "pon_online"
    RX_ONT = "rx_ont"
    RX_OLT = "rx_olt"
    WAN_UP = "wan_up"
    FIRMWARE = "firmware"
    WIFI_UP = "wifi_up"
    LAN_LINK = "lan_link"
    MESH = "mesh"
    VOIP = "voip"


class Reason(StrEnum):
    """Why a check ended so; the words, and what to do, are in `words.toml`."""

    GOOD = "good"
    NO_READING = "no-reading"
    STALE = "stale"
    IMPLAUSIBLE = "implausible"
    NOT_EXPECTED = "not-expected"
    NO_CLASS = "no-class"
    NO_LIMIT = "no-limit"
    SERIAL_DIFFERS = "serial-differs"
    SERIAL_PARTLY = "serial-partly"
    SERIAL_UNASSIGNED = "serial-unassigned"
    OFFLINE = "offline"
    NO_LIGHT = "no-light"
    WRONG_PORT = "wrong-port"
    TWO_PLACES = "two-places"
    RECENT_LOS = "recent-los"
    LIGHT_LOW = "light-low"
    LIGHT_HIGH = "light-high"
    LIGHT_TOO_LOW = "light-too-low"
    LIGHT_TOO_HIGH = "light-too-high"
    UNIT_UNCONFIRMED = "unit-unconfirmed"
    METER_DIFFERS = "meter-differs"
    ASYMMETRY = "asymmetry"
    HOT = "hot"
    WAN_DOWN = "wan-down"
    WAN_NO_IP = "wan-no-ip"
    WAN_REFUSED = "wan-refused"
    FIRMWARE_OTHER = "firmware-other"
    WIFI_DOWN = "wifi-down"
    WIFI_NAME = "wifi-name"
    WIFI_PARTLY = "wifi-partly"
    LAN_NONE = "lan-none"
    LAN_SLOW = "lan-slow"
    MESH_MISSING = "mesh-missing"
    VOICE_DOWN = "voice-down"


# From the best to the worst. What fails is known to be bad; what nobody saw may be.
WORSE: Final = (State.PASS, State.WARN, State.UNKNOWN, State.FAIL)


class Remark(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a check says besides: it makes a pass a warning. `limit` is not to be passed."""

    reason: Reason
    value: float
    unit: str
    limit: float


class Check(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One line of the verdict. `limit` is the least and the most that is tolerated, in `unit`;
    `margin` is what is left to the nearer one, negative outside."""

    name: CheckName
    state: State
    reason: Reason
    value: float | str | None = None
    unit: str = ""
    limit: tuple[float, float | None] | None = None
    margin: float | None = None
    source: Source | None = None
    measured_at_ms: int | None = None
    is_required: bool = False
    remarks: tuple[Remark, ...] = ()


class Expectation(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the line is to be like; "", 0 and () are not known, or not sold.

    `olt` and `port` are where the terminal belongs, `firmware` the versions that are allowed.
    """

    identity: Identity = Identity()
    olt: str = ""
    port: str = ""
    firmware: tuple[str, ...] = ()
    ssid: str = ""
    mesh_nodes: int = 0
    voice_lines: int = 0


class Case(msgspec.Struct, frozen=True, rename="camel"):
    """All that a verdict follows from, to be kept with it: the same case and version give the same
    verdict for ever. `at_ms` is the instant of the check, UTC: readings are old or new by it."""

    summary: Summary
    expectation: Expectation
    limits: Limits
    at_ms: int


class Verdict(msgspec.Struct, frozen=True, rename="camel"):
    """What was found, by the rules of `version`; `state` is the worst of the required checks."""

    version: int
    state: State
    checks: tuple[Check, ...]
