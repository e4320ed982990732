"""The light of a line against its limits, by the golden cases that the phone runs as well."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cpe.readings import OpticalStatus, Reading, Source, Summary
from backend.cpe.thresholds import Limits, Thresholds, limits_of, load_thresholds
from backend.cpe.units import PLAUSIBLE_DBM
from backend.cpe.verdict import judge
from backend.cpe.verdict.light import judged
from backend.cpe.verdict.model import WORSE, Case, Check, CheckName, Expectation, State
from backend.cpe.verdict.story import Measured, story

GOLDEN = json.loads((Path(__file__).parents[2] / "sync/vectors/verdict.json").read_text("utf-8"))
THRESHOLDS = load_thresholds()
CLASSES = sorted(THRESHOLDS.classes)
AT = GOLDEN["at"]

powers = st.floats(-60, 20)


def check_of(status: tuple[OpticalStatus, ...], limits: Limits) -> Check:
    """The check of what the terminal receives."""
    verdict = judge(Case(Summary(optical_status=status), Expectation(), limits, AT))
    return next(each for each in verdict.checks if each.name is CheckName.RX_ONT)


def measured(dbm: float, source: Source = Source.MANUAL) -> OpticalStatus:
    """A power that is measured now."""
    return OpticalStatus(rx_dbm=Reading(dbm, source, AT))


def line_limits(thresholds: Thresholds, line: dict[str, str]) -> Limits:
    return limits_of(
        thresholds,
        optical_class=line.get("opticalClass", ""),
        plan=line.get("plan", ""),
        olt=line.get("olt", ""),
    )


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_light_that_the_terminal_receives(case: dict[str, Any]) -> None:
    summary = msgspec.convert(case["summary"], Summary)

    check = check_of(summary.optical_status, line_limits(THRESHOLDS, case["line"]))

    told = json.loads(msgspec.json.encode(check))
    assert told.pop("isRequired")
    assert told == case["checks"]["rx_ont"]


@pytest.mark.parametrize("case", GOLDEN["limits"], ids=lambda case: case["name"])
def test_what_counts_for_a_line(case: dict[str, Any]) -> None:
    raw = GOLDEN["thresholds"] | {"default_class": case["defaultClass"]}

    limits = line_limits(msgspec.convert(raw, Thresholds), case["line"])

    assert limits.optical_class == case["opticalClass"]
    assert msgspec.to_builtins(limits.rx_ont) == (
        case["rxOnt"] and {key: tuple(edges) for key, edges in case["rxOnt"].items()}
    )


@pytest.mark.parametrize("case", GOLDEN["stories"], ids=lambda case: case["name"])
def test_story_of_repeated_readings(case: dict[str, Any]) -> None:
    readings = msgspec.convert(case["readings"], list[Measured])

    assert (story(readings, "fr"), story(readings, "en")) == (case["fr"], case["en"])


@given(name=st.sampled_from(CLASSES), weak=powers, more=st.floats(0, 40))
def test_more_light_is_never_judged_worse_below_the_strong_edge(
    name: str, weak: float, more: float
) -> None:
    span = THRESHOLDS.classes[name].rx_ont
    strong = min(weak + more, span.good[1])

    if weak <= strong:
        worse, better = judged(weak, span)[0], judged(strong, span)[0]
        assert WORSE.index(better) <= WORSE.index(worse)


@given(name=st.sampled_from(CLASSES), strong=powers, less=st.floats(0, 40))
def test_less_light_is_never_judged_worse_above_the_weak_edge(
    name: str, strong: float, less: float
) -> None:
    span = THRESHOLDS.classes[name].rx_ont
    weak = max(strong - less, span.good[0])

    if weak <= strong:
        worse, better = judged(strong, span)[0], judged(weak, span)[0]
        assert WORSE.index(better) <= WORSE.index(worse)


@given(dbm=st.floats(), name=st.sampled_from(["", "Z", *CLASSES]))
def test_only_a_possible_power_of_a_known_class_passes(dbm: float, name: str) -> None:
    check = check_of((measured(dbm),), limits_of(THRESHOLDS, optical_class=name))

    if check.state is State.PASS:
        low, high = THRESHOLDS.classes[name].rx_ont.good
        assert low <= dbm <= high
    if name not in CLASSES:
        assert check.state is State.UNKNOWN


@given(own=st.floats(*PLAUSIBLE_DBM), other=st.floats(*PLAUSIBLE_DBM))
def test_two_who_differ_never_make_a_pass(own: float, other: float) -> None:
    limits = limits_of(THRESHOLDS, optical_class="B+")
    both = (measured(own, Source.ONT_TR069), measured(other, Source.OLT))

    check = check_of(both, limits)

    if abs(own - other) > limits.checks.unit_gap_db + 0.01:
        assert check.state is not State.PASS
