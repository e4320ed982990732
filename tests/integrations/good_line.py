"""A line on which all is well, and what a source may say of it otherwise."""

from typing import Any

from msgspec.structs import replace

from backend.cpe.readings import (
    Identity,
    Interface,
    MeshNode,
    OpticalStatus,
    Pon,
    Reading,
    Source,
    Summary,
    VoiceLine,
    Wifi,
)
from backend.cpe.thresholds import limits_of, load_thresholds
from backend.cpe.verdict.model import Case, Expectation

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - as terminals say it
AT = 1_795_460_700_000
LIMITS = limits_of(load_thresholds(), optical_class="B+")


def said(value: Any, age_s: int = 10, source: Source = Source.ONT_TR069) -> Reading[Any]:
    return Reading(value, source, AT - age_s * 1000)


def olt(value: Any, age_s: int = 1) -> Reading[Any]:
    return said(value, age_s, Source.OLT)


INTERNET = Interface(role=said("wan"), type=said("ppp"), up=said(True), ip=said("203.0.113.7"))
UPLINK = Interface(role=said("wan"), type=said("ip"), up=said(True))
REFUSED = "ERROR_AUTHENTICATION_FAILURE"
BRIDGE = Interface(role=said("lan"), type=said("ip"), up=said(True), ip=said("192.168.0.1"))
PORT = Interface(
    name=said("LAN1"),
    role=said("lan"),
    type=said("eth"),
    up=said(True),
    speed_mbps=said(1000.0),
)
ONLINE = Pon(olt=olt("EST"), port=olt("0/5/2"), state=olt("online"))
HOME = Wifi(ssid=said("Tremblay"), enabled=said(True), up=said(True))
GOOD = Summary(
    serial=said("22275A7000395", 86_400),
    gpon_sn=olt("54504C4797441B58"),
    firmware=said("1.2.3"),
    interface=(INTERNET, BRIDGE, PORT),
    wifi=(HOME,),
    mesh=(MeshNode(role=said("controller")), MeshNode(role=said("agent"))),
    optical_status=(OpticalStatus(rx_dbm=said(-21.5)), OpticalStatus(olt_rx_dbm=olt(-22.0))),
    pon=(ONLINE,),
    voice=(VoiceLine(number=said("4505550100"), enabled=said(True), up=said(True)),),
)
EXPECTED = Expectation(
    Identity("22275a7-000395", "TPLG97441B58"),
    olt="EST",
    port="0/5/2",
    firmware=("1.2.3", "1.2.4"),
    ssid="Tremblay",
    mesh_nodes=1,
    voice_lines=1,
)
CASE = Case(GOOD, EXPECTED, LIMITS, AT)


def read(**changed: Any) -> Case:
    """The good line, but for what these sources say."""
    return replace(CASE, summary=replace(GOOD, **changed))


def expecting(**changed: Any) -> Case:
    """The good line, of which something else was expected."""
    return replace(CASE, expectation=replace(EXPECTED, **changed))
