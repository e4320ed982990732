"""Each check of a line: what it makes of a fault, and why."""

import pytest
from msgspec.structs import replace

from backend.cpe.readings import Identity, OpticalStatus, Pon, VoiceLine
from backend.cpe.thresholds import limits_of, load_thresholds
from backend.cpe.verdict import judge
from backend.cpe.verdict.model import Case, State
from tests.integrations.good_line import (
    AT,
    BRIDGE,
    CASE,
    EXPECTED,
    HOME,
    INTERNET,
    NO_ADDRESS,
    ONLINE,
    PORT,
    REFUSED,
    UPLINK,
    expecting,
    olt,
    read,
    said,
)


def told_mac(mac: str, *, wanted: str) -> Case:
    """The good line, of which one MAC is told and one was assigned."""
    identity = replace(EXPECTED.identity, mac=wanted)
    return replace(read(mac=said(mac)), expectation=replace(EXPECTED, identity=identity))


FAULTS: dict[str, tuple[Case, str]] = {
    "another terminal": (
        read(serial=said("999"), gpon_sn=None),
        "serial_match fail serial-differs",
    ),
    "one number of two is another's": (
        read(serial=said("999")),
        "serial_match warning serial-partly",
    ),
    "an address beside the one on the label": (
        told_mac("1C:61:B4:00:00:01", wanted="1c61b4000000"),
        "serial_match pass good",
    ),
    "such an address alone, which the next in the carton has": (
        replace(
            read(serial=None, gpon_sn=None, mac=said("1C:61:B4:00:00:01")),
            expectation=replace(EXPECTED, identity=Identity(mac="1C61B4000000")),
        ),
        "serial_match unverified serial-unassigned",
    ),
    "another address": (
        told_mac("1C:61:B4:00:00:11", wanted="1c61b4000000"),
        "serial_match warning serial-partly",
    ),
    "nothing was assigned": (
        expecting(identity=Identity()),
        "serial_match unverified serial-unassigned",
    ),
    "what is known is not what was assigned by": (
        expecting(identity=Identity(mac="AA:BB:CC:00:11:22")),
        "serial_match unverified serial-unassigned",
    ),
    "the OLT does not see it": (
        read(pon=(Pon(state=olt("offline"), last_down_cause=olt("dying-gasp")),)),
        "pon_online fail offline",
    ),
    "no light": (
        read(pon=(Pon(state=olt("offline"), last_down_cause=olt("los")),)),
        "pon_online fail no-light",
    ),
    "the same port and OLT in other writing": (
        expecting(olt="est ", port="gpon 0/05/2"),
        "pon_online pass good",
    ),
    "another OLT": (expecting(olt="OUEST"), "pon_online fail wrong-port"),
    "another port": (expecting(port="0/5/3"), "pon_online fail wrong-port"),
    "two places at once": (read(pon=(ONLINE, ONLINE)), "pon_online unverified two-places"),
    "seen an hour ago": (
        read(pon=(Pon(state=olt("online", 3600)),)),
        "pon_online unverified stale",
    ),
    "online at one place, once at another": (
        read(pon=(Pon(port=olt("0/1/1"), state=olt("offline")), ONLINE)),
        "pon_online pass good",
    ),
    "a firmware of yesterday": (
        read(firmware=said("1.2.3", 86_400)),
        "firmware unverified stale",
    ),
    "the connection is down": (
        read(interface=(replace(INTERNET, up=said(False)),)),
        "wan_up fail wan-down",
    ),
    "the account is refused": (
        read(interface=(UPLINK, replace(INTERNET, up=said(False), error=said(REFUSED)))),
        "wan_up fail wan-refused",
    ),
    "a port to the Internet is no connection": (
        read(interface=(replace(UPLINK, type=said("eth")),)),
        "wan_up unverified no-reading",
    ),
    "no address": (
        read(interface=(replace(INTERNET, ip=said(NO_ADDRESS)),)),
        "wan_up fail wan-no-ip",
    ),
    "another firmware is renewed later": (
        read(firmware=said("1.0.0")),
        "firmware warning firmware-other",
    ),
    "no list of firmware": (expecting(firmware=()), "firmware unverified not-expected"),
    "Wi-Fi is off": (read(wifi=(replace(HOME, up=said(False)),)), "wifi_up fail wifi-down"),
    "a network that is disabled is not up": (
        read(wifi=(replace(HOME, enabled=said(False)),)),
        "wifi_up fail wifi-down",
    ),
    "a band that is on and not there": (
        read(wifi=(replace(HOME, up=said(False)), HOME)),
        "wifi_up warning wifi-partly",
    ),
    "a band that is switched off": (
        read(wifi=(HOME, replace(HOME, up=said(False), enabled=said(False)))),
        "wifi_up pass good",
    ),
    "another name": (expecting(ssid="Roy"), "wifi_up fail wifi-name"),
    "no cable": (
        read(interface=(INTERNET, BRIDGE, replace(PORT, up=said(False)))),
        "lan_link warning lan-none",
    ),
    "a bad cable": (
        read(interface=(INTERNET, replace(PORT, speed_mbps=said(100.0)))),
        "lan_link warning lan-slow",
    ),
    "a unit of two": (expecting(mesh_nodes=2), "mesh fail mesh-missing"),
    "a telephone line that is not registered": (
        read(voice=(VoiceLine(up=said(False)),)),
        "voip fail voice-down",
    ),
    "no limit of the OLT's side in that class": (
        replace(CASE, limits=limits_of(load_thresholds(), optical_class="C+")),
        "rx_olt unverified no-limit",
    ),
    "the OLT receives too little": (
        read(optical_status=(OpticalStatus(rx_dbm=said(-27.0), olt_rx_dbm=olt(-28.01)),)),
        "rx_olt fail light-too-low",
    ),
}


@pytest.mark.parametrize(("case", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_wrong_with_a_line(case: Case, told: str) -> None:
    assert told in [f"{each.name} {each.state} {each.reason}" for each in judge(case).checks]


@pytest.mark.parametrize(
    ("ago_s", "state"), [(599, State.WARN), (600, State.PASS), (-5, State.PASS)]
)
def test_light_lost_in_the_last_ten_minutes_is_a_warning(ago_s: int, state: State) -> None:
    down = replace(ONLINE, last_down_cause=olt("LOS"), last_down_at_ms=olt(AT - ago_s * 1000))

    assert judge(read(pon=(down,))).state is state


@pytest.mark.parametrize(
    ("up_ago_s", "state"),
    [
        (29, State.PASS),  # plugged in, and registered since
        (30, State.PASS),  # OLTs tell whole seconds
        (31, State.WARN),  # lost while it was registered
        (-5, State.WARN),  # a clock that is ahead says nothing
    ],
)
def test_light_lost_before_the_present_registration_is_no_warning(
    up_ago_s: int, state: State
) -> None:
    down = replace(ONLINE, last_down_cause=olt("los"), last_down_at_ms=olt(AT - 30_000))
    case = read(pon=(replace(down, last_up_at_ms=olt(AT - up_ago_s * 1000)),))

    assert judge(case).state is state
    assert judge(case, version=1).state is State.WARN


@pytest.mark.parametrize(
    ("up_s", "read_ago_s", "state"),
    [
        (20, 10, State.PASS),  # the terminal started at the instant of the loss
        (21, 10, State.WARN),  # it ran, and lost its light
        (19, 20, State.WARN),  # counted from when it was read
    ],
)
def test_an_olt_without_a_time_of_registration_goes_by_when_the_terminal_started(
    up_s: int, read_ago_s: int, state: State
) -> None:
    down = replace(ONLINE, last_down_cause=olt("los"), last_down_at_ms=olt(AT - 30_000))
    case = read(pon=(down,), uptime_s=said(up_s, read_ago_s))

    assert judge(case).state is state
    assert judge(case, version=2).state is State.WARN
