"""A check as the phone sees it: the arguments of `verified`, small, without anything secret."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from backend.cpe.check.engine import Landed
from backend.cpe.readings import (
    OpticalStatus,
    Reading,
    Source,
    SourceReport,
    SourceState,
    Summary,
)
from backend.cpe.verdict.model import Check, Reason, State, Verdict
from sync.arguments import CheckLine, Measured, SourceLine, VerifiedArgs

STORY: Final = 10  # readings


def report(verdict: Verdict, landed: Landed, at_ms: int, *, is_over: bool) -> VerifiedArgs:
    """What to tell now of a check that began, or ended, at `at_ms`.

    While it goes on there is a verdict only once it is due.
    """
    return VerifiedArgs(
        verdict=verdict.state.value if is_over or landed.is_due else "",
        state=_ending(verdict, landed) if is_over else "running",
        checks=tuple(_line(each) for each in verdict.checks if each.reason is not _SKIPPED),
        sources=(
            *(_source(each.report) for each in landed.results),
            *(SourceLine(name, "running") for name in landed.running),
        ),
        measured_at=at_ms,
        version=verdict.version,
    )


def with_story(args: VerifiedArgs, earlier: Sequence[dict[str, Any]]) -> VerifiedArgs:
    """The report with the lights of the visit's earlier checks, the oldest first."""
    lights = sorted(
        (
            Measured(float(line["value"]), int(line.get("measured_at") or check["at"]))
            for check in earlier
            for line in check.get("checks") or ()
            if line.get("id") == "rx_ont" and isinstance(line.get("value"), int | float)
        ),
        key=lambda each: each.at,
    )
    return msgspec.structs.replace(args, story=tuple(lights[-STORY:]))


def with_meter(summary: Summary, dbm: float | None, at_ms: int) -> Summary:
    """The summary, and what the technician's own meter said."""
    if dbm is None:
        return summary
    light = Reading(dbm, Source.MANUAL, at_ms, raw=str(dbm), unit="dBm", rule="dBm")
    metered = OpticalStatus(rx_dbm=light)
    return msgspec.structs.replace(summary, optical_status=(*summary.optical_status, metered))


def _ending(verdict: Verdict, landed: Landed) -> Any:
    late = any(each.report.state is SourceState.TIMEOUT for each in landed.results)
    return "timeout" if late and verdict.state is State.UNKNOWN else "done"


def _line(check: Check) -> CheckLine:
    low, high = check.limit or (None, None)
    value = check.value[:80] if isinstance(check.value, str) else check.value
    return CheckLine(
        id=check.name.value,
        result=check.state.value,
        reason=check.reason.value,
        value=value,
        unit=check.unit,
        source=check.source.value if check.source else "",
        measured_at=max(check.measured_at_ms or 0, 0),
        low=low,
        high=high,
        margin=check.margin,
        required=check.is_required,
        remarks=tuple(each.reason.value for each in check.remarks[:8]),
    )


def _source(said: SourceReport) -> SourceLine:
    return SourceLine(said.name, said.state.value, said.ms, said.detail[:80])


_SKIPPED: Final = Reason.NOT_EXPECTED
