"""The verdict on a line: the worst of what is required, and the same again for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backend.cpe.genieacs.decode import summary
from backend.cpe.readings import Identity, OpticalStatus, Reading, Source, Summary
from backend.cpe.verdict import CURRENT, UnknownVersion, judge
from backend.cpe.verdict.model import Case, CheckName, Expectation, Reason, State
from backend.simulators.genieacs import xx230v
from backend.simulators.genieacs.terminal import Known
from tests.integrations.good_line import AT, CASE, EXPECTED, HOME, INTERNET, LIMITS, olt, read, said

GOLDEN = Path(__file__).parents[2] / "sync" / "vectors" / "verdict.json"


def test_a_good_line_passes_every_check_and_says_by_whom_and_when() -> None:
    verdict = judge(CASE)

    assert verdict.state is State.PASS
    assert [each.name for each in verdict.checks] == list(CheckName)
    assert {each.state for each in verdict.checks} == {State.PASS}
    assert all(each.source and each.measured_at_ms for each in verdict.checks)


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


def test_a_terminal_is_judged_by_what_genieacs_tells_of_it() -> None:
    at = datetime.fromtimestamp(AT / 1000, UTC)
    known = Known(xx230v(), at)
    known.learn(xx230v().below(""), at)
    told = summary(known.document())
    serial = Expectation(Identity("22275A7000395"), ssid="Gigafibre-1234", mesh_nodes=1)

    checks = judge(Case(told, serial, LIMITS, AT)).checks

    assert {each.name for each in checks if each.state is State.PASS} == {
        CheckName.SERIAL_MATCH,
        CheckName.RX_ONT,
        CheckName.WAN_UP,
        CheckName.WIFI_UP,
        CheckName.LAN_LINK,
        CheckName.MESH,
    }
    assert {each.state for each in checks} == {State.PASS, State.UNKNOWN}


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


def test_a_line_to_which_nobody_assigned_a_terminal_says_so() -> None:
    nothing = Case(Summary(), Expectation(), CASE.limits, CASE.at_ms)
    assigned = replace(nothing, expectation=CASE.expectation)

    reasons = [judge(each).checks[0].reason for each in (nothing, assigned)]

    assert reasons == [Reason.SERIAL_UNASSIGNED, Reason.NO_READING]
    assert judge(nothing).state is State.UNKNOWN
    assert judge(nothing, 3).checks[0].reason is Reason.NO_READING


def test_a_meter_is_heard_beside_an_olt_since_version_four() -> None:
    at, limits = CASE.at_ms, CASE.limits
    told = ((-21.5, Source.ONT_TR069), (-21.0, Source.OLT), (-26.2, Source.MANUAL))
    status = tuple(OpticalStatus(rx_dbm=Reading(dbm, who, at)) for dbm, who in told)
    case = Case(Summary(optical_status=status), Expectation(), limits, at)

    reasons = [judge(case, version).checks[2].reason for version in (3, 4)]

    assert reasons == [Reason.GOOD, Reason.METER_DIFFERS]


def test_a_terminal_that_gives_its_gpon_serial_for_its_serial_is_the_one() -> None:
    expected, said = CASE.expectation.identity, CASE.summary.serial
    assert said
    given = replace(said, value=expected.gpon_serial)
    case = replace(CASE, summary=replace(CASE.summary, serial=given))
    another = replace(given, value="TPLG00000000")

    assert expected.serial != expected.gpon_serial
    assert [judge(case, version).checks[0].state for version in (5, 6)] == [State.WARN, State.PASS]
    odd = replace(case, summary=replace(case.summary, gpon_sn=another))
    assert judge(odd).checks[0].reason is Reason.SERIAL_PARTLY
    assert judge(replace(odd, summary=replace(odd.summary, serial=another))).state is State.FAIL


def test_light_at_the_olt_counts_only_where_somebody_tells_it() -> None:
    """Few OLTs do: a line would else never pass."""
    status = tuple(replace(each, olt_rx_dbm=None) for each in CASE.summary.optical_status)
    unseen = replace(CASE, summary=replace(CASE.summary, optical_status=status))

    [rx_olt] = [each for each in judge(unseen).checks if each.name is CheckName.RX_OLT]

    assert (rx_olt.state, rx_olt.is_required) == (State.UNKNOWN, False)
    assert judge(unseen).state is State.PASS


@given(ahead_s=st.integers(301, 10**7))
def test_what_is_dated_after_now_never_passes(ahead_s: int) -> None:
    """An ACS whose clock is ahead would else make values of last week those of this minute."""
    dated = replace(CASE, at_ms=AT - ahead_s * 1000 - 10_000)

    assert judge(dated).state is State.UNKNOWN
    assert judge(dated, 4).state is State.PASS


def test_a_clock_that_is_a_little_ahead_takes_no_pass_away() -> None:
    assert judge(replace(CASE, at_ms=AT - 250_000)).state is State.PASS
