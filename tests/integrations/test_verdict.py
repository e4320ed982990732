"""The verdict on a line: each check by itself, the worst of the required ones, old ones again."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from backend.cpe.verdict import CURRENT, UnknownVersion, judge
from backend.cpe.verdict.model import Case, CheckName, Expectation, State

GOLDEN = Path(__file__).parents[2] / "sync" / "vectors" / "verdict.json"
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - as terminals say it
AT = 1_795_460_700_000
LIMITS = limits_of(load_thresholds(), optical_class="B+")


def said(value: Any, age_s: int = 10, source: Source = Source.ONT_TR069) -> Reading[Any]:
    return Reading(value, source, AT - age_s * 1000)


def olt(value: Any, age_s: int = 1) -> Reading[Any]:
    return said(value, age_s, Source.OLT)


INTERNET = Interface(name=said("ppp"), role=said("wan"), up=said(True), ip=said("203.0.113.7"))
PORT = Interface(name=said("LAN1"), role=said("lan"), up=said(True), speed_mbps=said(1000.0))
ONLINE = Pon(olt=olt("EST"), port=olt("0/5/2"), state=olt("online"))
HOME = Wifi(ssid=said("Tremblay"), enabled=said(True), up=said(True))
GOOD = Summary(
    serial=said("22275A7000395", 86_400),
    gpon_sn=olt("54504C4797441B58"),
    firmware=said("1.2.3"),
    interface=(INTERNET, PORT),
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


def test_a_good_line_passes_every_check_and_says_by_whom_and_when() -> None:
    verdict = judge(CASE)

    assert verdict.state is State.PASS
    assert [each.name for each in verdict.checks] == list(CheckName)
    assert {each.state for each in verdict.checks} == {State.PASS}
    assert all(each.source and each.measured_at_ms for each in verdict.checks)


FAULTS: dict[str, tuple[Case, str]] = {
    "another terminal": (
        read(serial=said("999"), gpon_sn=None),
        "serial_match fail serial-differs",
    ),
    "one number of two is another's": (
        read(serial=said("999")),
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
    "another port": (expecting(port="0/5/3"), "pon_online fail wrong-port"),
    "two places at once": (read(pon=(ONLINE, ONLINE)), "pon_online unverified two-places"),
    "seen an hour ago": (
        read(pon=(Pon(state=olt("online", 3600)),)),
        "pon_online unverified stale",
    ),
    "the connection is down": (
        read(interface=(replace(INTERNET, up=said(False)),)),
        "wan_up fail wan-down",
    ),
    "the account is refused": (
        read(
            interface=(
                replace(INTERNET, up=said(False), error=said("ERROR_AUTHENTICATION_FAILURE")),
            )
        ),
        "wan_up fail wan-refused",
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
    "another name": (expecting(ssid="Roy"), "wifi_up fail wifi-name"),
    "no cable": (
        read(interface=(INTERNET, replace(PORT, up=said(False)))),
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
    ("case", "state"),
    [
        (read(firmware=said("1.0.0")), State.WARN),
        (read(firmware=said("1.0.0"), pon=()), State.UNKNOWN),
        (read(firmware=said("1.0.0"), pon=(), wifi=(replace(HOME, up=said(False)),)), State.FAIL),
        (read(interface=(INTERNET,)), State.PASS),  # no port is told, and none is required
        (read(firmware=None), State.UNKNOWN),
        (replace(read(firmware=None), expectation=replace(EXPECTED, firmware=())), State.PASS),
        (replace(read(mesh=(), voice=()), expectation=EXPECTED), State.UNKNOWN),
        (
            replace(
                read(mesh=(), voice=()),
                expectation=replace(EXPECTED, mesh_nodes=0, voice_lines=0),
            ),
            State.PASS,
        ),
        (
            read(optical_status=(OpticalStatus(rx_dbm=said(-26.0), olt_rx_dbm=olt(-29.0)),)),
            State.FAIL,
        ),
    ],
)
def test_a_line_is_as_good_as_the_worst_of_what_is_required(case: Case, state: State) -> None:
    assert judge(case).state is state


def test_nothing_that_was_read_is_no_pass() -> None:
    verdict = judge(Case(Summary(), EXPECTED, LIMITS, AT))

    assert {each.state for each in verdict.checks} == {State.UNKNOWN}
    assert verdict.state is State.UNKNOWN


@given(
    gone=st.sets(st.sampled_from(["pon", "interface", "wifi", "optical_status", "mesh", "voice"]))
)
def test_what_no_source_tells_never_passes(gone: set[str]) -> None:
    verdict = judge(read(**dict.fromkeys(gone, ())))

    assert (verdict.state is State.PASS) == (not gone)


@given(later_s=st.integers(0, 10**6))
def test_what_is_old_never_passes(later_s: int) -> None:
    verdict = judge(replace(CASE, at_ms=AT + later_s * 1000))

    is_new = later_s + 10 <= LIMITS.checks.oldest_reading_s
    assert (verdict.state is State.PASS) == is_new


def test_an_old_verdict_is_given_again_by_its_version() -> None:
    for kept in json.loads(GOLDEN.read_text("utf-8"))["replays"]:
        case = msgspec.convert(kept["case"], Case)

        verdict = judge(case, kept["verdict"]["version"])

        assert json.loads(msgspec.json.encode(verdict)) == kept["verdict"]


def test_a_case_can_be_kept_and_read_again() -> None:
    kept = msgspec.json.decode(msgspec.json.encode(CASE), type=Case)

    assert kept == CASE
    assert judge(kept) == judge(CASE)


def test_rules_that_nobody_has_are_refused() -> None:
    with pytest.raises(UnknownVersion, match="version inconnue"):
        judge(CASE, CURRENT + 1)
