"""What is kept of a verdict: enough to give it again, bounded, nothing of the customer's own."""

import msgspec
from msgspec.structs import replace

from backend.cpe.check.evidence import Evidence, encoded
from backend.cpe.readings import Host, MeshNode, Summary, WifiClient
from backend.cpe.verdict import judge
from backend.cpe.verdict.model import Case, Expectation
from tests.integrations.check_faults import LIMITS
from tests.integrations.check_given import AT_MS, TARGET, good_acs, says

MOST = 64 * 1024


def evidence(summary: Summary) -> Evidence:
    """Of a check that saw this."""
    case = Case(summary, Expectation(TARGET.identity, TARGET.olt, TARGET.port), LIMITS, AT_MS)
    return Evidence("job/1", (), {}, AT_MS, AT_MS, case, judge(case))


def test_evidence_gives_the_same_verdict_again() -> None:
    kept = msgspec.json.decode(encoded(evidence(good_acs()), MOST), type=Evidence)

    assert judge(kept.case, kept.verdict.version) == kept.verdict


def test_customers_own_devices_are_not_kept() -> None:
    seen = good_acs()
    wifi = replace(seen.wifi[0], clients=(WifiClient(mac=says("02:00:00:00:00:01")),))
    summary = replace(seen, wifi=(wifi,), hosts=(Host(name=says("iPhone-de-Gisele")),))

    body = encoded(evidence(summary), MOST)

    assert b"Gisele" not in body
    assert b"02:00:00:00:00:01" not in body
    assert b"Maison" in body


def test_what_has_no_room_is_left_out_and_named() -> None:
    node = MeshNode(name=says("x" * 500))
    summary = replace(good_acs(), mesh=(node,) * 200)

    body = encoded(evidence(summary), MOST)

    kept = msgspec.json.decode(body, type=Evidence)
    assert len(body) <= MOST
    assert kept.dropped == ("mesh",)
    assert kept.case.summary.wifi
