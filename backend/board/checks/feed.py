"""Decides the feed of checks: the verdict, the light, and which lines keep it from a pass."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from backend.store.check_feed import Rows
from sync.visit import client_of, referred, text_of

_RX: Final = "rx_ont"
_UNWELL: Final = frozenset({"fail", "warning"})

Cells = Mapping[str, Mapping[str, Any]]


class Remark(msgspec.Struct, frozen=True):
    """A line that keeps a verdict from a pass: its id, its result, and the code of why."""

    id: str
    result: str
    reason: str


class Check(msgspec.Struct, frozen=True, rename="camel"):
    """One check; `key` is the visit's. `state` is asked, running, done or timeout. `rx_dbm` is the
    light at the terminal, `rx_change_db` what it gained since the visit's check before.
    `is_printed`: its visit's report can be had as a PDF."""

    id: str
    key: str
    visit: str
    by: str
    at: int
    received_at: int
    measured_at: int
    state: str
    verdict: str
    rx_dbm: float | None
    rx_change_db: float | None
    remarks: tuple[Remark, ...]
    accepted: str = ""
    is_printed: bool = False


def check_feed(rows: Rows, cells: Cells, *, is_printed: bool) -> tuple[Check, ...]:
    """The checks of some rows, in their order (the newest first)."""
    found = [msgspec.structs.replace(_check(row, cells), is_printed=is_printed) for row in rows]
    return tuple(_compared(each, found[place + 1 :]) for place, each in enumerate(found))


def _check(row: Any, cells: Cells) -> Check:
    said: dict[str, Any] = msgspec.json.decode(row.value) or {}
    lines = [line for line in said.get("checks") or () if isinstance(line, dict)]
    job = cells.get(row.key, {})
    street = text_of(referred(cells, job, "location"), "street")
    return Check(
        id=row.id,
        key=row.key,
        visit=", ".join(part for part in (client_of(cells, job), street) if part),
        by=str(said.get("by", "")),
        at=int(said.get("at") or 0),
        received_at=row.received_at,
        measured_at=int(said.get("measured_at") or 0),
        state=str(said.get("state") or "done"),
        verdict=str(said.get("verdict") or ""),
        rx_dbm=_light(lines),
        rx_change_db=None,
        remarks=tuple(_remark(line) for line in lines if _is_unwell(line)),
        accepted=text_of(said.get("accepted") or {}, "reason"),
    )


def _compared(check: Check, older: list[Check]) -> Check:
    before = (each.rx_dbm for each in older if each.key == check.key)
    last = next((rx for rx in before if rx is not None), None)
    if last is None or check.rx_dbm is None:
        return check
    return msgspec.structs.replace(check, rx_change_db=round(check.rx_dbm - last, 2))


def _light(lines: list[dict[str, Any]]) -> float | None:
    values = (line.get("value") for line in lines if line.get("id") == _RX)
    return next((float(v) for v in values if isinstance(v, int | float)), None)


def _is_unwell(line: dict[str, Any]) -> bool:
    """What nobody saw is told where the verdict needs it."""
    is_lacking = line.get("result") == "unverified" and bool(line.get("required"))
    return is_lacking or line.get("result") in _UNWELL


def _remark(line: dict[str, Any]) -> Remark:
    return Remark(text_of(line, "id"), text_of(line, "result"), text_of(line, "reason"))
