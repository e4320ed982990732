"""What a verdict follows from, to be kept with the visit: raw and decoded, by whom, where, when."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from backend.cpe.check.source import Target
from backend.cpe.readings import Summary
from backend.cpe.verdict.model import Case, Verdict

# What no rule needs, the largest first; a summary that is still too large is not a line's.
_DISPENSABLE: Final = ("mesh", "wifi", "interface", "voice", "pon")


class Evidence(msgspec.Struct, frozen=True):
    """One check: `asked` says who wanted it and when, `case` and the verdict's version give the
    same verdict for ever. `dropped` names the parts of the summary that had no room."""

    visit: str
    asked: tuple[dict[str, Any], ...]
    target: dict[str, Any]
    begun_at: int
    ended_at: int
    case: Case
    verdict: Verdict
    dropped: tuple[str, ...] = ()


def encoded(evidence: Evidence, most: int) -> bytes:
    """The evidence as JSON of at most `most` bytes. A customer's own devices are left out."""
    kept = replace(evidence, case=replace(evidence.case, summary=_discreet(evidence.case.summary)))
    body = msgspec.json.encode(kept)
    for name in _DISPENSABLE:
        if len(body) <= most:
            break
        summary: Any = replace(kept.case.summary, **{name: ()})
        kept = replace(
            kept, case=replace(kept.case, summary=summary), dropped=(*kept.dropped, name)
        )
        body = msgspec.json.encode(kept)
    return body


def asked_by(asked: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """Who wanted a check, and when (UTC ms, his clock)."""
    return tuple({"id": each.id, "by": each.by, "at": each.at} for each in asked)


def place_of(target: Target) -> dict[str, Any]:
    """What was looked at."""
    said: dict[str, Any] = msgspec.to_builtins(target.identity)
    return said | {"olt": target.olt, "port": target.port, "plan": target.plan}


def _discreet(summary: Summary) -> Summary:
    wifi = tuple(replace(each, clients=()) for each in summary.wifi)
    return replace(summary, hosts=(), wifi=wifi)
