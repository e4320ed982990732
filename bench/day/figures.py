"""What became of a day: by the site's books, Terrain's tables, the phones' replicas, the logs."""

import os
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.store.engine import writing_engine
from bench.day.plan import OUTAGE_S, Day
from bench.day.run import Lived
from bench.day.stage import Stage
from bench.day.upstream import ZONE
from bench.outage.audit import Findings, audit
from bench.outage.plan import MORNING_S
from bench.phones import lost_cells

EXPECTED: Final = frozenset({200, 201, 204})
WRONG: Final = frozenset({"error", "critical"})
_WAITS: Final = """
    SELECT m.received_at, r.at - m.received_at FROM receipt r JOIN mutation m ON m.id = r.mutation
    WHERE m.seq > 0 AND r.fate = 'filed'
"""
_KINDS: Final = "SELECT kind, count(*) FROM mutation WHERE seq > 0 GROUP BY kind"
_VERDICTS: Final = """
    SELECT value FROM cell WHERE path LIKE 'verifications/%'
"""


def measured(
    stage: Stage, day: Day, lived: Lived, speed: float
) -> tuple[dict[str, Any], list[str]]:
    """The figures, and one line for each thing that went wrong."""
    waits, kinds = stage.server.rows(_WAITS), dict(stage.server.rows(_KINDS))
    ended = Counter(msgspec.json.decode(row[0])["state"] for row in stage.server.rows(_VERDICTS))
    installation = stage.installation
    rss_mb, cpu_s, wait_s = installation.rss_mb, installation.cpu_s, installation.core_wait_s
    database_bytes = stage.database_bytes()
    stage.stop()
    found = _audited(stage, day, lived)
    odd = [*found.faults, *_unanswered(lived), *_odd(lived, stage.logs)]
    lost_here = sum(lost_cells(one.phone, one.told()) for one in lived.scripts)
    outage = [lived.began_ms + (at_s - MORNING_S) * 1000 / speed for at_s in OUTAGE_S]
    figures = {
        "technicians": day.technicians,
        "mutations": sum(kinds.values()),
        "photos": kinds.get("photo", 0),
        "verifications": kinds.get("verify", 0),
        "lost": found.lost + lost_here,
        "duplicated": found.duplicated,
        "billed_twice": found.billed_twice,
        "p95_tap_to_received_ms": _p95([each * 1000 for each in lived.book.waited_s]),
        "p95_received_to_on_file_ms": _p95([took for _, took in waits]),
        "errors": sum(1 for _ in _odd(lived, stage.logs)),
        "rss_mb": round(rss_mb, 1),
        "db_mb": _mb(database_bytes),
        "log_mb": _mb(sum(each.stat().st_size for each in stage.logs)),
        "p95_on_file_without_outage_ms": _p95(
            [took for at, took in waits if at > outage[1] or at + took < outage[0]]
        ),
        "conflicts": found.conflicts,
        "planted_conflicts": sum(bool(each.clashes) for each in day.plan.edits),
        "order_inversions": found.order_inversions,
        "checks": dict(ended),
        "statuses": {str(k): v for k, v in sorted(lived.book.statuses.items())},
        "cuts": dict(lived.book.cuts),
        "p50_tap_to_received_ms": round(statistics.median(lived.book.waited_s) * 1000, 1),
        "requests_of_erpnext": found.requests,
        "cpu_s": round(cpu_s, 1),
        "core_wait_s": round(wait_s, 1),
        "load": round(os.getloadavg()[1], 1),
        "drain_s": round(lived.drain_s, 1),
        "engine": stage.installation.engine,
    }
    return figures, odd


def _audited(stage: Stage, day: Day, lived: Lived) -> Findings:
    made = [each for one in lived.scripts for each in one.made(lived.began_ms)]
    engine = writing_engine(stage.installation.database)
    try:
        with engine.begin() as conn:
            return audit(day.plan, made, lived.books.site(day), conn, ZONE)
    finally:
        engine.dispose()


def _unanswered(lived: Lived) -> Iterator[str]:
    """Verdicts that no tap of the day should get, and cells that a phone lacks."""
    for one in lived.scripts:
        for each in one.told():
            if each.outcome not in ("applied", "merged", "noop"):
                yield f"{each.outcome}: {each.edit.kind} {each.edit.args} {each.detail}"
        if missing := lost_cells(one.phone, one.told()):
            yield f"{missing} cells lost on {one.phone.handset.device}"


def _odd(lived: Lived, logs: Sequence[Path]) -> Iterator[str]:
    """Answers that a phone should not get, and what the processes themselves call an error."""
    for status, count in lived.book.statuses.items():
        if status not in EXPECTED:
            yield f"{count} answers {status}"
    for log in logs:
        for line in log.read_text("utf-8").splitlines():
            if _is_wrong(line):
                yield line[:300]


def _is_wrong(line: str) -> bool:
    try:
        said = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        return True  # no line of ours: a traceback
    return said.get("level") in WRONG or said.get("status", 0) >= 500


def _p95(values: Sequence[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.95)], 1) if values else 0.0


def _mb(count: int) -> float:
    return round(count / 1_000_000, 2)
