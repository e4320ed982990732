"""One summary of what many sources say: each value keeps its source and its age."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec.structs import asdict

from backend.cpe.check.source import Result
from backend.cpe.readings import Reading, Source, Summary

_SINGLE: Final = ("serial", "gpon_sn", "mac", "model", "firmware", "uptime_s")
# Seen from both ends: what each source says of them stands beside the other's.
_SIDE_BY_SIDE: Final = ("optical_status", "pon")
# The same things, whoever tells them: the newest teller counts, else they would count twice.
_ONE_TELLER: Final = ("interface", "wifi", "mesh", "hosts", "voice")


def merged(results: Iterable[Result]) -> Summary:
    """All that results say; of two that speak for one source (an ACS asked twice) the newer."""
    given = tuple(results)
    told = [each.summary for each in given]
    informs = [each.last_inform_ms for each in told if each.last_inform_ms is not None]
    values: dict[str, Any] = {"last_inform_ms": max(informs, default=None)}
    for names, join in _JOINS:
        values |= {name: join([getattr(each, name) for each in told]) for name in names}
    return Summary(**values, sources=tuple(each.report for each in given))


def _newest(said: Sequence[Reading[Any] | None]) -> Reading[Any] | None:
    """Of two of one instant the later source's: an ACS is asked after what it had is read."""
    return max(filter(None, reversed(said)), key=lambda each: each.as_of_ms, default=None)


def _newest_rows(tables: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    filled = [rows for rows in reversed(tables) if rows]
    return tuple(max(filled, key=_age)) if filled else ()


def _side_by_side(tables: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    newest: dict[Source | None, Sequence[Any]] = {}
    for rows in tables:
        teller = next((each.source for row in rows for each in _readings(row)), None)
        if rows and (teller not in newest or _age(rows) >= _age(newest[teller])):
            newest[teller] = rows
    return tuple(row for rows in newest.values() for row in rows)


def _age(rows: Iterable[Any]) -> int:
    return max((each.as_of_ms for row in rows for each in _readings(row)), default=0)


def _readings(row: Any) -> Iterator[Reading[Any]]:
    return (each for each in asdict(row).values() if isinstance(each, Reading))


_JOINS: Final[tuple[tuple[tuple[str, ...], Callable[[Sequence[Any]], Any]], ...]] = (
    (_SINGLE, _newest),
    (_SIDE_BY_SIDE, _side_by_side),
    (_ONE_TELLER, _newest_rows),
)
